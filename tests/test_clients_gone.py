"""our own connections: a client that is gone is told of to whoever answers it, and gets nothing more"""

import asyncio
import logging

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from tests.support.given import MakeSettings
from tests.test_answers import GET, body, start
from tests.test_connections import LATE, connected
from web.middleware.wrapper import Wrapper

pytestmark = pytest.mark.anyio


async def test_whoever_is_answering_hears_of_a_client_that_is_gone_and_nobody_else_begins(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"a part", more=True))
        heard.extend([(await receive())["type"] for _ in range(2)])
        await send(body(b"the rest"))

    protocol, wire, answered = connected(app)
    protocol.data_received(LATE + GET)
    await asyncio.sleep(0)
    wire.close()
    protocol.connection_lost(None)
    await answered()
    assert heard == ["http.request", "http.disconnect"]
    assert (len(wire.pieces), "ASGI" in caplog.text) == (1, False)


async def test_who_leaves_before_the_body_is_here_is_no_failure_of_ours(
    make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    protocol, wire, answered = connected(Wrapper(app, make_settings()))
    with caplog.at_level(logging.INFO):
        protocol.data_received(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        await asyncio.sleep(0)
        wire.close()
        protocol.connection_lost(None)
        await answered()
    assert [record.__dict__["status"] for record in caplog.records if record.message == "request"] == [499]
    assert "Error" not in caplog.text


async def test_nothing_is_written_to_a_connection_that_is_closing(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"a part", more=True))
        wire.close()
        await send(body(b"the rest"))

    protocol, wire, answered = connected(app)
    protocol.data_received(GET)
    await answered()
    assert (len(wire.pieces), "ASGI" in caplog.text) == (1, False)
