"""A request's body: how long it may take, and what becomes of one that nobody reads."""

import asyncio
import contextlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_BYTES = 1_000_000  # of a refused body: read on, for a sender in the midst of it hears a reset and no answer


class BodyDeadline:
    """Gives a request's body a deadline, and closes the connection where an answer did not wait for the body."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; reading its body raises HTTPException (408) where that is late."""
        if scope["type"] != "http" or not _announces_body(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, send, asyncio.get_running_loop().time() + self._seconds)
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
