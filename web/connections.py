"""Bounds that uvicorn leaves open: how large and slow a head, how slow a reader, and how many clients at once."""

import asyncio

from settings import ConnectionSettings
from web.pipelines import Pipeline

MAX_HEAD_BYTES = 32 * 1024  # what nginx lets through (4 buffers of 8 kB): the request's line and its headers
CROWDED = "crowded"  # in the scope's state: this client came when there were enough


class Connection(Pipeline):
    """uvicorn's connection, cut where a head is too large or too slow; who comes to a crowd is marked.

    uvicorn reads a head of any size for any time: its keep-alive timer ends with the first byte. It waits for ever
    for a client to read an answer. Its own `limit_concurrency` refuses the clients that are already there as well,
    and says nothing of coming back.
    """

    patience_seconds: float
    max_connections: int

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a client that says nothing at all is one, too."""
        super().connection_made(transport)
        self._crowded = len(self.connections) > self.max_connections
        self._in_head = True
        self._not_body = 0  # bytes of this request that are no body: head, chunk sizes, trailers
        self._clock: asyncio.TimerHandle | None = None
        self._unread_clock: asyncio.TimerHandle | None = None  # runs while the client should read
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no clock behind."""
        self._stop_clock()
        self._stop_unread_clock()
        super().connection_lost(exc)

    def piece_received(self, piece: bytes) -> None:
        """Parse on, unless there is too much to parse."""
        if self._in_head:
            self._start_clock()
        self._not_body += len(piece)
        super().piece_received(piece)
        if self._not_body > MAX_HEAD_BYTES and not self.transport.is_closing():
            if self._in_head:
                self.send_400_response("Request header fields too large.")
            else:  # an answer may be on its way: another one would run into it
                self.transport.close()
                self._start_unread_clock()

    def on_message_begin(self) -> None:
        """A new request."""
        super().on_message_begin()
        if self._crowded:
            self.scope["state"][CROWDED] = True

    def on_headers_complete(self) -> None:
        """The head is there, and perhaps all at once."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise ValueError("the head is too large")  # which the parser turns into uvicorn's answer 400
        self._in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What the application counts itself is not counted here."""
        self._not_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next head may come."""
        self._in_head, self._not_body = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The last answer, perhaps, and then it should be read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._start_unread_clock()

    def send_400_response(self, msg: str) -> None:
        """The last answer for certain."""
        super().send_400_response(msg)
        self._start_unread_clock()

    def timeout_keep_alive_handler(self) -> None:
        """Who has not read the last answer by now never will."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """There is a lot to read."""
        super().pause_writing()
        self._start_unread_clock()

    def resume_writing(self) -> None:
        """Most of it was read."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_unread_clock()

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(self.patience_seconds, self._too_late)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_late(self) -> None:
        self._clock = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:  # it sends the next request while this one is being answered
            self._start_clock()

    def _start_unread_clock(self) -> None:
        if self._unread_clock is None:
            self._unread_clock = self.loop.call_later(self.patience_seconds, self.transport.abort)

    def _stop_unread_clock(self) -> None:
        if self._unread_clock is not None:
            self._unread_clock.cancel()
            self._unread_clock = None


def connections(settings: ConnectionSettings) -> type[asyncio.Protocol]:
    """The class of connections within the bounds of these settings."""

    class Bounded(Connection):
        patience_seconds = settings.receive_deadline.total_seconds()
        max_connections = settings.max_connections

    return Bounded
