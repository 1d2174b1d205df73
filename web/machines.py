"""What machines ask: the public keys, and whether the server lives and can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import database


async def jwks(request: Request) -> Response:
    """The keys that access tokens verify with (RFC 7517)."""
    keys = request.app.state.services.keys.jwks()
    return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})


async def healthz(request: Request) -> Response:  # noqa: ARG001
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:  # noqa: ARG001
    """It can serve; 503 and the reason where not."""
    reason = await database.unready_reason()
    return JSONResponse({"status": "unready", "reason": reason}, 503) if reason else JSONResponse({"status": "ready"})
