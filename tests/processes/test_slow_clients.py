"""slow and huge clients: each is cut in time, and the others hardly notice"""

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.postoffice import PostOffice
from tests.support.process import serving
from web.middleware.bodies import LINGER_BYTES

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20
SOON = 0.3  # the server's deadline where a test waits for it
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"3e8\r\n" + b" " * 1000 + b"\r\n"


class Client:
    """A connection on which anything can be said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The head of the next answer, and its body where it tells a length."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            return head + (await self.reader.readexactly(int(length[1])) if length else b"")

    async def rest(self) -> bytes:
        """All until the server closes the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def connected(address: str, buffer_bytes: int = 0) -> AsyncIterator[Client]:
    url = urlsplit(address)
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if buffer_bytes:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    place.setblocking(False)
    await asyncio.get_running_loop().sock_connect(place, (url.hostname, url.port))
    reader, writer = await asyncio.open_connection(sock=place)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def serves(address: str) -> bool:
    async with httpx2.AsyncClient(base_url=address, verify=False) as http:
        answer = await http.post("/graphql", json={"query": "{ __typename }"})
    return bool(answer.json() == {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("path", [b"/graphql", b"/confirm-email"])
async def test_a_body_that_never_ends_is_a_408_and_the_end_of_the_connection(
    make_settings: MakeSettings, post: PostOffice, path: bytes
) -> None:
    known = make_settings(smtp_url=post.url, receive_deadline=SOON)
    async with listening(known) as address, connected(address) as client:
        await client.send(POST.replace(b"/graphql", path) + b'Content-Length: 100\r\n\r\n{"query"')
        answer = await client.answer()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert answer.endswith(b'{"status":408}')
        for header in (b"connection: close", b"x-request-id: ", b"x-content-type-options: nosniff"):
            assert header in answer
        assert await client.rest() == b""
        assert await serves(address)


async def test_nor_does_a_trickle_gain_time(make_settings: MakeSettings, post: PostOffice) -> None:
    known = make_settings(smtp_url=post.url, receive_deadline=SOON)
    async with listening(known) as address, connected(address) as client:
        await client.send(CHUNKED)

        async def trickle() -> None:
            while True:
                await client.send(b"1\r\n \r\n")
                await asyncio.sleep(SOON / 10)

        trickling = asyncio.create_task(trickle())
        assert (await client.answer()).startswith(b"HTTP/1.1 408 ")
        assert await client.rest() == b""
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_a_chunked_body_over_the_cap_is_refused_without_being_read_whole(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(CHUNKED + CHUNK * 101)
        answer = await client.answer()  # and the body has not ended
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in answer
        with pytest.raises(ConnectionError):
            await client.send(CHUNK * (50 * LINGER_BYTES // len(CHUNK)))
        assert await client.rest() == b""
        assert await serves(address)


async def test_who_is_still_sending_hears_of_the_refusal(make_settings: MakeSettings, post: PostOffice) -> None:
    body = b" " * (LINGER_BYTES // 2)
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        await client.send(body)
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b'{"status":413}')


async def test_an_address_that_reads_no_body_keeps_no_connection_for_one(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    known = make_settings(smtp_url=post.url, receive_deadline=SOON)
    async with listening(known) as address, connected(address) as client:
        await client.send(GET + b"Content-Length: 10\r\n\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer


async def test_a_body_that_was_read_leaves_the_connection_open(make_settings: MakeSettings, post: PostOffice) -> None:
    body = b'{"query": "{ __typename }"}'
    known = make_settings(smtp_url=post.url)
    async with listening(known) as address, connected(address) as client:
        for _ in "ab":
            await client.send(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            answer = await client.answer()
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" not in answer
            assert b"\r\nserver:" not in answer.lower(), "what serves is nobody's business"


@pytest.mark.parametrize("said", [b"", b"\r\n", b"POST /gra", POST], ids=["nothing", "line break", "line", "header"])
@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["at once", "after a request"])
async def test_a_head_that_does_not_come_is_the_end_of_the_connection(
    make_settings: MakeSettings, post: PostOffice, before: bytes, said: bytes
) -> None:
    known = make_settings(smtp_url=post.url, receive_deadline=SOON)
    async with listening(known) as address, connected(address) as client:
        if before:
            await client.send(before)
            assert (await client.answer()).startswith(b"HTTP/1.1 200 ")
        await client.send(said or b"\r")  # after a request, silence is what keep-alive is for
        assert await client.rest() == b""


@pytest.mark.parametrize("name", ["one header", "many headers", "request line"])
@pytest.mark.parametrize("ends", [True, False], ids=["whole", "endless"])
async def test_a_huge_head_is_refused(make_settings: MakeSettings, post: PostOffice, name: str, ends: bool) -> None:
    head = {
        "one header": GET + b"X-Huge: " + b"x" * 100_000,
        "many headers": GET + b"X-Small: x\r\n" * 10_000,
        "request line": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x",
    }[name]
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(head + b"\r\n\r\n" * ends)
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1") == 1
        assert await serves(address)


@pytest.mark.parametrize(
    "endless", [b"0\r\nX-Trailer: " + b"x" * 300_000, b"1;" + b"x" * 300_000], ids=["trailer", "size"]
)
async def test_what_stands_around_chunks_has_an_end_too(
    make_settings: MakeSettings, post: PostOffice, endless: bytes
) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address, connected(address) as client:
        await client.send(CHUNKED + CHUNK)
        await client.send(endless)
        assert b"200" not in await client.rest()
        assert await serves(address)


async def test_200_idle_connections_keep_nobody_from_an_answer(make_settings: MakeSettings, post: PostOffice) -> None:
    async with listening(make_settings(smtp_url=post.url)) as address, AsyncExitStack() as stack:
        for nth in range(200):
            client = await stack.enter_async_context(connected(address))
            await client.send((b"", b"GET /half", CHUNKED + b"1\r\n")[nth % 3])
        async with asyncio.timeout(5):
            assert await serves(address)


async def test_who_comes_to_a_crowd_is_told_when_to_come_back_and_who_was_there_is_served(
    make_settings: MakeSettings, post: PostOffice
) -> None:
    known = make_settings(smtp_url=post.url, max_connections=2, cors_origins="https://app.example.com")
    async with listening(known) as address, AsyncExitStack() as stack:
        first, second, third = [await stack.enter_async_context(connected(address)) for _ in "abc"]
        for client in (first, second):
            await client.send(GET + b"\r\n")
            assert (await client.answer()).startswith(b"HTTP/1.1 200 ")
        await third.send(GET + b"\r\n")
        assert (await third.answer()).startswith(b"HTTP/1.1 200 ")  # it lives, crowd or not
        ready = GET.replace(b"healthz", b"readyz") + b"Origin: https://app.example.com\r\n\r\n"
        await third.send(ready.replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 9000 + b"\r\n\r\n"))  # whatever else is wrong
        answer = await third.rest()
        assert answer.startswith(b"HTTP/1.1 503 ")
        for header in (b"retry-after: 5", b"connection: close", b"x-request-id: ", b"access-control-allow-origin: "):
            assert header in answer
        await first.send(ready)
        assert (await first.answer()).startswith(b"HTTP/1.1 200 ")
        fourth = await stack.enter_async_context(connected(address))  # the third has left
        first.writer.close()
        await second.send(ready)
        assert (await second.answer()).startswith(b"HTTP/1.1 200 ")
        await fourth.send(GET + b"\r\n")
        await fourth.answer()


async def test_each_of_several_processes_keeps_to_the_bounds_of_the_settings_and_ends_with_the_first(
    tmp_path: Path, post: PostOffice
) -> None:
    bounds = {"WEB_CONCURRENCY": "2", "REDIS_URL": "redis://127.0.0.1:1/0", "MAX_CONNECTIONS": "1"}
    async with serving(tmp_path, post, **bounds) as server, AsyncExitStack() as stack:
        address = str(server.http.base_url)
        clients = [await stack.enter_async_context(connected(address)) for _ in "abc"]  # of two, one has more than one
        for client in clients:
            await client.send(GET.replace(b"healthz", b"readyz") + b"\r\n")
        answers = [await client.answer() for client in clients]
        assert any(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
        os.kill(server.child.pid, signal.SIGKILL)
        await server.says("] stopped", times=2)


GARBAGE = (
    b"\x00\x01\x02\xff" * 1000 + b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /%00%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    CHUNKED + b"zz\r\n",
    CHUNKED + b"ffffffffffffffffffff\r\n",
    GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello",
    GET + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\nxx",
    GET + b"X: a\r\n b\r\nY\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\nxx",
    (GET + b"\r\n") * 300 + b"nonsense",
)


async def test_after_garbage_huge_heads_and_clients_that_leave_the_real_server_serves_on_and_stops_in_order(
    tmp_path: Path, post: PostOffice
) -> None:
    async with serving(tmp_path, post, RECEIVE_DEADLINE=f"PT{SOON}S") as server:
        for before in (b"", GET + b"\r\n"):  # first thing on a connection, and pipelined
            for garbage in (*GARBAGE, GET + b"X: " + b"x" * 100_000, CHUNKED + CHUNK * 500):
                async with connected(str(server.http.base_url)) as client:
                    await client.send(before + garbage)
                    client.writer.write_eof()
                    await client.rest()
                async with connected(str(server.http.base_url)) as client:
                    await client.send(before + garbage)  # and is gone
        assert await serves(str(server.http.base_url))
        assert (await server.joined())["__typename"] == "LoggedIn"
        server.child.terminate()
        assert await server.stopped() == 0
    assert "Traceback" not in server.log
    assert "internal_error" not in server.log
