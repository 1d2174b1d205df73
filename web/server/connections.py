"""Bounds that uvicorn leaves open: how large and slow a head, how slow a reader, and how many clients at once."""

import asyncio
from typing import Any

from web.server.clocks import Clock
from web.server.pipelines import PIECE_BYTES, Pipeline

MAX_HEAD_BYTES = 32 * 1024  # what nginx lets through (4 buffers of 8 kB): the request's line and its headers
OVER_LIMIT = "over_connection_limit"  # in the scope's state: this client came when there were enough


class Connection(Pipeline):
    """uvicorn's connection, cut where a head is too large or too slow; who comes when there are enough is marked.

    uvicorn reads a head of any size for any time: its keep-alive timer ends with the first byte. It waits for ever
    for a client to read an answer. Its own `limit_concurrency` refuses the clients that are already there as well,
    and says nothing of coming back.
    """

    def __init__(self, *args: Any, receive_seconds: float, max_connections: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._receive_seconds = receive_seconds
        self._max_connections = max_connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a client that says nothing at all is one, too."""
        super().connection_made(transport)
        self._over_limit = len(self.connections) > self._max_connections
        self._in_head = True
        self._overhead_bytes = 0  # bytes of this request that are no body: head, chunk sizes, trailers
        self._head = Clock(self._receive_seconds, self._head_late)
        self._reader = Clock(self._receive_seconds, self.transport.abort)  # runs while the client should read
        self._idle = Clock(self.timeout_keep_alive, self.timeout_keep_alive_handler)  # between two requests
        self._head.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no clock behind."""
        for clock in (self._head, self._reader, self._idle):
            clock.close()
        super().connection_lost(exc)

    def piece_received(self, piece: bytes) -> None:
        """Parse on, unless there is too much to parse."""
        self._idle.stop()
        if self._in_head:
            self._head.start()
        self._overhead_bytes += len(piece)
        super().piece_received(piece)
        if self._overhead_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            if self._in_head:
                self.send_400_response("Request header fields too large.")
            else:  # an answer may be on its way: another one would run into it
                self.transport.close()
                self._reader.start()

    def on_message_begin(self) -> None:
        """A new request."""
        super().on_message_begin()
        if self._over_limit:
            self.scope["state"][OVER_LIMIT] = True

    def on_headers_complete(self) -> None:
        """The head is there, and perhaps all at once."""
        if self._overhead_bytes > MAX_HEAD_BYTES - PIECE_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            raise ValueError("the head is too large")  # which the parser turns into uvicorn's answer 400
        self._in_head = False
        self._head.stop()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What the application counts itself is not counted here."""
        self._overhead_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head may come."""
        self._in_head, self._overhead_bytes = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The last answer, perhaps, and then it should be read."""
        self._idle.stop()
        self._idle.start()
        super().on_response_complete()
        if self.transport.is_closing():
            self._reader.start()

    def send_400_response(self, msg: str) -> None:
        """The last answer for certain."""
        super().send_400_response(msg)
        self._reader.start()

    def timeout_keep_alive_handler(self) -> None:
        """Who has asked nothing for so long is gone, and so is who has not read the last answer by now."""
        if self.cycle.response_complete:
            self.transport.abort()

    def pause_writing(self) -> None:
        """There is a lot to read."""
        super().pause_writing()
        self._reader.start()

    def resume_writing(self) -> None:
        """Most of it was read."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._reader.stop()

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _head_late(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:  # it sends the next request while this one is being answered
            self._head.start()
