"""A request's body: how long it may take, how large it may be, and what becomes of one that nobody reads."""

import asyncio
import contextlib

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from web.server.pipelines import RECEIVED

LINGER_BYTES = 1_000_000  # of a refused body: read on, for a sender in the midst of it hears a reset and no answer
UNTOLD = 1  # byte at the least, where a request does not say how long its body is


def announced(headers: dict[bytes, bytes]) -> int:
    """How many bytes of body a request says that it has (RFC 9112 §6)."""
    if b"transfer-encoding" in headers:
        return UNTOLD
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else UNTOLD


def check_length(length: int, max_bytes: int) -> None:
    """Raises HTTPException (413) for a body that says that it is too large: nothing of it is read."""
    if length > max_bytes:
        raise HTTPException(413)


class Body:
    """One body on its way in; `unread` as long as there is more of it."""

    __slots__ = ("_deadline", "_is_here", "_left", "_receive", "unread")

    def __init__(self, scope: Scope, receive: Receive, length: int, seconds: float, max_bytes: int) -> None:
        self.unread = length > 0
        self._receive = receive
        self._left = max_bytes
        self._is_here = RECEIVED in scope.get("state", {})
        waits = self.unread and not self._is_here
        self._deadline = asyncio.get_running_loop().time() + seconds if waits else 0.0

    async def receive(self) -> Message:
        """The next part of it. Raises HTTPException: 408 where that is late, 413 where there were too many bytes."""
        if not self.unread:
            return await self._receive()
        if self._is_here:
            message = await self._receive()
            self.unread = False
        else:
            message = await self._part()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message

    async def linger(self) -> None:
        """Read on, though it is for nothing."""
        read = 0
        with contextlib.suppress(HTTPException):
            while self.unread and read < LINGER_BYTES:
                read += len((await self._part()).get("body", b""))

    async def _part(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        self.unread = bool(message.get("more_body"))
        return message
