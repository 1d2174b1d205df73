"""An answer for clients that came when there were enough (`web.server.connections` marks them)."""

from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from web.server.connections import OVER_LIMIT

LIVENESS = "/healthz"  # whoever asks this would restart a server that is only busy
RETRY_AFTER_SECONDS = 5


def refusal(scope: Scope) -> Response | None:
    """503 and when to come back, for one of too many."""
    if not scope.get("state", {}).get(OVER_LIMIT) or scope["path"] == LIVENESS:
        return None
    return JSONResponse({"status": 503}, 503, {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"})
