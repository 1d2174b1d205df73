"""/login-code: the link in a letter fills a code in where the login was begun, and shows it elsewhere"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest

from locales import LOCALES, texts
from models import Device, LoginTicket, Session, User
from tests.support.account import REFRESH, works
from tests.support.codes import REQUEST_CODE, WITH_CODE, code_in, wrong
from tests.support.factors import set_up
from tests.support.given import MakeSettings
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.support.walks import each
from tests.test_foreign_pages import FOREIGN, OURS
from web import links

pytestmark = pytest.mark.anyio

ORIGIN = "https://accounts.example.com"
LOGIN_URL = "https://app.example.com/login"
COOKIE_MODE = {"X-Token-Transport": "cookie", "Origin": ORIGIN}
TICKET, REFRESH_COOKIE, DEVICE = "__Host-postern-ticket", "__Host-postern-refresh", "__Host-postern-device"


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_codes=True, public_url=ORIGIN)
    async with running(settings, post) as one:
        await one.confirm(await one.registered())
        yield one


async def begun(server: Postern) -> str:
    """The code in the letter to who has asked for it in this browser."""
    await done_with("request_login_code")
    before = sum(letter["To"] == EMAIL for letter in server.post.letters)
    answer = await server.http.post(
        "/graphql", json={"query": REQUEST_CODE, "variables": {"input": {"email": EMAIL}}}, headers=COOKIE_MODE
    )
    sent = answer.json()["data"]["requestLoginCode"]
    assert (sent["__typename"], sent["ticket"]) == ("LoginCodeSent", None)
    (cookie,) = answer.headers.get_list("Set-Cookie")
    for part in (f"{TICKET}=", "HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert part in cookie
    letter = (await server.post.letters_to(EMAIL, before + 1))[before]
    code = code_in(letter)
    assert f"{ORIGIN}/login-code?code={code.replace(' ', '')}" in body(letter)
    return code


async def test_whoever_asks_in_another_way_is_told_of_all_that_there_are(server: Postern) -> None:
    for path in ("/login-code", *(page.path for page in links.PAGES)):
        answer = await server.http.put(path)
        assert (answer.status_code, {*answer.headers["Allow"].split(", ")}) == (405, {"GET", "HEAD", "POST"})
        assert (await server.http.head(path)).status_code == 400


async def opened(server: Postern, code: str, **headers: str) -> httpx2.Response:
    return await server.http.get("/login-code", params={"code": code}, headers=headers)


def safe(answer: httpx2.Response) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return answer.headers["Cache-Control"] == "no-store" and "<script" not in answer.text


async def test_opening_the_link_logs_nobody_in_and_the_button_does(server: Postern) -> None:
    code = await begun(server)
    for _ in range(7):
        page = await opened(server, code)
        assert (page.status_code, page.text.count("<button"), safe(page)) == (200, 1, True)
        assert "Set-Cookie" not in page.headers
    assert (await server.http.head("/login-code", params={"code": code})).status_code == 200
    assert await Session.all().count() == 0
    assert (await LoginTicket.get()).attempts == 0

    done = await server.http.post("/login-code", data={"code": code})

    assert (done.status_code, safe(done)) == (200, True)
    assert "You are logged in" in done.text
    names = sorted(cookie.partition("=")[0] for cookie in done.headers.get_list("Set-Cookie"))
    assert names == [DEVICE, REFRESH_COOKIE, TICKET]
    assert TICKET not in server.http.cookies
    refreshed = await server.http.post("/graphql", json={"query": COOKIE_REFRESH}, headers=COOKIE_MODE)
    assert await works(server, refreshed.json()["data"]["refresh"])
    assert (await Session.get()).methods == ["mailed_code"]


COOKIE_REFRESH = REFRESH.replace("($input: RefreshInput)", "").replace("(input: $input)", "")


async def test_elsewhere_the_digits_are_shown(server: Postern) -> None:
    code = await begun(server)
    page = await opened(server.elsewhere(), code)
    assert (page.status_code, "<form" in page.text, safe(page)) == (200, False, True)
    first, second = code.split()
    assert f"<span>{first}</span> <span>{second}</span>" in page.text
    refused = await server.elsewhere().http.post("/login-code", data={"code": code})
    assert (refused.status_code, "Set-Cookie" in refused.headers) == (400, False)
    assert (await server.http.post("/login-code", data={"code": code})).status_code == 200


async def test_a_page_does_not_tell_whether_a_code_is_right_before_the_button_is_pressed(server: Postern) -> None:
    code = await begun(server)
    right, other = await opened(server, code), await opened(server, wrong(code))
    assert right.text.replace(code.replace(" ", ""), "") == other.text.replace(wrong(code), "")
    assert (await server.http.post("/login-code", data={"code": wrong(code)})).status_code == 400
    assert (await LoginTicket.get()).attempts == 1
    assert await Session.all().count() == 0


async def test_a_damaged_link_gets_a_page_that_tells_what_to_do(server: Postern) -> None:
    right = await begun(server)

    async def is_told(code: str) -> None:
        await LoginTicket.all().update(attempts=0)  # or many would use it up
        page = await opened(server, code)
        assert (page.status_code, "<form" in page.text, safe(page)) == (400, False, True)
        assert "This code does not work" in page.text
        assert "<b>" not in page.text
        assert (await server.http.post("/login-code", data={"code": code})).status_code == 400
        assert (await server.http.post("/login-code", data={"x": "y"})).status_code == 400
        assert (await opened(server, right)).status_code == 200, "the ticket is there as before"

    await each(["", "x", "1234567", "<b>1234567</b>", "\uff11" * 8, "%00%ff", "9" * 9_000], is_told)


async def test_after_ten_minutes_the_page_says_so(server: Postern) -> None:
    code = await begun(server)
    row = await LoginTicket.get()
    await LoginTicket.all().update(expires_at=row.created_at)
    late = await opened(server, code)
    assert (late.status_code, "<form" in late.text, code.split()[0] in late.text) == (200, False, True)
    over = await server.http.post("/login-code", data={"code": code})
    assert (over.status_code, "That took too long" in over.text) == (410, True)
    assert await Session.all().count() == 0


async def test_a_second_factor_is_asked_for_by_the_same_page(server: Postern) -> None:
    app = await set_up(server, await server.login())
    before = await Session.all().count()
    code = await begun(server)
    asked = await server.http.post("/login-code", data={"code": code})
    assert (asked.status_code, asked.text.count('name="proof"'), safe(asked)) == (200, 1, True)
    assert [cookie.partition("=")[0] for cookie in asked.headers.get_list("Set-Cookie")] == [TICKET]
    for proof in (app.wrong_code(), "not a recovery code", "\x00", ""):
        again = await server.http.post("/login-code", data={"proof": proof})
        assert (again.status_code, again.text.count('name="proof"')) == (422, 1)
        assert "This code or passkey is wrong" in again.text
    assert await Session.all().count() == before
    done = await server.http.post("/login-code", data={"proof": app.recovery_codes[0].lower()})
    assert "You are logged in" in done.text
    assert await Session.all().count() == before + 1
    used = await server.http.post("/login-code", data={"proof": app.recovery_codes[1]})
    assert used.status_code == 410
    assert await Session.all().count() == before + 1


async def test_the_page_tells_whose_account_is_disabled_and_opens_nothing(server: Postern) -> None:
    code, before = await begun(server), await Session.all().count()
    await User.all().update(disabled_at=datetime.now(UTC))
    answer = await server.http.post("/login-code", data={"code": code})
    assert (answer.status_code, texts("en")("refusal.account_disabled") in answer.text, safe(answer)) == (
        403,
        True,
        True,
    )
    assert await Session.all().count() == before


async def test_an_authenticator_apps_code_is_proof_too_and_five_wrong_ones_end_the_login(server: Postern) -> None:
    app = await set_up(server, await server.login())
    await server.http.post("/login-code", data={"code": await begun(server)})
    assert (
        "You are logged in"
        in (await server.http.post("/login-code", data={"proof": f" {await app.fresh_code()} "})).text
    )
    await server.http.post("/login-code", data={"code": await begun(server)})
    answers = [await server.http.post("/login-code", data={"proof": app.wrong_code()}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [410]


async def test_a_second_factors_ticket_is_no_ticket_for_a_code(server: Postern) -> None:
    await set_up(server, await server.login())
    code = await begun(server)
    await server.http.post("/login-code", data={"code": code})
    assert "<form" not in (await opened(server, code)).text
    assert (await server.http.post("/login-code", data={"code": code})).status_code == 400


async def test_a_foreign_page_logs_nobody_in(server: Postern) -> None:
    code = await begun(server)

    async def logs_nobody_in(headers: dict[str, str]) -> None:
        refused = await server.http.post("/login-code", data={"code": code}, headers=headers)
        assert (refused.status_code, "Set-Cookie" in refused.headers) == (403, False)

    await each(FOREIGN, logs_nobody_in)
    assert (await LoginTicket.get()).attempts == 0
    assert await Session.all().count() == 0


async def test_our_own_page_does(server: Postern) -> None:
    async def logs_in(headers: dict[str, str]) -> None:
        ours = {name: ORIGIN if value.startswith("http") else value for name, value in headers.items()}
        browser, before = server.elsewhere(), await Session.all().count()
        code = await begun(browser)
        assert (await browser.http.post("/login-code", data={"code": code}, headers=ours)).status_code == 200
        assert await Session.all().count() == before + 1

    await each([headers for headers in OURS if "localhost" not in str(headers)], logs_in)


async def test_what_is_no_form_is_not_read(server: Postern) -> None:
    await begun(server)

    async def is_not_read(kind: str) -> None:
        content = b'{"code": "12345678"}'
        answer = await server.http.post("/login-code", content=content, headers={"Content-Type": kind})
        assert answer.status_code == 415

    kinds = ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
    await each(kinds, is_not_read)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await server.http.post("/login-code", content=b"code=%ff%fe", headers=form)).status_code == 400
    assert (await LoginTicket.get()).attempts == 0


async def test_where_the_frontend_is_known_the_page_leads_on_there(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "login_codes": True, "public_url": ORIGIN}
    async with running(make_settings(**usual, login_url=LOGIN_URL), post) as server:
        await server.confirm(await server.registered())
        done = await server.http.post("/login-code", data={"code": await begun(server)})
    assert f'href="{LOGIN_URL}"' in done.text


async def test_it_speaks_the_readers_language(server: Postern) -> None:
    code = await begun(server)

    async def is_spoken(locale: str) -> None:
        page = await opened(server, code, **{"Accept-Language": locale})
        assert texts(locale)("page.login_code.title", app="Postern") in page.text
        assert page.headers["Content-Language"] == locale

    await each(LOCALES, is_spoken)


async def test_a_login_by_code_makes_the_browser_known_and_keeps_it_so(server: Postern) -> None:
    await server.http.post("/login-code", data={"code": await begun(server)})
    known = server.http.cookies[DEVICE]
    await server.http.post("/login-code", data={"code": await begun(server)})
    assert server.http.cookies[DEVICE] == known
    assert await Device.all().count() == 1
    assert await Session.all().count() == 2


async def test_a_frontend_that_is_told_the_code_needs_no_ticket_but_the_cookie_which_is_used_up(
    server: Postern,
) -> None:
    code = await begun(server)
    for typed, kind, keeps in ((wrong(code), "InvalidProof", True), (code, "LoggedIn", False)):
        body = {"query": WITH_CODE, "variables": {"input": {"code": typed}}}
        login = (await server.http.post("/graphql", json=body, headers=COOKIE_MODE)).json()["data"]["loginWithCode"]
        assert (login["__typename"], TICKET in server.http.cookies) == (kind, keeps)
    assert (login["refreshToken"], login["deviceToken"]) == (None, None)
    assert {REFRESH_COOKIE, DEVICE} <= set(server.http.cookies)
    assert await works(server, login)
