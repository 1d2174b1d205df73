"""Cookie mode: the tokens that a browser keeps are in cookies that no script can read"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from models import Device, LoginTicket, Session
from security import tokens
from tests.support.account import LOGOUT, NEW_PASSWORD, REFRESH, RESET, requested_reset, works
from tests.support.factors import COMPLETE, LOGIN_IN_STEPS, set_up
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, LOGIN, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.process import production

pytestmark = pytest.mark.anyio

ORIGIN = "https://accounts.example.com"
APP = "https://app.example.com"
COOKIE = "__Host-postern-refresh"
DEVICE_COOKIE = "__Host-postern-device"
TICKET_COOKIE = "__Host-postern-ticket"
PRODUCTION = {name.lower(): value for name, value in production().items()}


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


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


async def test_the_cookie_is_found_among_others_however_they_are_written(server: Postern) -> None:
    token = (await login(server)).cookies[COOKIE]
    server.http.cookies.clear()
    others = (f'a="b\\"; {COOKIE}={token}', f"x;;=;  {COOKIE} = {token} ;y=z=", f"{COOKIE}={token}; {COOKIE}x=no")
    for nth, header in enumerate(others):
        answer = await send(server, REFRESH, Cookie=header)
        assert answer.json()["data"]["refresh"]["__typename"] == "Refreshed", nth  # racers get the same successor
        server.http.cookies.clear()
    answer = await send(server, REFRESH, Cookie=f"x{COOKIE}={token}; a={COOKIE}={token}")
    assert answer.json()["data"]["refresh"]["__typename"] == "InvalidToken"


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
    null = await server.http.post(
        "/graphql", json={"query": REFRESH, "variables": {"input": None}}, headers={"Origin": ORIGIN}
    )
    assert null.json()["data"]["refresh"]["__typename"] == "Refreshed", "that is no input"


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
    attributes = answer.headers["Set-Cookie"].split("; ")[1:]
    assert {"Max-Age=0", "HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= {*attributes}


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
    assert {*answer.headers["Access-Control-Expose-Headers"].split(", ")} == {"Retry-After", "X-Request-ID"}
    assert (await send(server, REFRESH, Origin=APP)).json()["data"]["refresh"]["__typename"] == "Refreshed"
    for method, status in (("POST", 200), ("GET", 200), ("PUT", 400)):
        preflight = await server.http.options(
            "/graphql",
            headers={
                "Origin": APP,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type,x-token-transport",
            },
        )
        assert preflight.status_code == status


@pytest.mark.parametrize(
    ("here", "given", "is_bound"),
    [
        ("http://127.0.0.1:8000", {}, False),
        ("http://localhost:8000", {}, False),
        ("https://localhost:8000", {}, True),
        ("http://postern.test", {}, True),
        ("http://localhost:8000", PRODUCTION, True),
    ],
)
async def test_development_on_plain_loopback_alone_has_a_cookie_without_the_prefix(
    make_settings: MakeSettings,
    database_url: str,
    post: PostOffice,
    *,
    here: str,
    given: dict[str, str],
    is_bound: bool,
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, **given | {"public_url": here})
    async with running(settings, post) as server:
        await server.logged_in()
        cookie = (await login(server, Origin=here)).headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=" if is_bound else "postern-refresh=")
        assert ("Secure" in cookie) == is_bound
        assert "HttpOnly" in cookie


def device_cookie(answer: httpx2.Response) -> str:
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{DEVICE_COOKIE}=")]
    return cookie


async def test_login_puts_the_device_token_into_a_cookie_too_and_renews_it(server: Postern) -> None:
    first = await login(server)
    assert first.json()["data"]["login"]["deviceToken"] is None
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=15552000"):
        assert part in device_cookie(first)
    assert "Domain" not in device_cookie(first)
    again = await login(server)
    assert device_cookie(again).partition(";")[0] == device_cookie(first).partition(";")[0]
    assert await Device.all().count() == 1


async def test_logging_out_leaves_the_device_known(server: Postern) -> None:
    token = (await login(server)).json()["data"]["login"]["accessToken"]
    await send(server, LOGOUT, Authorization=f"Bearer {token}")
    assert set(server.http.cookies) == {DEVICE_COOKIE}
    await login(server)
    assert await Device.all().count() == 1


async def test_a_browser_is_a_known_device_by_its_cookie_alone(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    limits = {"login_limit_per_account": "1 per 5 minutes"}
    settings = make_settings(database_url=database_url, smtp_url=post.url, public_url=ORIGIN, **limits)
    async with running(settings, post) as server:
        await server.confirm(await server.registered())
        browser, stranger = server.elsewhere(), server.elsewhere()
        await login(browser)
        for _ in range(2):
            await stranger.login(password="not the password")
        assert (await login(browser)).json()["data"]["login"]["__typename"] == "LoggedIn"
        assert (await login(stranger)).json()["data"]["login"]["__typename"] == "TooManyAttempts"
        native = await send(browser, LOGIN, {"email": EMAIL, "password": PASSWORD})
        assert native.json()["data"]["login"]["__typename"] == "TooManyAttempts", "the cookie is for cookie mode"


async def test_a_reset_makes_the_browser_known_and_says_no_token(server: Postern) -> None:
    query = RESET.replace("PasswordReset { email }", "PasswordReset { email deviceToken }")
    inputs = {"token": await requested_reset(server), "newPassword": NEW_PASSWORD}
    refused = await send(server, query, inputs, **{"X-Token-Transport": "cookie", "Origin": "https://evil.example"})
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await Device.all().count() == 0
    answer = await send(server, query, inputs, **{"X-Token-Transport": "cookie"})
    assert answer.json()["data"]["resetPassword"] == {
        "__typename": "PasswordReset",
        "email": EMAIL,
        "deviceToken": None,
    }
    assert "Max-Age=15552000" in device_cookie(answer)
    known = server.http.cookies[DEVICE_COOKIE]
    assert await Device.filter(token_digest=tokens.digest(known)).count() == 1


async def test_the_page_for_a_new_password_makes_the_browser_known(server: Postern) -> None:
    token = await requested_reset(server)
    weak = await server.http.post("/reset-password", data={"token": token, "newPassword": "short"})
    assert "Set-Cookie" not in weak.headers
    answer = await server.http.post("/reset-password", data={"token": token, "newPassword": NEW_PASSWORD})
    assert answer.status_code == 200
    known = device_cookie(answer).partition(";")[0].partition("=")[2]
    assert known not in answer.text
    assert await Device.filter(token_digest=tokens.digest(known)).count() == 1


async def test_a_login_in_steps_has_its_ticket_in_a_cookie_that_no_script_can_read(server: Postern) -> None:
    signed_in = (await login(server)).json()["data"]["login"]
    app = await set_up(server, signed_in)
    cookie_mode = {"X-Token-Transport": "cookie"}
    given = {"email": EMAIL, "password": PASSWORD}
    first = await send(server, LOGIN_IN_STEPS, given, **cookie_mode)
    needed = first.json()["data"]["login"]
    assert (needed["__typename"], needed["ticket"]) == ("SecondFactorNeeded", None)
    (cookie,) = first.headers.get_list("Set-Cookie")
    for part in (f"{TICKET_COOKIE}=", "HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert part in cookie

    proof = {"proof": {"totpCode": await app.fresh_code()}}
    foreign = await send(server, COMPLETE, proof, **cookie_mode, Origin="https://evil.example.net")
    assert foreign.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await send(server, COMPLETE, proof)).json()["data"]["completeLogin"]["__typename"] == "InvalidToken"

    second = await send(server, COMPLETE, proof, **cookie_mode)
    opened = second.json()["data"]["completeLogin"]
    assert (opened["__typename"], opened["refreshToken"], opened["deviceToken"]) == ("LoggedIn", None, None)
    names = [cookie.partition("=")[0] for cookie in second.headers.get_list("Set-Cookie")]
    assert sorted(names) == [DEVICE_COOKIE, COOKIE, TICKET_COOKIE]
    assert TICKET_COOKIE not in server.http.cookies


@pytest.mark.parametrize("over", ["ExpiredToken", "InvalidToken"])
async def test_a_ticket_that_is_over_is_taken_from_the_browser(server: Postern, over: str) -> None:
    app = await set_up(server, (await login(server)).json()["data"]["login"])
    cookie_mode = {"X-Token-Transport": "cookie"}
    await send(server, LOGIN_IN_STEPS, {"email": EMAIL, "password": PASSWORD}, **cookie_mode)
    wrong = await send(server, COMPLETE, {"proof": {"totpCode": app.wrong_code()}}, **cookie_mode)
    assert wrong.json()["data"]["completeLogin"]["__typename"] == "InvalidProof"
    assert TICKET_COOKIE in server.http.cookies, "it may be tried again"
    changed = {"expires_at": datetime.now(UTC)} if over == "ExpiredToken" else {"attempts": 5}
    await LoginTicket.all().update(**changed)
    late = await send(server, COMPLETE, {"proof": {"totpCode": await app.fresh_code()}}, **cookie_mode)
    assert late.json()["data"]["completeLogin"]["__typename"] == over
    assert TICKET_COOKIE not in server.http.cookies
    assert DEVICE_COOKIE in server.http.cookies


async def test_a_browser_that_becomes_remembered_has_another_device_cookie(server: Postern) -> None:
    app = await set_up(server, (await login(server)).json()["data"]["login"])
    cookie_mode = {"X-Token-Transport": "cookie"}
    given = {"email": EMAIL, "password": PASSWORD}
    devices = []
    for remember in (False, True):
        await send(server, LOGIN_IN_STEPS, given, **cookie_mode)
        proof = {"proof": {"totpCode": await app.fresh_code()}, "rememberDevice": remember}
        opened = (await send(server, COMPLETE, proof, **cookie_mode)).json()["data"]["completeLogin"]
        assert (opened["__typename"], opened["deviceToken"]) == ("LoggedIn", None)
        devices.append(server.http.cookies[DEVICE_COOKIE])
    known, remembered = devices
    assert known != remembered
    assert [device.token_digest for device in await Device.all()] == [tokens.digest(remembered)]
    again = (await login(server)).json()["data"]["login"]
    assert again["__typename"] == "LoggedIn", "the browser is asked for no second factor"
