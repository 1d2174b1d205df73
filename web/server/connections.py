"""Bounds that uvicorn leaves open: how large and slow a head, how slow a reader, and how many clients at once."""

import asyncio
from typing import Any

from web.server.pipelines import Pipeline

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
        """Start the timer: a client that says nothing at all is one, too."""
        super().connection_made(transport)
        self._over_limit = len(self.connections) > self._max_connections
        self._in_head = True
        self._overhead_bytes = 0  # bytes of this request that are no body: head, chunk sizes, trailers
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None  # runs while the client should read
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind."""
        self._stop_head_timer()
        self._stop_read_timer()
        super().connection_lost(exc)

    def piece_received(self, piece: bytes) -> None:
        """Parse on, unless there is too much to parse."""
        if self._in_head:
            self._start_head_timer()
        self._overhead_bytes += len(piece)
        super().piece_received(piece)
        if self._overhead_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            if self._in_head:
                self.send_400_response("Request header fields too large.")
            else:  # an answer may be on its way: another one would run into it
                self.transport.close()
                self._start_read_timer()

    def on_message_begin(self) -> None:
        """A new request."""
        super().on_message_begin()
        if self._over_limit:
            self.scope["state"][OVER_LIMIT] = True

    def on_headers_complete(self) -> None:
        """The head is there, and perhaps all at once."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise ValueError("the head is too large")  # which the parser turns into uvicorn's answer 400
        self._in_head = False
        self._stop_head_timer()
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
        super().on_response_complete()
        if self.transport.is_closing():
            self._start_read_timer()

    def send_400_response(self, msg: str) -> None:
        """The last answer for certain."""
        super().send_400_response(msg)
        self._start_read_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Who has not read the last answer by now never will."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """There is a lot to read."""
        super().pause_writing()
        self._start_read_timer()

    def resume_writing(self) -> None:
        """Most of it was read."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_read_timer()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._receive_seconds, self._head_timeout)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timeout(self) -> None:
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:  # it sends the next request while this one is being answered
            self._start_head_timer()

    def _start_read_timer(self) -> None:
        if self._read_timer is None:
            self._read_timer = self.loop.call_later(self._receive_seconds, self.transport.abort)

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None
