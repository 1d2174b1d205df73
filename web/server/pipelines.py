"""Requests that a client sends ahead of the answers: uvicorn takes in any number of them, this a handful."""

import asyncio
from collections.abc import Sized
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from web.server.writes import Writes

PIECE_BYTES = 512  # parsed at a time: of the shortest requests there are, two or three dozen


class Pipeline(HttpToolsProtocol):
    """uvicorn's connection, which neither reads nor parses on while requests wait for their turn.

    uvicorn parses all that one read brings (thousands of requests), and reads again after each answer.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Nothing waits yet."""
        super().connection_made(transport)
        self.transport: Any = Writes(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._unparsed = memoryview(b"")  # the rest of what was read, empty unless a request waits
        self._answering: RequestResponseCycle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever is answering: uvicorn tells the newest request's cycle, whose turn may be far."""
        self._unparsed = memoryview(b"")
        self.pipeline.clear()
        if self._answering:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, as far as there is a turn for it."""
        self._unparsed = memoryview(bytes(self._unparsed) + data)
        self._parse()

    def eof_received(self) -> None:
        """Send what there is: asyncio now closes the connection, though a client that has said all may still read."""
        self.transport.flush()

    def piece_received(self, piece: bytes) -> None:
        """Parse a little."""
        super().data_received(piece)

    def on_response_complete(self) -> None:
        """The next request's turn; when none waits any more, others may come."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self.flow.resume_reading()
            self._parse()

    def _parse(self) -> None:
        while self._unparsed and not self.pipeline and not self.transport.is_closing():
            piece, self._unparsed = self._unparsed[:PIECE_BYTES], self._unparsed[PIECE_BYTES:]
            self.piece_received(bytes(piece))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        super()._unsupported_upgrade_warning()
        self._unparsed = memoryview(b"")  # in another protocol, or meant to be


class _Flow(FlowControl):
    """Reads nothing while something is queued, whoever would like more."""

    def __init__(self, transport: asyncio.Transport, queue: Sized) -> None:
        super().__init__(transport)
        self._queue = queue

    def resume_reading(self) -> None:
        if not self._queue:
            super().resume_reading()
