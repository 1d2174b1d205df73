"""other origins: whose pages may call the API, and what the log tells of those that may not"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from models import Session
from security.keys import KeyRing
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, LOGIN, ME, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.secrecy import Watch
from tests.test_settings import PRODUCTION
from web.middleware.cors import MAX_WARNINGS

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("dialect", ["sqlite"])]

HERE = "http://127.0.0.1:8000"
LISTED = "https://app.example.com"
VITE = "http://localhost:5173"
LOOPBACK = (
    VITE,
    "https://localhost",
    "http://app.localhost:3000",
    "http://127.0.0.1:5173",
    "http://127.1.2.3",
    "http://[::1]:5173",
)
ELSEWHERE = (
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://evillocalhost",
    "http://127.0.0.1.evil.example",
    "http://127.evil.example",
    "http://ann@localhost",
    "http://localhost:5173/",
    "http://localhost:5173\x1bx",
    "http://[::2]:5173",
    "http://.localhost",
    "file://localhost",
)
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-token-transport",
}
COOKIE = {"X-Token-Transport": "cookie"}
Serve = Callable[..., Awaitable[Postern]]


@pytest.fixture
async def serve(make_settings: MakeSettings, database_url: str, post: PostOffice) -> Any:
    """Starts a server at a loopback address, or with other settings."""
    KeyRing(make_settings())  # development makes a key, which serves in production, too
    keys = str(make_settings().data_dir / "signing-key-EdDSA.pem")
    async with AsyncExitStack() as stack:

        async def serving(**changes: Any) -> Postern:
            usual = {"database_url": database_url, "public_url": HERE, "log_format": "json", "cors_origins": LISTED}
            here = {"smtp_url": post.url, "signing_keys": keys}
            return await stack.enter_async_context(running(make_settings(**usual | changes | here), post))

        yield serving


async def allowed(server: Postern, origin: str) -> str | None:
    """The origin that answer and preflight allow to read them."""
    preflight = await server.http.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
    answer = await server.http.post("/graphql", json={"query": ME}, headers={"Origin": origin})
    (found,) = {heads.headers.get("Access-Control-Allow-Origin") for heads in (preflight, answer)}
    return found and str(found)


async def log_in(server: Postern, origin: str, **headers: str) -> httpx2.Response:
    """The answer to a login in cookie mode."""
    body = {"query": LOGIN, "variables": {"input": {"email": EMAIL, "password": PASSWORD}}}
    return await server.http.post("/graphql", json=body, headers={"Origin": origin, **COOKIE, **headers})


@pytest.mark.parametrize("origin", LOOPBACK)
async def test_in_development_every_page_of_this_machine_may_call_and_have_a_cookie(serve: Serve, origin: str) -> None:
    server = await serve()
    await server.confirm(await server.registered())
    assert await allowed(server, origin) == origin
    assert "postern-refresh=" in (await log_in(server, origin)).headers["Set-Cookie"]


@pytest.mark.parametrize("origin", ELSEWHERE)
async def test_in_development_what_only_looks_like_this_machine_may_not(serve: Serve, origin: str) -> None:
    server = await serve()
    await server.confirm(await server.registered())
    assert await allowed(server, origin) is None
    assert (await log_in(server, origin)).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await Session.all().count() == 0


async def test_in_production_this_machine_is_an_origin_like_any_other(serve: Serve, watch: Watch) -> None:
    server = await serve(**PRODUCTION)
    for origin in LOOPBACK:
        assert await allowed(server, origin) is None
        assert (await log_in(server, origin)).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await allowed(server, LISTED) == LISTED
    assert [line["origin"] for line in watch.events("origin_refused")] == list(LOOPBACK)


async def test_a_refused_origin_is_told_once_a_minute_with_the_setting_that_would_allow_it(
    serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve()
    monkeypatch.setattr("web.middleware.cors.monotonic", lambda: 60.0)
    for _ in range(3):
        await allowed(server, "https://app.example.org")
        await allowed(server, VITE)
        await allowed(server, LISTED)
    (line,) = watch.events("origin_refused")
    assert line["origin"] == "https://app.example.org"
    assert "CORS_ORIGINS" in line["advice"]
    monkeypatch.setattr("web.middleware.cors.monotonic", lambda: 120.0)
    await allowed(server, "https://app.example.org")
    assert len(watch.events("origin_refused")) == 2


async def test_whoever_makes_up_origins_fills_no_log_and_forges_no_line(
    serve: Serve, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(log_format="console")
    monkeypatch.setattr("web.middleware.cors.monotonic", lambda: 60.0)
    for nth in range(150):
        origin = f"https://{nth}.example\x1b[info] forged" + "x" * 10_000
        await server.http.post("/graphql", json={"query": ME}, headers={"Origin": origin})
    told = [line.text for line in watch.lines if "origin_refused" in line.text]
    assert len(told) == MAX_WARNINGS
    assert all("\x1b" not in text and len(text) < 600 for text in told)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://app.example.org", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://10.0.0.1:8000", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
        {},
    ],
)
async def test_what_no_browser_keeps_back_is_not_told(serve: Serve, watch: Watch, headers: dict[str, str]) -> None:
    server = await serve()
    await server.http.post("/graphql", json={"query": ME}, headers=headers)
    assert watch.events("origin_refused") == []


@pytest.mark.parametrize(
    ("origin", "host", "remedy"),
    [
        (VITE, "127.0.0.1:8000", "http://localhost:8000"),
        ("http://127.0.0.1:5173", "localhost:8000", "http://127.0.0.1:8000"),
        ("http://app.localhost:5173", "localhost", "http://app.localhost"),
    ],
)
async def test_a_cookie_that_the_browser_keeps_back_between_names_of_this_machine_is_told_with_the_remedy(
    serve: Serve, watch: Watch, origin: str, host: str, remedy: str
) -> None:
    server = await serve()
    for _ in range(3):
        await log_in(server, origin, Host=host, **{"Sec-Fetch-Site": "cross-site"})
    (line,) = watch.events("cookie_between_sites")
    assert (line["origin"], line["host"]) == (origin, host)
    assert line["advice"].endswith(f" {remedy}")


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": VITE, "Host": "localhost:8000", "Sec-Fetch-Site": "same-site", **COOKIE},
        {"Origin": VITE, "Host": "127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
        {"Origin": LISTED, "Host": "accounts.example.net", "Sec-Fetch-Site": "cross-site", **COOKIE},
        {"Origin": VITE, "Host": "localhost\x1b:8000", "Sec-Fetch-Site": "cross-site", **COOKIE},
    ],
)
async def test_where_no_cookie_is_kept_back_between_names_of_this_machine_the_log_is_silent(
    serve: Serve, watch: Watch, sent: dict[str, str]
) -> None:
    server = await serve()
    await server.http.post("/graphql", json={"query": ME}, headers=sent)
    assert watch.events("cookie_between_sites") == watch.events("origin_refused") == []
