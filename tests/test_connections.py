"""our own connections: heads that are too large, clients that read or ask slowly, and applications that fail midway"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.support.given import MakeSettings
from tests.support.postoffice import PATIENCE_SECONDS
from tests.test_answers import ANSWERS, FOUR, GET, Wire, body, sent, start
from web.middleware.wrapper import Wrapper
from web.server.connections import MAX_HEAD_BYTES, Connection
from web.server.serving import options

pytestmark = pytest.mark.anyio

MOMENT = 0.01  # seconds: the shortest deadlines
LATE = GET.replace(b"/a%20b", b"/late")


class Ending(Wire):
    """One that tells when it was cut; `wrote` is called with each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = asyncio.Event()
        self.wrote: Callable[[], object] = bool

    def write(self, data: Any) -> None:
        super().write(data)
        self.wrote()

    def abort(self) -> None:
        self.closed = True
        self.cut.set()


def connected(
    app: ASGIApp, *, keep_alive: float = 60, deadline: float = 60
) -> tuple[Connection, Ending, Callable[[], Any]]:
    """A connection, its client's end, and what waits until everything was answered."""
    make = partial(Connection, receive_seconds=deadline, max_connections=9)
    quiet: dict[str, Any] = {"ws": "none", "access_log": False, "log_config": None}
    config = uvicorn.Config(app, http=make, timeout_keep_alive=keep_alive, **quiet)  # type: ignore[arg-type]
    config.load()
    state, wire = ServerState(), Ending()
    protocol = make(config=config, server_state=state, app_state={})
    protocol.connection_made(wire)

    async def answered() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while state.tasks:
                await asyncio.wait(state.tasks)

    return protocol, wire, answered


async def says_four(scope: Scope, receive: Receive, send: Send) -> None:
    for message in ANSWERS["of a known length"]:
        await send(message)


@pytest.mark.parametrize(("length", "status"), [(MAX_HEAD_BYTES - 100, 200), (MAX_HEAD_BYTES + 1_200, 400)])
async def test_a_head_that_comes_whole_may_be_as_large_as_one_that_does_not(length: int, status: int) -> None:
    protocol, wire, answered = connected(says_four)
    head = b"GET / HTTP/1.1\r\nX-Large: \r\n\r\n"
    protocol.data_received(head.replace(b": ", b": " + b"x" * (length - len(head))) * 2)
    await answered()
    statuses = [piece.split()[1] for piece in wire.pieces]
    assert statuses == ([b"200"] * 2 if status == 200 else [b"400"])
    assert wire.is_closing() == (status == 400)


async def test_who_listens_for_the_client_hears_when_all_is_said(make_settings: MakeSettings) -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        listening = asyncio.ensure_future(receive())
        await asyncio.sleep(0)  # it listens by now
        await says_four(scope, receive, send)
        heard.append((await asyncio.wait_for(listening, PATIENCE_SECONDS))["type"])

    for make in (HttpToolsProtocol, options(make_settings())["http"]):
        await sent(make, app, GET)
    assert heard == ["http.disconnect"] * 2


async def test_an_application_waits_while_its_client_does_not_read_and_goes_on_with_it() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        for nth in range(9):
            await send(body(b"%d" % nth, more=nth < 8))

    protocol, wire, answered = connected(app)

    def pause() -> None:
        if len(wire.pieces) == 1:
            protocol.pause_writing()
            asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, resume)

    def resume() -> None:
        assert len(wire.pieces) == 1
        protocol.resume_writing()

    wire.wrote = pause
    protocol.data_received(GET)
    await answered()
    assert b"".join(wire.pieces).endswith(b"1\r\n8\r\n0\r\n\r\n")
    protocol.connection_lost(None)


async def test_who_reads_on_is_not_cut_but_for_the_last_answer() -> None:
    protocol, wire, _ = connected(says_four, deadline=MOMENT)
    gone, end, _ = connected(says_four, keep_alive=MOMENT, deadline=MOMENT)
    gone.connection_lost(None)
    protocol.data_received(GET)  # it has asked in time
    protocol.pause_writing()
    protocol.resume_writing()
    await asyncio.sleep(3 * MOMENT)
    assert not wire.is_closing()
    assert not end.cut.is_set(), "nothing looks after who is gone"
    protocol.pause_writing()
    wire.close()
    protocol.resume_writing()
    await asyncio.wait_for(wire.cut.wait(), PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("sent", "bounds"),
    [([GET + LATE], {"keep_alive": MOMENT}), ([LATE, b"GET /"], {"deadline": MOMENT})],
    ids=["asks nothing more", "asks for half a thing"],
)
async def test_nobody_is_cut_before_the_answer_is_there_and_who_is_silent_then_is(
    sent: list[bytes], bounds: dict[str, float]
) -> None:
    released = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/late":
            await released.wait()
        await says_four(scope, receive, send)

    protocol, wire, answered = connected(app, **bounds)
    for data in sent:
        protocol.data_received(data)
    await asyncio.sleep(3 * MOMENT)
    assert not wire.is_closing()
    released.set()
    await answered()
    assert len(wire.pieces) == b"".join(sent).count(b"HTTP/1.1")
    await asyncio.wait_for(wire.cut.wait(), PATIENCE_SECONDS)


@pytest.mark.filterwarnings("ignore")
async def test_what_fails_in_the_midst_of_an_answer_is_told_once_and_ends_the_connection(
    make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(FOUR))
        await send(body(b"fo", more=True))
        raise LookupError("the rest is gone")

    protocol, wire, answered = connected(Wrapper(app, make_settings()))
    protocol.data_received(GET)
    await answered()
    assert b"".join(wire.pieces).endswith(b"\r\n\r\nfo")
    assert wire.is_closing()
    assert (caplog.text.count("LookupError: the rest is gone"), "RuntimeError" in caplog.text) == (1, False)
