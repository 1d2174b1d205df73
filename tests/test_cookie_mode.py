"""Cookie mode: the refresh token in a cookie that no script can read"""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from models import Session
from tests.account import LOGOUT, REFRESH, works
from tests.conftest import MakeSettings
from tests.postern import EMAIL, LOGIN, PASSWORD, Postern, running
from tests.postoffice import PostOffice

pytestmark = pytest.mark.anyio

ORIGIN = "https://accounts.example.com"
APP = "https://app.example.com"
COOKIE = "__Host-postern-refresh"


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    """A server at an https address, with a frontend on another origin of the same site."""
    changes: dict[str, Any] = {"public_url": ORIGIN, "cors_origins": APP}
    async with running(make_settings(database_url=database_url, smtp_url=post.url, **changes), post) as running_one:
        await running_one.confirm(await running_one.registered())
        yield running_one


async def send(server: Postern, query: str, inputs: Any = None, **headers: str) -> httpx2.Response:
    body = {"query": query, "variables": {"input": inputs} if inputs else {}}
    return await server.http.post("/graphql", json=body, headers={"Origin": ORIGIN} | headers)


async def login(server: Postern, **headers: str) -> httpx2.Response:
    return await send(
        server, LOGIN, {"email": EMAIL, "password": PASSWORD}, **{"X-Token-Transport": "cookie"} | headers
    )


async def test_login_puts_the_refresh_token_into_a_cookie_and_not_into_the_answer(server: Postern) -> None:
    answer = await login(server)
    assert answer.json()["data"]["login"]["refreshToken"] is None
    assert answer.json()["data"]["login"]["accessToken"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=ey")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=2592000"):
        assert part in cookie
    assert "Domain" not in cookie


async def test_without_the_header_there_is_no_cookie(server: Postern) -> None:
    answer = await login(server, **{"X-Token-Transport": ""})
    assert answer.json()["data"]["login"]["refreshToken"]
    assert "Set-Cookie" not in answer.headers


async def test_refresh_reads_the_cookie_and_puts_the_next_one(server: Postern) -> None:
    first = await login(server)
    answer = await send(server, REFRESH)
    refreshed = answer.json()["data"]["refresh"]
    assert refreshed["__typename"] == "Refreshed"
    assert refreshed["refreshToken"] is None
    assert answer.headers["Set-Cookie"] != first.headers["Set-Cookie"]
    assert await works(server, refreshed)
    assert (await Session.get()).generation == 2
    assert (await send(server, REFRESH)).json()["data"]["refresh"]["__typename"] == "Refreshed"


async def test_logout_closes_the_session_and_clears_the_cookie(server: Postern) -> None:
    token = (await login(server)).json()["data"]["login"]["accessToken"]
    answer = await send(server, LOGOUT, Authorization=f"Bearer {token}")
    assert answer.json()["data"]["logout"]["sessionId"]
    assert f'{COOKIE}=""; ' in answer.headers["Set-Cookie"]
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert await Session.all().count() == 0
    assert (await send(server, REFRESH)).json()["data"]["refresh"]["__typename"] == "InvalidToken"


async def test_a_cookie_that_is_worth_nothing_is_cleared(server: Postern) -> None:
    await login(server)
    await Session.all().delete()
    answer = await send(server, REFRESH)
    assert answer.json()["data"]["refresh"]["__typename"] == "InvalidToken"
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", ORIGIN + ".evil.example", "http://accounts.example.com"]
)
async def test_another_origin_can_neither_log_in_nor_refresh_with_a_cookie(server: Postern, origin: str) -> None:
    refused = await login(server, Origin=origin)
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "Set-Cookie" not in refused.headers
    assert await Session.all().count() == 0
    await login(server)
    refused = await send(server, REFRESH, Origin=origin)
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await Session.get()).generation == 1


async def test_a_listed_frontend_may_use_cookies(server: Postern) -> None:
    answer = await login(server, Origin=APP)
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert (await send(server, REFRESH, Origin=APP)).json()["data"]["refresh"]["__typename"] == "Refreshed"
    preflight = await server.http.options(
        "/graphql",
        headers={
            "Origin": APP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-token-transport",
        },
    )
    assert preflight.status_code == 200


async def test_development_on_plain_loopback_has_a_cookie_without_the_prefix(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    here = "http://127.0.0.1:8000"
    async with running(make_settings(database_url=database_url, smtp_url=post.url, public_url=here), post) as server:
        await server.confirm(await server.registered())
        cookie = (await login(server, Origin=here)).headers["Set-Cookie"]
        assert cookie.startswith("postern-refresh=")
        assert "Secure" not in cookie
        assert "HttpOnly" in cookie
