"""What browsers ask of a domain that passkeys belong to."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge.callers import services_of


async def related_origins(request: Request) -> Response:
    """The pages of other domains that may ask for our passkeys (WebAuthn L3 §5.11)."""
    origins = services_of(request).settings.related_origins
    return JSONResponse({"origins": origins}, headers={"Cache-Control": "public, max-age=300"})
