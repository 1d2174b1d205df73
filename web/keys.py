"""The public keys."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge.callers import services_of


async def jwks(request: Request) -> Response:
    """The keys that access tokens verify with (RFC 7517)."""
    keys = services_of(request).keys.jwks()
    return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})
