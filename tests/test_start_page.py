"""/: in development where to begin, in production the way to the login"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models import User
from security.keys import KeyRing
from settings import ROOT
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.test_settings import PRODUCTION

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("dialect", ["sqlite"])]

BROWSER = {"Accept": "text/html"}
Serve = Callable[..., Awaitable[Postern]]


@pytest.fixture
async def serve(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Serve]:
    """Starts a server with the development mailbox, or with other settings."""
    async with AsyncExitStack() as stack:

        async def serving(**changes: Any) -> Postern:
            return await stack.enter_async_context(running(make_settings(database_url=database_url, **changes), post))

        yield serving


@pytest.fixture
async def production(make_settings: MakeSettings, post: PostOffice, serve: Serve) -> Serve:
    """Starts a server in production."""
    KeyRing(make_settings())  # development makes a key, which serves here
    keys = {"signing_keys": str(make_settings().data_dir / "signing-key-EdDSA.pem"), "smtp_url": post.url}
    return lambda **changes: serve(**PRODUCTION | keys | changes)


async def links(server: Postern) -> list[str]:
    """Whatever the start page leads to."""
    return re.findall(r'href="([^"#:]+)"', (await server.http.get("/", headers=BROWSER)).text)


async def letters(server: Postern, count: int) -> None:
    """Register so many, and come back when their letters are there."""
    for nth in range(count):
        await server.register(f"ann{nth}@example.com")
    async with asyncio.timeout(20):
        while len(list((server.settings.data_dir / "mailbox").glob("*.eml"))) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_leads_to_everything_there_is_and_every_link_works(serve: Serve) -> None:
    server = await serve()
    await letters(server, 1)
    found = await links(server)
    wanted = {"/graphql", "/mailbox", "/healthz", "/readyz", "/.well-known/jwks.json", "/guides/README"}
    assert wanted <= set(found)
    assert {(await server.http.get(path, headers=BROWSER)).status_code for path in found} == {200}
    for name, file in (("README", "README.md"), ("sessions", "docs/sessions.md")):
        title = (ROOT / file).read_text().partition("\n")[0]
        assert f">{title}\n" in (await server.http.get(f"/guides/{name}")).text
    assert (await server.http.get("/guides/decisions")).status_code == 404


async def test_each_step_leads_to_its_own_operation(serve: Serve) -> None:
    server = await serve()
    page = (await server.http.get("/", headers=BROWSER)).text
    assert re.findall(r'<h3><a href="([^"]+)">([^<]+)', page) == [
        ("/graphql#Register", "Register"),
        ("/mailbox", "Email"),
        ("/graphql#LogIn", "Log in"),
        ("/graphql#Me", "Me"),
    ]
    empty = (await server.http.get("/mailbox", headers=BROWSER)).text
    assert 'class="button" href="/graphql#Register"' in empty


async def test_where_the_address_has_a_path_every_link_has_it_too(serve: Serve) -> None:
    server = await serve(public_url="https://example.com/accounts")
    server.http.base_url = httpx2.URL("https://example.com")  # the proxy in front takes the path away
    await letters(server, 1)
    found = await links(server)
    assert len(found) > 10
    assert all(path.startswith("/accounts/") for path in found)


async def test_it_shows_the_newest_three_letters(serve: Serve) -> None:
    server = await serve()
    assert "Register an account, and its email appears here." in (await server.http.get("/")).text
    await letters(server, 4)
    shown = re.findall(r"ann\d@example\.com", (await server.http.get("/")).text)
    assert shown == ["ann3@example.com", "ann2@example.com", "ann1@example.com"]


async def test_it_leads_to_nothing_that_is_not_there(
    serve: Serve, post: PostOffice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = await serve(smtp_url=post.url, graphiql=False)
    monkeypatch.setattr("web.pages.start.ROOT", tmp_path)  # as in an image without documents
    answer = await server.http.get("/")
    assert answer.status_code == 200
    assert [path for path in await links(server) if re.match("/graphql|/mailbox|/guides", path)] == []
    assert "/mailbox" not in answer.text
    assert (await server.http.get("/guides/README")).status_code == 404


async def test_it_says_what_a_server_lacks_that_cannot_serve(serve: Serve) -> None:
    server = await serve()
    assert "It is ready to serve." in (await server.http.get("/")).text
    await User.raw("DELETE FROM tortoise_migrations")
    page = (await server.http.get("/")).text
    assert "0001_initial" in page
    assert "It is ready to serve." not in page


@pytest.mark.parametrize("name", ["nothing", "..%2Fsettings", "security-log", "README.md", ""])
async def test_no_other_file_is_a_guide(serve: Serve, name: str) -> None:
    assert (await (await serve()).http.get(f"/guides/{name}")).status_code == 404


@pytest.mark.parametrize("login_url", ["https://app.example.com/login", None])
async def test_production_sends_to_the_login(production: Serve, login_url: str | None) -> None:
    server = await production(login_url=login_url)
    answer = await server.http.get("/")
    own = f"{server.settings.public_url}/login"
    assert (answer.status_code, answer.headers["Location"]) == (303, login_url or own)


async def test_production_without_a_login_says_where_to_go_and_shows_nothing_of_development(production: Serve) -> None:
    server = await production(app_name="Example & Co", pages=False)
    page = await server.http.get("/", headers=BROWSER | {"Accept-Language": "de"})
    assert page.status_code == 200
    assert "Example &amp; Co" in page.text
    assert "woher Sie kamen" in page.text
    assert await links(server) == ["/static/pages.css"]
    for path in ("/guides/README", "/mailbox"):
        assert (await server.http.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/confirm-email?token=x", "/reset-password?token=x", "/nowhere"])
async def test_from_every_page_of_development_a_way_leads_back(serve: Serve, path: str) -> None:
    page = (await (await serve()).http.get(path, headers=BROWSER)).text
    assert {"/", "/graphql", "/mailbox"} <= set(re.findall(r'href="([^"]+)"', page))


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({"login_url": "https://app.example.com/login"}, 'href="https://app.example.com/login"'),
        ({}, 'class="button" href="/login"'),
        ({"pages": False}, 'class="button" href="/graphql#LogIn"'),
        ({"pages": False, "graphiql": False}, "go back to where you came from"),
    ],
)
async def test_whoever_has_confirmed_is_told_where_to_go(
    serve: Serve, post: PostOffice, changes: dict[str, Any], way: str
) -> None:
    server = await serve(smtp_url=post.url, **changes)
    page = await server.http.post("/confirm-email", data={"token": await server.registered()}, headers=BROWSER)
    assert "Your address is confirmed" in page.text
    assert way in page.text


async def test_a_long_address_breaks_between_its_labels_only(serve: Serve, post: PostOffice) -> None:
    server = await serve(smtp_url=post.url)
    token = await server.registered("bartholomew@accounts-department.example.com")
    page = (await server.http.get("/confirm-email", params={"token": token})).text
    assert "<span>bartholomew@</span><span>accounts-department.</span><span>example.</span><span>com</span>" in page
