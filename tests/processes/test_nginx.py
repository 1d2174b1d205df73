"""docs/nginx.conf, as it stands there: the whole flow through it, and what it keeps from the server"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from getpass import getuser
from pathlib import Path

import httpx2
import pytest

from tests.support.nginx import PATIENCE_SECONDS, Nginx, needs_nginx, nginx
from tests.support.ports import free_ports
from tests.support.postern import EMAIL, ME
from tests.support.postoffice import PostOffice, body
from tests.support.process import Process, production, serving

pytestmark = [pytest.mark.anyio, needs_nginx]


@asynccontextmanager
async def in_front(folder: Path, post: PostOffice, **changes: str) -> AsyncIterator[tuple[Nginx, Process]]:
    """A server in production behind nginx, and a client of the two."""
    http_port, https_port = free_ports(2)
    settings = production() | {"PUBLIC_URL": f"https://localhost:{https_port}"}
    async with (
        serving(folder, post, **settings) as server,
        nginx(folder / "nginx", http_port, https_port, server.settings.port, **changes) as proxy,
        httpx2.AsyncClient(base_url=proxy.url, verify=proxy.trust, timeout=PATIENCE_SECONDS) as http,
    ):
        yield proxy, Process(server.settings, http, post, server.child, server.file)


async def test_the_flow_through_it_leaves_no_token_in_any_log(tmp_path: Path, post: PostOffice) -> None:
    async with in_front(tmp_path, post) as (proxy, people):
        token = await people.registered()
        assert f"{proxy.url}/confirm-email?token={token}" in body(post.letters[0])
        page = await people.http.get("/confirm-email", params={"token": token}, headers={"Accept": "text/html"})
        assert page.status_code == 200
        done = await people.http.post(
            "/confirm-email", data={"token": token}, headers={"Accept": "text/html", "Referer": str(page.url)}
        )
        assert done.status_code == 200
        login = await people.login()
        assert (await people.ask(ME, token=login["accessToken"]))["data"]["me"]["email"] == EMAIL
        for answer in (page, done):
            assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains"]
            assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
            assert "Server" not in answer.headers or answer.headers["Server"] == "nginx"
            await proxy.logged(f"id={answer.headers['X-Request-ID']}")
        await proxy.logged("/graphql", 3)
        assert "GET /confirm-email HTTP" in proxy.access_log
        for secret in (token, login["accessToken"], login["refreshToken"], "?"):
            assert secret not in proxy.logs


async def test_nor_does_trouble_bring_one_there(tmp_path: Path, post: PostOffice) -> None:
    http_port, https_port, nobody = free_ports(3)
    async with (
        nginx(tmp_path / "nginx", http_port, https_port, nobody) as proxy,
        httpx2.AsyncClient(base_url=proxy.url, verify=proxy.trust) as http,
    ):
        link = "/confirm-email?token=secret"
        answers = await asyncio.gather(*(http.get(link) for _ in range(80)))
        statuses = {answer.status_code for answer in answers}
        assert statuses == {429, 502}  # too many, and no server behind it
        for answer in answers:
            assert answer.headers["Retry-After"] == "5"
            assert answer.headers["Strict-Transport-Security"]
        huge = await http.get(link + "x" * 20_000)
        assert huge.status_code == 414
        assert (await http.post(link, content=b" " * 100_001)).status_code in (413, 429)
        await proxy.logged("/confirm-email", 80)
        assert "secret" not in proxy.logs
        assert "token" not in proxy.logs


async def test_plain_http_is_sent_to_https_under_the_name_that_is_configured(tmp_path: Path, post: PostOffice) -> None:
    http_port, https_port, nobody = free_ports(3)
    async with (
        nginx(tmp_path / "nginx", http_port, https_port, nobody) as proxy,
        httpx2.AsyncClient(base_url=f"http://localhost:{http_port}") as http,
    ):
        for answer in (await http.get("/confirm-email?token=secret"), await http.post("/confirm-email?token=secret")):
            assert answer.status_code == 308
            assert answer.headers["Location"] == f"{proxy.url}/confirm-email?token=secret"
        with pytest.raises(httpx2.TransportError):
            await http.get("/", headers={"Host": "evil.example"})
        async with httpx2.AsyncClient(base_url=f"https://127.0.0.1:{https_port}", verify=proxy.trust) as nameless:
            with pytest.raises(httpx2.ConnectError):
                await nameless.get("/")
        await proxy.logged("/confirm-email", 2)
        assert "secret" not in proxy.logs


async def test_who_gives_out_its_certificate_finds_what_certbot_puts_there(tmp_path: Path) -> None:
    http_port, https_port, nobody = free_ports(3)
    folder = tmp_path / "nginx/html/.well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("proof")
    async with (
        nginx(tmp_path / "nginx", http_port, https_port, nobody, user=getuser()),
        httpx2.AsyncClient(base_url=f"http://localhost:{http_port}/.well-known") as http,
    ):
        assert (await http.get("/acme-challenge/token")).text == "proof"
        assert (await http.get("/acme-challenge/other")).status_code == 404
        assert (await http.get("/")).status_code == 308


async def test_slow_heads_and_slow_bodies_never_reach_the_server(tmp_path: Path, post: PostOffice) -> None:
    slow = {"client_header_timeout": "1s", "client_body_timeout": "1s"}
    async with in_front(tmp_path, post, **slow) as (proxy, people):
        head = b"POST /slow HTTP/1.1\r\nHost: localhost\r\n"
        for sent in (b"", head, head + b"Content-Length: 10\r\n\r\n{"):
            assert b" 200 " not in await answer_to(proxy, sent)
        assert await people.ask("{ __typename }") == {"data": {"__typename": "Query"}}
        await people.says('"path": "/graphql"')
        assert "/slow" not in people.log


async def answer_to(proxy: Nginx, sent: bytes) -> bytes:
    """All that comes until nginx closes the connection."""
    plain = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    reader, writer = await asyncio.open_connection("localhost", proxy.https_port, ssl=plain)
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()


async def test_what_a_client_claims_of_itself_does_not_get_through(tmp_path: Path) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    http_port, https_port = free_ports(2)
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher", "Forwarded": "for=203.0.113.9"}
        async with (
            nginx(tmp_path / "nginx", http_port, https_port, port) as proxy,
            httpx2.AsyncClient(base_url=proxy.url, verify=proxy.trust) as http,
        ):
            assert (await http.get("/", headers=claims)).status_code == 204
        request = (await heard).decode().lower()
    assert "x-forwarded-for: 127.0.0.1\r\n" in request
    assert "x-forwarded-proto: https\r\n" in request
    assert "203.0.113.9" not in request
