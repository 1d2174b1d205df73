"""asking other servers: at public addresses alone, over TLS, and within bounds"""

import gzip
import itertools
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

import outside
from outside.addresses import Endpoint, is_public
from outside.answers import LONGEST_BODY, Answer, NoAnswer
from tests.support.elsewhere import LOOPBACK, NAME, Answering, Asked, Elsewhere, answered, elsewhere

pytestmark = pytest.mark.anyio

SPECIAL = (
    "127.0.0.1 127.1 0x7f.1 2130706433 localhost 0.0.0.0 10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 192.0.0.1 "
    "192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 [::] [::1] [::127.0.0.1] "
    "[::ffff:127.0.0.1] [::ffff:10.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::1] [100::1] [2001::1] [2001:db8::1] "
    "[2002:7f00:1::] [3fff::1] [5f00::1] [fc00::1] [fd00::1] [fe80::1] [fec0::1] [ff02::1]"
)
PUBLIC = ("93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "::ffff:1.1.1.1")


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    async with elsewhere(tmp_path) as server:
        yield server


async def refused(client: outside.Client, url: str, within: float = 5) -> str:
    with pytest.raises(NoAnswer) as refusal:
        await client.ask(url, within=within)
    return str(refusal.value)


async def test_an_address_that_is_not_everybodys_is_not_connected_to(there: Elsewhere) -> None:
    client = outside.client(local=False)
    said = {host: await refused(client, f"https://{host}:{there.port}/") for host in SPECIAL.split()}
    assert said == dict.fromkeys(SPECIAL.split(), "is not at a public address")
    assert there.connections == 0


@pytest.mark.parametrize("address", PUBLIC)
def test_one_that_is_everybodys_may_be(address: str) -> None:
    assert is_public(address)


async def test_of_several_addresses_all_have_to_be_public(there: Elsewhere) -> None:
    client = there.client("1.1.1.1", LOOPBACK, allows=is_public)
    assert await refused(client, there.url) == "is not at a public address"
    assert await refused(there.client(allows=is_public), there.url) == "is not at a public address"
    assert there.connections == 0


async def test_a_name_that_has_changed_its_address_since_is_looked_at_again(there: Elsewhere, tmp_path: Path) -> None:
    """A resolver that says a public address first (here 127.0.0.2) and then one of ours."""
    said = iter([[("127.0.0.2", there.port)], [(LOOPBACK, there.port)]])
    client = there.client(
        allows="127.0.0.2".__eq__, resolve=lambda *_: _next(said), trusted=ssl.create_default_context()
    )
    async with elsewhere(tmp_path, "127.0.0.2", there.port) as public:
        client = public.client(allows="127.0.0.2".__eq__, resolve=lambda *_: _next(said))
        public.answer = lambda _: answered(b"first", Connection="close")
        assert await client.ask(there.url) == Answer(200, b"first")
        assert await refused(client, there.url) == "is not at a public address"
        assert (public.connections, there.connections) == (1, 0)


async def _next(said: Iterator[list[Endpoint]]) -> list[Endpoint]:
    return next(said)


async def test_an_address_that_takes_no_connection_leaves_time_for_the_next(there: Elsewhere) -> None:
    client = there.client("127.0.0.3", LOOPBACK)
    assert await client.ask(there.url) == Answer(200, b"")
    await client.close()


async def test_the_server_is_asked_by_its_name_and_proves_it(there: Elsewhere, tmp_path: Path) -> None:
    client = there.client()
    answer = await client.ask(f"{there.url}/x?y=z", method="POST", headers={"X": "1"}, content=b"body")
    assert answer == Answer(200, b"")
    (asked,) = there.asked
    assert (asked.method, asked.target, asked.body, there.names) == ("POST", "/x?y=z", b"body", [NAME])
    assert asked.headers.items() >= {"host": f"{NAME}:{there.port}", "x": "1", "accept-encoding": "identity"}.items()
    assert "certificate" in await refused(client, f"https://another.example:{there.port}/")
    assert "certificate" in await refused(there.client(trusted=ssl.create_default_context()), there.url)
    assert len(there.asked) == 1
    await client.close()


async def test_a_connection_serves_again(there: Elsewhere) -> None:
    client = there.client()
    for _ in range(3):
        assert await client.ask(there.url) == Answer(200, b"")
    assert there.connections == 1
    await client.close()


@pytest.mark.parametrize(
    "url", ["http://elsewhere.example/", "ftp://x/", "https://", "x", "", "https://ä.example/", "https://x:y/"]
)
async def test_nothing_but_an_https_address_is_asked(there: Elsewhere, url: str) -> None:
    assert await refused(there.client(), url)
    assert there.connections == 0


async def test_a_local_client_asks_this_machine_without_tls_too_and_no_other(tmp_path: Path) -> None:
    async with elsewhere(tmp_path, plain=True) as here:
        client = outside.client(local=True)
        for host in (LOOPBACK, "localhost"):
            assert (await client.ask(f"http://{host}:{here.port}/")).status == 200
        for url in (
            f"http://localhost.example:{here.port}/",
            "http://1.1.1.1/",
            "http://10.0.0.1/",
            "https://10.0.0.1/",
        ):
            assert await refused(client, url) in {"is no https address", "is not at a public address"}
        await client.close()


@pytest.mark.parametrize("value", ["ä", "x\r\nHost: y", " x ", "\0", "\ud800"])
async def test_a_header_that_cannot_be_sent_is_no_answer_and_not_quoted(there: Elsewhere, value: str) -> None:
    client = there.client()
    with pytest.raises(NoAnswer) as refusal:
        await client.ask(there.url, headers={"Authorization": f"hunter2{value}"})
    assert "hunter2" not in str(refusal.value)
    assert there.asked == []
    await client.close()


async def test_a_redirect_is_an_answer_and_not_followed(there: Elsewhere) -> None:
    client = there.client()
    there.answer = lambda _: answered(status="302 Found", Location=f"{there.url}/further")
    assert await client.ask(there.url) == Answer(302, b"")
    assert len(there.asked) == 1
    await client.close()


async def test_no_proxy_of_the_environment_is_asked(there: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client = there.client()
    assert await client.ask(there.url) == Answer(200, b"")
    await client.close()


def announced(_: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    yield from itertools.repeat(bytes(65_536))


def in_chunks(_: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from itertools.repeat(b"10000\r\n%b\r\n" % bytes(65_536))


@pytest.mark.parametrize("answer", [announced, in_chunks])
async def test_more_than_a_mebibyte_is_not_read_on(there: Elsewhere, answer: Answering) -> None:
    there.answer = answer
    assert await refused(there.client(), there.url) == f"more than {LONGEST_BODY} bytes"


async def test_what_is_not_more_is_taken_whole(there: Elsewhere) -> None:
    body = bytes(LONGEST_BODY)
    there.answer = lambda _: answered(body)
    client = there.client()
    assert (await client.ask(there.url)).body == body
    await client.close()


async def test_nothing_is_unpacked(there: Elsewhere) -> None:
    there.answer = lambda _: answered(gzip.compress(bytes(10 * LONGEST_BODY)), Content_Encoding="gzip")
    assert "packed" in await refused(there.client(), there.url)


def never(_: Asked) -> Iterator[bytes | float]:
    yield 5.0


def slowly(_asked: Asked) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(1000):
        yield 0.02
        yield b"x"


def a_slow_head(_asked: Asked) -> Iterator[bytes | float]:
    for _ in range(1000):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield 0.02


@pytest.mark.parametrize("answer", [never, slowly, a_slow_head])
async def test_the_time_is_that_of_the_whole_answer(there: Elsewhere, answer: Answering) -> None:
    there.answer = answer
    assert await refused(there.client(), there.url, within=0.2) == "none within 0.2 s"


async def test_looking_the_name_up_is_part_of_it(there: Elsewhere) -> None:
    hangs = there.client(resolve=lambda *_: _hang())
    assert await refused(hangs, there.url, within=0.1) == "none within 0.1 s"


async def _hang() -> list[Endpoint]:
    await anyio.sleep_forever()
    return []


NONSENSE = (b"hunter2\r\n\r\n", b"HTTP/1.1 hunter2\r\n\r\n", b"HTTP/1.1 200 OK\r\nhunter2\r\n\r\n", b"\x15\3\1\0")


@pytest.mark.parametrize("said", NONSENSE)
async def test_what_is_no_answer_is_not_quoted(there: Elsewhere, said: bytes) -> None:
    there.answer = lambda _: said
    assert "hunter2" not in await refused(there.client(), there.url, within=0.5)


async def test_a_name_that_has_no_address_is_told(there: Elsewhere) -> None:
    client = outside.client(local=False)
    assert await refused(client, "https://nowhere.invalid/")
    await client.close()
