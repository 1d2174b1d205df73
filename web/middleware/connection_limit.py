"""An answer for clients that came when there were enough."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web.server.connections import OVER_LIMIT

LIVENESS = "/healthz"  # whoever asks this would restart a server that is only busy
RETRY_AFTER_SECONDS = 5


class ConnectionLimit:
    """Turns away who came when there were enough clients (`web.server.connections`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503."""
        app = self._app
        if scope.get("state", {}).get(OVER_LIMIT) and scope["path"] != LIVENESS:
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"}
            app = JSONResponse({"status": 503}, 503, headers)
        await app(scope, receive, send)
