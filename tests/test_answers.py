"""what our own connections send: byte for byte what uvicorn's do, in one piece and without its timers"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.support.given import MakeSettings
from web.server.clocks import Clock
from web.server.serving import options

pytestmark = pytest.mark.anyio

GET, HEAD = b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n", b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
OLD, LAST = b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
WITH_BODY = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + GET * 60
FOUR = (b"content-length", b"4")


def start(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


class Wire(asyncio.Transport):
    """A transport whose client has already sent everything."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def saying(messages: list[Message]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await send(start(FOUR))
            received = await receive()
            await send(body(received["body"] * 2))
            return
        for message in messages:
            await send(message)

    return app


async def sent(make: Callable[..., Any], app: ASGIApp, request: bytes) -> Wire:
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    config = uvicorn.Config(app, ws="none", access_log=False, log_config=None, http=make)  # type: ignore[arg-type]
    config.load()
    wire, protocol = Wire(), make(config=config, server_state=state, app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    while state.tasks:
        await asyncio.wait(state.tasks)
    wire.close()
    protocol.connection_lost(None)
    return wire


ANSWERS: dict[str, list[Message]] = {
    "of a known length": [start(FOUR), body(b"four")],
    "in parts": [start(FOUR), body(b"fo", more=True), body(b"ur")],
    "chunked": [start(), body(b"four", more=True), body(b"", more=True), body(b"more")],
    "chunked, and empty at its end": [start(), body(b"four", more=True), body()],
    "chunked by the application": [start((b"transfer-encoding", b"chunked")), body(b"four")],
    "without a body": [start(status=204), body()],
    "not modified": [start(status=304), body()],
    "the last one": [start(FOUR, (b"connection", b"x, Close")), body(b"four")],
    "no header's name": [start((b"x:y", b"z")), body()],
    "no header's value": [start((b"x", b"y\r\nz: 1")), body()],
    "nothing": [],
    "less than it said": [start(FOUR), body(b"fou")],
    "more after its end": [start(FOUR), body(b"four"), body()],
    "a body without a head": [body(b"four")],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("request_", [GET, HEAD, OLD, LAST, GET + GET, WITH_BODY, UPGRADE], ids=range(7))
@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_is_the_one_that_uvicorn_sends(
    make_settings: MakeSettings, answer: str, request_: bytes
) -> None:
    app, ours = saying(ANSWERS[answer]), options(make_settings())["http"]
    known = await sent(HttpToolsProtocol, app, request_)
    assert b"".join((await sent(ours, app, request_)).pieces) == b"".join(known.pieces)


async def test_an_answer_is_one_piece_on_its_way(make_settings: MakeSettings) -> None:
    wire = await sent(options(make_settings())["http"], saying(ANSWERS["of a known length"]), GET)
    (whole,) = wire.pieces
    assert re.fullmatch(rb"HTTP/1.1 200 OK\r\n.*\r\n\r\nfour", whole, re.DOTALL)


@pytest.mark.parametrize("messages", [[start(FOUR), body(b"fours")], [start(FOUR), start(FOUR)], [start(FOUR)]])
async def test_what_is_no_answer_is_the_end_of_the_connection(
    make_settings: MakeSettings, caplog: pytest.LogCaptureFixture, messages: list[Message]
) -> None:
    wire = await sent(options(make_settings())["http"], saying(messages), GET + GET)
    assert b"".join(wire.pieces).count(b"HTTP/1.1") == 0
    assert "ASGI" in caplog.text


async def test_the_parts_of_a_request_are_told_as_uvicorn_tells_them(make_settings: MakeSettings) -> None:
    scopes: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(dict(scope) | {"state": {}, "app": None})
        for message in ANSWERS["of a known length"]:
            await send(message)

    for request in (GET, OLD, HEAD):
        for make in (HttpToolsProtocol, options(make_settings())["http"]):
            await sent(make, app, request)
    assert scopes[::2] == scopes[1::2]
    assert scopes[0]["path"] == "/a b"


async def test_a_clock_that_is_set_anew_waits_on_and_one_that_is_stopped_is_silent() -> None:
    silent, late = asyncio.Event(), asyncio.Event()
    stopped, closed, clock = Clock(0.05, silent.set), Clock(0.05, silent.set), Clock(0.05, late.set)
    for each in (stopped, closed, clock):
        each.start()
    stopped.stop()
    closed.close()
    await asyncio.sleep(0.03)
    clock.stop()
    began = asyncio.get_running_loop().time()
    clock.start()
    for _ in range(2):  # it can be used again
        await late.wait()
        assert asyncio.get_running_loop().time() - began >= 0.05 - 0.001
        late.clear()
        began = asyncio.get_running_loop().time()
        clock.start()
    clock.close()
    assert not silent.is_set()
