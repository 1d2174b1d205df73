"""Our own pages: no other site sends their forms, frames them, or has anybody sent on to where it likes"""

from itertools import product

import pytest

from models import Session, User
from tests.account_pages.people import ORIGIN, RETURN_URL, at_home, confirmed
from tests.support.forms import OURS, Browser
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each
from web import account

pytestmark = pytest.mark.anyio

EVIL = "https://evil.example"
FOREIGN = [
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL, "Sec-Fetch-Site": "same-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Origin": EVIL},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": ORIGIN.replace("https", "http")},
    {"Origin": "null"},
    {},
]
ALLOWED = [
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": ORIGIN},
]
NOWHERE = [
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/account",
    f"{RETURN_URL}&x=1",
    f"{RETURN_URL}#x",
    f" {RETURN_URL}",
    f"{RETURN_URL}\r\nSet-Cookie: a=b",
    RETURN_URL.upper(),
    RETURN_URL.replace("app.", "app.example.com@evil."),
    RETURN_URL.replace("https", "http"),
    "\x00",
    "x" * 5000,
]
PATHS = ["/login", "/register", "/forgot-password", "/logout", "/login/second-factor", "/login/code", "/register/again"]


async def test_no_form_of_another_site_is_read_and_nobody_is_logged_in_by_one(server: Postern) -> None:
    await confirmed(server)
    fields = {"email": EMAIL, "password": PASSWORD}

    async def is_refused(case: tuple[dict[str, str], str]) -> None:
        headers, path = case
        refused = await server.http.post(path, data=fields, headers=headers)
        assert (refused.status_code, "Set-Cookie" in refused.headers) == (403, False)

    await each(list(product(FOREIGN, PATHS)), is_refused)
    assert (await Session.all().count(), await User.all().count()) == (0, 1)


async def test_no_other_site_has_anybody_logged_out(server: Postern) -> None:
    await at_home(server)

    async def is_refused(headers: dict[str, str]) -> None:
        assert (await server.http.post("/logout", headers=headers)).status_code == 403

    await each(FOREIGN, is_refused)
    assert await Session.all().count() == 1


async def test_our_own_pages_send_them(server: Postern) -> None:
    await confirmed(server)
    fields = {"email": EMAIL, "password": PASSWORD}

    async def is_read(headers: dict[str, str]) -> None:
        browser, before = server.elsewhere(), await Session.all().count()
        done = await browser.http.post("/login", data=fields, headers=headers)
        assert (done.status_code, done.headers["Location"]) == (303, "/account")
        assert await Session.all().count() == before + 1

    await each(ALLOWED, is_read)


async def test_what_is_no_form_in_utf_8_is_not_read(server: Postern) -> None:
    async def is_not_read(case: tuple[str, str]) -> None:
        kind, path = case
        answer = await server.http.post(path, content=b"email=a", headers=OURS | {"Content-Type": kind})
        assert answer.status_code == 415

    kinds = ("application/json", "text/plain", "multipart/form-data; boundary=x", "")
    await each(list(product(kinds, PATHS)), is_not_read)
    form = OURS | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await server.http.post("/login", content=b"email=%ff%fe", headers=form)).status_code == 400
    assert (await server.http.post("/login", content=b"a=&" * 99 + b"a=", headers=form)).status_code == 422
    assert (await server.http.post("/login", content=b"a=&" * 100 + b"a=", headers=form)).status_code == 400
    assert (await server.http.post("/login", content=b"do=nothing", headers=form)).status_code == 400
    other = form | {"Content-Type": "application/x-www-form-urlencoded; charset=utf-16"}
    assert (await server.http.post("/login", content=b"email=a", headers=other)).status_code == 415


async def test_nobody_is_sent_where_no_setting_lists(server: Postern) -> None:
    browser = await at_home(server)
    for path, return_to in [*((path, NOWHERE[0]) for path in PATHS), *(("/login", address) for address in NOWHERE)]:
        refused = await server.http.get(path, params={"return_to": return_to})
        assert (refused.status_code, "Location" in refused.headers) == (400, False)
        assert "We cannot send you back there" in refused.text
        assert "evil" not in refused.text
        posted = await server.http.post(path, params={"return_to": return_to}, headers=OURS, data={"email": EMAIL})
        assert (posted.status_code, "Location" in posted.headers) == (400, False)
    assert (await browser.open("/account")).title == "Your account"


async def test_a_login_leads_to_no_other_page_than_ones_account(server: Postern) -> None:
    await confirmed(server)
    fields = {"email": EMAIL, "password": PASSWORD}

    async def leads_to_ones_account(onward: str) -> None:
        browser = server.elsewhere()
        done = await browser.http.post("/login", params={"next": onward}, data=fields, headers=OURS)
        assert done.headers["Location"] == "/account"

    others = ["//evil.example", "/\\evil.example", "/account/../login", "https://evil.example"]
    await each(others, leads_to_ones_account)


async def test_pages_are_kept_nowhere_framed_by_nobody_and_run_nothing_but_our_own(server: Postern) -> None:
    await at_home(server)
    paths = [route.path for route in account.routes(server.settings)]
    for signed_in in (True, False):
        for path in paths:
            answer = await server.http.get(path, headers={"Origin": ORIGIN})
            assert answer.headers["Cache-Control"] == "no-store"
            if answer.status_code == 303:
                continue
            policy = answer.headers["Content-Security-Policy"]
            assert ("frame-ancestors 'none'" in policy, "unsafe" in policy) == (True, False)
            assert "default-src 'none'" in policy
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Access-Control-Allow-Origin" not in answer.headers  # though it may call the API
            assert len(answer.content) < 60_000
            assert ("<script" in answer.text) == ("script-src 'self'" in policy)
            allow = (await server.http.request("OPTIONS", path)).headers["Allow"]
            assert set(allow.split(", ")) <= {"GET", "HEAD", "POST"}
        if signed_in:
            server.http.cookies.clear()


async def test_where_they_are_off_there_are_none(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, pages=False)
    async with running(settings, post) as server:
        for route in account.routes(server.settings):
            assert (await server.http.get(route.path)).status_code == 404
            assert (await server.http.post(route.path, headers=OURS)).status_code == 404
        page = await Browser(server).open(f"/confirm-email?token={await server.registered()}")
        assert "/login" not in page.html
