"""requests sent ahead of their answers: all are answered in order, and nobody fills the server's memory with them"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.processes.test_slow_clients import GET, POST, SOON, Client, connected, serves
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.postern import EMAIL, LOGIN, PASSWORD
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, Process, serving

pytestmark = pytest.mark.anyio

STATUS = Path("/proc/self/status")
SHORTEST = b"GET /x HTTP/1.1\r\n\r\n"  # nothing is there: the answer is short, too
UNREAD_BYTES = 2_000_000  # sent ahead, at most: more than a hundred thousand of the shortest
UNREAD_ANSWERS_BYTES = 64 * 1024  # or the system takes some ten thousand of them for the client
MEASURED = pytest.mark.needs(STATUS.exists(), "memory is measured where /proc tells it")


def memory_mib(server: Process) -> float:
    """What the process has held at most."""
    status = Path(f"/proc/{server.child.pid}/status").read_text()
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024


def query(name: str) -> bytes:
    body = b'{"query": "{ %s: __typename }"}' % name.encode()
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def flooding(address: str) -> AsyncIterator[Client]:
    """A client that asks and asks and reads nothing, until the server takes no more from it."""
    async with connected(address, UNREAD_ANSWERS_BYTES) as client:
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        client.writer.write(SHORTEST * (UNREAD_BYTES // len(SHORTEST)))
        yield client


async def cut(client: Client) -> None:
    """Come back when the connection has ended: who reads nothing hears of it when it writes."""
    with contextlib.suppress(ConnectionError):
        while True:
            await client.send(SHORTEST)
            await asyncio.sleep(SOON / 10)


@pytest.mark.parametrize("count", [2, 5, 200])
async def test_all_that_was_sent_at_once_is_answered_in_order(
    make_settings: MakeSettings, post: PostOffice, count: int
) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(b"".join(query(f"q{nth}") for nth in range(count)))
        for nth in range(count):
            answer = await client.answer()
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b'{"data":{"q%d":"Query"}}' % nth)
        await client.send(query("afterwards"))
        assert b"afterwards" in await client.answer()


async def test_so_is_what_is_sent_in_any_pieces(make_settings: MakeSettings, post: PostOffice) -> None:
    sent = b"".join(query(f"q{nth}") + GET + b"\r\n" for nth in range(4))
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        for start in range(0, len(sent), 37):
            await client.send(sent[start : start + 37])
            await asyncio.sleep(0)
        for nth in range(4):
            assert b'"q%d"' % nth in await client.answer()
            assert b'{"status":"ok"}' in await client.answer()


async def test_a_large_body_behind_a_request_that_is_being_answered_arrives_whole(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    body = b'{"query": "{ late: __typename }", "extensions": {"x": "' + b"x" * 90_000 + b'"}}'
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(query("early") + POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + query("last"))
        for name in (b"early", b"late", b"last"):
            assert name in await client.answer()


async def test_who_says_at_once_that_nothing_more_will_come_still_gets_the_answer(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        client.writer.write(query("last"))
        client.writer.write_eof()
        assert (await client.rest()).endswith(b'{"data":{"last":"Query"}}')


@MEASURED
@pytest.mark.parametrize("connections", [1, 8])
async def test_who_asks_on_without_reading_takes_no_memory_and_keeps_nobody_waiting(
    tmp_path: Path, post: PostOffice, connections: int
) -> None:
    async with serving(tmp_path, post) as server, AsyncExitStack() as stack:
        address = str(server.http.base_url)
        assert await serves(address)
        before = memory_mib(server)
        for _ in range(connections):
            await stack.enter_async_context(flooding(address))
        await server.says("path=/x ", times=1000)
        assert (await server.http.get("/healthz", timeout=5)).status_code == 200
        assert memory_mib(server) - before < 20


async def test_who_never_reads_an_answer_is_cut_and_who_reads_is_not(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    known = make_settings(smtp_url=post.url, receive_deadline=SOON)
    async with listening(known) as address, flooding(address) as client, connected(address) as neighbour:
        await neighbour.send(GET + b"\r\n")
        assert (await neighbour.answer()).startswith(b"HTTP/1.1 200 ")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await cut(client)
        await neighbour.send(GET + b"\r\n")
        assert (await neighbour.answer()).startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_leaves_in_the_midst_of_its_answers_is_no_error(tmp_path: Path, post: PostOffice) -> None:
    body = json.dumps({"query": LOGIN, "variables": {"input": {"email": EMAIL, "password": PASSWORD}}}).encode()
    login = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    async with serving(tmp_path, post) as server:
        for nth in range(1, 11):
            async with connected(str(server.http.base_url)) as client:
                await client.send(login + (GET + b"\r\n") * 5)
                client.writer.transport.abort()
            await server.says("path=/graphql", times=nth)
        assert await serves(str(server.http.base_url))
        server.child.terminate()
        assert await server.stopped() == 0
    assert "Traceback" not in server.log
    assert "path=/healthz" not in server.log
