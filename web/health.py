"""Whether the server lives and can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import database
from edge.callers import services_of
from resolvers import health


async def healthz(request: Request) -> Response:  # noqa: ARG001
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """It can serve, and what works less well than it should; 503, the part and the reason where it cannot."""
    services = services_of(request)
    if why := await database.unready():
        return JSONResponse({"status": "unready", **why._asdict(), **health.degraded_here(services)}, 503)
    return JSONResponse({"status": "ready", **await health.degraded(services)})
