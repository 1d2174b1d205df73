"""Requests that a client sends ahead of the answers: uvicorn takes in any number of them, this a few dozen."""

import asyncio
from collections.abc import Sized
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.server.cycles import Cycle

PIECE_BYTES = 2048  # parsed at a time: an ordinary request, and of the shortest that there are a hundred
RECEIVED = "received"  # in the scope's state: all of the request is here


class Pipeline(HttpToolsProtocol):
    """uvicorn's connection, which neither reads nor parses on while requests wait for their turn.

    uvicorn parses all that one read brings (thousands of requests), and reads again after each answer.
    """

    cycle: Any  # a Cycle, and None before the first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Nothing waits yet."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._unparsed = b""  # the rest of what was read, empty unless a request waits
        self._answering: Cycle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever is answering: uvicorn tells the newest request's cycle, whose turn may be far."""
        self._unparsed = b""
        self.pipeline.clear()
        if self._answering:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, as far as there is a turn for it."""
        self._unparsed += data
        self._parse()

    def piece_received(self, piece: bytes) -> None:
        """Parse a little."""
        super().data_received(piece)

    def on_headers_complete(self) -> None:
        """Answer the request, or have it wait for its turn: as uvicorn, but for what we do not use of it."""
        version = self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        self.scope |= {
            "method": self.parser.get_method().decode("ascii"),
            "http_version": version,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": self.root_path.encode("ascii") + url.path,
            "query_string": url.query or b"",
        }
        waits = self.cycle and not self.cycle.response_complete
        self.cycle = Cycle(
            self.scope,
            self.transport,
            self.flow,
            default_headers=self.server_state.default_headers,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            expects_continue=self.expect_100_continue,
            on_response=self.on_response_complete,
        )
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def on_message_complete(self) -> None:
        """Nobody has to wait for the rest of this one."""
        self.scope["state"][RECEIVED] = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The next request's turn; when none waits any more, others may come."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if not self.pipeline:
            self.flow.resume_reading()
            self._parse()

    def _parse(self) -> None:
        while self._unparsed and not self.pipeline and not self.transport.is_closing():
            piece, self._unparsed = self._unparsed[:PIECE_BYTES], self._unparsed[PIECE_BYTES:]
            self.piece_received(piece)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        super()._unsupported_upgrade_warning()
        self._unparsed = b""  # in another protocol, or meant to be


class _Flow(FlowControl):
    """Reads nothing while something is queued, whoever would like more."""

    def __init__(self, transport: asyncio.Transport, queue: Sized) -> None:
        super().__init__(transport)
        self._queue = queue

    def resume_reading(self) -> None:
        if not self._queue:
            super().resume_reading()
