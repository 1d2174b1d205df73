"""What happens to every request and answer: an id, a line in the log, headers that browsers heed, a deadline."""

import asyncio
import contextlib
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import ServerSettings
from web.connections import CROWDED

HSTS = "max-age=63072000; includeSubDomains"  # two years; hstspreload.org asks for at least one
QUIET = ("/healthz", "/readyz")
LIVENESS = "/healthz"  # whoever asks this would restart a server that is only busy
CROWD_RETRY_SECONDS = 5
LINGER_BYTES = 1_000_000  # of a refused body: read on, for a sender in the midst of it hears a reset and no answer
log = structlog.get_logger()


class Requests:
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
                if scope["path"] not in QUIET:
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    # The path alone: a query may hold a token.
                    log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


class Crowds:
    """Turns away who came when there were enough clients (`web.connections`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503."""
        app = self._app
        if scope.get("state", {}).get(CROWDED) and scope["path"] != LIVENESS:
            headers = {"Retry-After": str(CROWD_RETRY_SECONDS), "Connection": "close"}
            app = JSONResponse({"status": 503}, 503, headers)
        await app(scope, receive, send)


class Bodies:
    """Gives a request's body a deadline, and closes the connection where an answer did not wait for the body."""

    def __init__(self, app: ASGIApp, patience_seconds: float) -> None:
        self._app = app
        self._patience = patience_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; reading its body raises HTTPException (408) where that is late."""
        if scope["type"] != "http" or not _announces_body(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, send, asyncio.get_running_loop().time() + self._patience)
        await self._app(scope, body.receive, body.send)


class _Body:
    """One body on its way in, `rest` as long as there is more of it."""

    def __init__(self, receive: Receive, send: Send, deadline: float) -> None:
        self._receive, self._send = receive, send
        self._deadline = deadline
        self._rest = True

    async def receive(self) -> Message:
        if not self._rest:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        self._rest = bool(message.get("more_body"))
        return message

    async def send(self, message: Message) -> None:
        if not self._rest:
            await self._send(message)
        elif message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            if not message.get("more_body"):
                await self._linger()
                await self._send({"type": "http.response.body", "body": b""})

    async def _linger(self) -> None:
        read = 0
        with contextlib.suppress(HTTPException):
            while self._rest and read < LINGER_BYTES:
                read += len((await self.receive()).get("body", b""))


def _announces_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
