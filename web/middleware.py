"""What happens to every request and answer: an id, a line in the log, and headers that browsers heed."""

import ipaddress
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import Settings

HSTS = "max-age=63072000; includeSubDomains"  # two years; hstspreload.org asks for at least one
QUIET = ("/healthz", "/readyz")
log = structlog.get_logger()


class Requests:
    """Gives each request an id that its answer and its lines in the log carry, and logs how it went."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
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

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                if scope["path"] not in QUIET:
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    # The path alone: a query may hold a token.
                    log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


class TrustedProxies:
    """Takes a request's origin from X-Forwarded-For, as far as our own proxies have written it (ASVS 4.1.3).

    With `count` proxies in front, the last `count` entries are theirs, and the first of these is the client.
    """

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and self._count:
            forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
            if len(forwarded) >= self._count and (address := _address(forwarded[-self._count])):
                scope["client"] = (address, 0)
        await self._app(scope, receive, send)


def _address(text: str) -> str | None:
    """An IP address; nothing else is believed."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
