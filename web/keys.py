"""The public keys."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge.callers import services_of


async def jwks(request: Request) -> Response:
    """The keys that access tokens verify with (RFC 7517)."""
    services = services_of(request)
    kept = f"public, max-age={services.settings.jwks_seconds}"
    return JSONResponse(services.keys.jwks(), headers={"Cache-Control": kept})
