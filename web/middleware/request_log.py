"""What every answer has: an id, a line in the log, and headers that browsers heed."""

import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import ServerSettings

HSTS = "max-age=63072000; includeSubDomains"  # two years; hstspreload.org asks for at least one
NOT_LOGGED = ("/healthz", "/readyz")
log = structlog.get_logger()


class RequestLog:
    """Gives each request an id that its answer and its lines in the log carry, as those do the client's IP address."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        if settings.production:
            self._headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, started, status = uuid4().hex, time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in {**self._headers, "X-Request-ID": request_id}.items():
                    headers.setdefault(name, value)
            await send(message)

        ip_address = scope["client"][0] if scope.get("client") else None
        with structlog.contextvars.bound_contextvars(request_id=request_id, ip_address=ip_address):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                if scope["path"] not in NOT_LOGGED:
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    # The path alone: a query may hold a token.
                    log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)
