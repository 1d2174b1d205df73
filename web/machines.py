"""What machines ask: the public keys, and whether the server lives and can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import database
from edge.callers import services_of
from resolvers import health


async def jwks(request: Request) -> Response:
    """The keys that access tokens verify with (RFC 7517)."""
    keys = services_of(request).keys.jwks()
    return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})


async def healthz(request: Request) -> Response:  # noqa: ARG001
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """It can serve, and what works less well than it should; 503 and the reason where it cannot."""
    if reason := await database.unready_reason():
        return JSONResponse({"status": "unready", "reason": reason}, 503)
    return JSONResponse({"status": "ready", **await health.degraded(services_of(request))})
