"""One request on a connection, and its answer."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from starlette.types import Message
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

log = logging.getLogger("uvicorn.error")
END = b"\r\n"


class Cycle(RequestResponseCycle):
    """uvicorn's cycle, which looks at all headers in one go and sends the head of an answer together with its body.

    To write is the dearest thing that a server does. Until the body begins, the head is held.
    """

    logger = log
    disconnected = response_started = response_complete = False
    more_body = True

    def __init__(
        self,
        scope: Any,
        transport: asyncio.Transport,
        flow: FlowControl,
        *,
        default_headers: list[tuple[bytes, bytes]],
        keep_alive: bool,
        expects_continue: bool,
        on_response: Callable[[], None],
    ) -> None:
        # Not uvicorn's: most of what that sets is as above, or for its own log of requests.
        self.scope = scope
        self.transport = transport
        self.flow = flow
        self.default_headers = default_headers
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = expects_continue
        self.on_response = on_response
        self.message_event = asyncio.Event()
        self.body = bytearray()
        self._head = b""

    async def send(self, message: Message) -> None:  # type: ignore[override]
        """A part of the answer, as ASGI has it. Raises RuntimeError for what HTTP does not."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError(f"{message['type']} after the answer was complete")
        if message["type"] != ("http.response.body" if self.response_started else "http.response.start"):
            raise RuntimeError(f"{message['type']} is not what has to be sent now")
        if self.response_started:
            self._body(message.get("body", b""), more=message.get("more_body", False))
        else:
            self.response_started = True
            self.waiting_for_100_continue = False
            self._start(message["status"], [*self.default_headers, *message["headers"]])

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        given = dict(headers)  # in small letters, as ASGI wants them
        if HEADER_RE.search(b"".join(given)) or HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
            raise RuntimeError("Invalid HTTP header.")
        if b"close" in map(bytes.strip, given.get(b"connection", b"").lower().split(b",")):
            self.keep_alive = False
        elif not self.keep_alive:
            headers.append((b"connection", b"close"))
        bodiless = self.scope["method"] == "HEAD" or status in (204, 304)
        self.chunked_encoding = b"content-length" not in given and not bodiless
        self.expected_content_length = int(given.get(b"content-length", 0))
        if self.chunked_encoding and b"transfer-encoding" not in given:
            headers.append((b"transfer-encoding", b"chunked"))
        lines = END.join([b": ".join(header) for header in headers])
        self._head = b"".join((STATUS_LINE[status], lines, END, END))

    def _body(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length, body = 0, b""
        elif self.chunked_encoding:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("Response content longer than Content-Length")
        self._write(body)
        if not more:
            self._complete()

    def _write(self, body: bytes) -> None:
        data, self._head = self._head + body, b""
        if data and not self.transport.is_closing():
            self.transport.write(data)

    def _complete(self) -> None:
        if self.expected_content_length:
            raise RuntimeError("Response content shorter than Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
