"""An account's life at our own pages, by forms alone"""

from urllib.parse import parse_qs, urlsplit

import pytest

from models import Session, User
from tests.account_pages.people import APP_URL, REFRESH_COOKIE, RETURN_URL, at_home, confirmed, log_in
from tests.support.account import NEW_PASSWORD, REFRESH, works
from tests.support.codes import code_in, wrong
from tests.support.factors import set_up
from tests.support.forms import Browser
from tests.support.postern import EMAIL, PASSWORD, Postern

pytestmark = pytest.mark.anyio

COOKIE_REFRESH = REFRESH.replace("($input: RefreshInput)", "").replace("(input: $input)", "")


async def test_registering_confirming_logging_in_and_back_to_the_frontend(server: Postern, browser: Browser) -> None:
    await browser.open("/register")
    sent = await browser.send(typed={"email": EMAIL, "name": "Ann", "password": PASSWORD})
    assert (sent.title, EMAIL in sent.text) == ("Look into your mailbox", True)
    token = await server.letter_token()
    await browser.open(f"/confirm-email?token={token}")
    done = await browser.send(typed={"token": token})
    assert 'href="/login"' in done.html
    assert (await User.get()).name == "Ann"

    asked = await browser.open(f"/login?return_to={RETURN_URL}")
    assert "form-action 'self' https://app.example.com;" in asked.answer.headers["Content-Security-Policy"]
    await browser.send(typed={"email": EMAIL, "password": PASSWORD})
    assert browser.left_for == RETURN_URL
    session = await Session.get()
    assert session.methods == ["password"]
    mode = {"X-Token-Transport": "cookie", "Origin": server.settings.public_url}
    refreshed = await server.http.post("/graphql", json={"query": COOKIE_REFRESH}, headers=mode)
    assert await works(server, refreshed.json()["data"]["refresh"])


async def test_the_pages_know_by_the_cookie_who_is_there_and_trade_nothing_for_it(server: Postern) -> None:
    browser = await at_home(server)
    cookie, row = server.http.cookies[REFRESH_COOKIE], await Session.all().values()
    for path in ("/account", "/login", "/register", "/logout"):
        page = await browser.open(path)
        assert EMAIL in page.text
        assert (await server.http.head(path)).status_code == 200
    assert (server.http.cookies[REFRESH_COOKIE], await Session.all().values()) == (cookie, row)
    page = await browser.open(f"/login?return_to={RETURN_URL}")
    assert page.title == "You are logged in"
    assert f'href="{RETURN_URL}"' in page.html
    page = await browser.open(f"/login?return_to={APP_URL}")
    assert f'href="{APP_URL}"' in page.html
    assert "form-action 'self' com.example.app:;" in page.answer.headers["Content-Security-Policy"]


async def test_logging_out_closes_the_session_and_takes_the_cookie_away(server: Postern) -> None:
    browser = await at_home(server)
    elsewhere = await server.login()
    await browser.open("/logout")
    out = await browser.send(typed={})
    assert (out.title, 'class="notice" role="status">You are logged out.' in out.html) == ("Log in to Postern", True)
    assert REFRESH_COOKIE not in server.http.cookies
    assert await Session.all().count() == 1
    assert await works(server, elsewhere)
    assert (await browser.open("/account")).path.startswith("/login?next=%2Faccount")
    assert "You are logged out" in (await browser.open("/logout")).title
    await browser.post(f"/logout?return_to={RETURN_URL}", {})
    assert browser.left_for == RETURN_URL


async def test_a_page_that_needs_a_login_is_come_back_to(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    asked = await browser.open("/account")
    assert "Please log in to go on." in asked.text
    assert (await browser.send(typed={"email": EMAIL, "password": PASSWORD})).title == "Your account"
    await browser.post("/logout", {})
    await browser.open(f"/account/password?return_to={RETURN_URL}")
    page = await browser.send(typed={"email": EMAIL, "password": PASSWORD})
    assert (page.title, urlsplit(page.path).path) == ("Change password", "/account/password")
    assert parse_qs(urlsplit(page.path).query) == {"return_to": [RETURN_URL]}


async def test_a_second_factor_is_a_page_of_its_own_and_may_be_remembered(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    app = await set_up(server, await server.login())
    before = await Session.all().count()
    asked = await log_in(browser, at=f"/login?return_to={RETURN_URL}")
    assert asked.title == "One more step"
    wrong = await browser.send(typed={"code": app.wrong_code()})
    assert (wrong.status, 'aria-invalid="true"' in wrong.html) == (422, True)
    assert await Session.all().count() == before
    await browser.send(typed={"code": await app.fresh_code()})
    assert browser.left_for == RETURN_URL
    await browser.post("/logout", {})

    await log_in(browser)
    assert browser.page
    form = browser.page.form("code")
    done = await browser.post(form.action, {"code": await app.fresh_code(), "remember": "1"})
    assert done.title == "Your account"
    await browser.post("/logout", {})
    assert (await log_in(browser)).title == "Your account"
    await browser.post("/logout", {})
    server.http.cookies.clear()
    await log_in(browser)
    assert (await browser.send(typed={"code": app.recovery_codes[0].lower()})).title == "Your account"


async def test_five_wrong_codes_end_the_login(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    app = await set_up(server, await server.login())
    await log_in(browser)
    for _ in range(5):
        asked = await browser.send(typed={"code": app.wrong_code()})
        assert asked.status == 422
    assert (asked.forms, "This login is over" in asked.text) == ([], True)
    over = await browser.post("/login/second-factor", {"code": await app.fresh_code()})
    assert (over.title, 'class="notice warns" role="status">That login is over' in over.html) == (
        "Log in to Postern",
        True,
    )


async def test_a_code_by_mail_logs_in_where_it_was_asked_for(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    await browser.open(f"/login/code?return_to={RETURN_URL}")
    asked = await browser.send(typed={"email": EMAIL})
    assert (asked.title, EMAIL in asked.text) == ("Look into your mailbox", True)
    code = code_in((await server.post.letters_to(EMAIL, 2))[1])
    assert (await browser.send(typed={"code": wrong(code)})).status == 422
    elsewhere = await server.elsewhere().http.post(
        "/login/code/enter", data={"code": code}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert (elsewhere.status_code, await Session.all().count()) == (422, 0)
    await browser.send(typed={"code": f" {code} "})
    assert browser.left_for == RETURN_URL
    assert (await Session.get()).methods == ["mailed_code"]


async def test_a_forgotten_password_is_chosen_anew(server: Postern, browser: Browser) -> None:
    await confirmed(server)
    await browser.open("/forgot-password")
    assert (await browser.send(typed={"email": EMAIL})).title == "Look into your mailbox"
    token = await server.letter_token(nth=2)
    await browser.open(f"/reset-password?token={token}")
    done = await browser.send(typed={"newPassword": NEW_PASSWORD}, token=token)
    assert 'href="/login"' in done.html
    assert (await log_in(browser, password=NEW_PASSWORD)).title == "Your account"


async def test_who_has_not_confirmed_yet_can_have_the_letter_again(server: Postern, browser: Browser) -> None:
    await server.registered()
    refused = await log_in(browser)
    assert (refused.status, "Please confirm your address first" in refused.text) == (422, True)
    assert refused.form("email", "password").fields == {"email": EMAIL, "password": ""}
    assert browser.page
    again = await browser.post("/register/again", browser.page.forms[0].fields)
    assert again.title == "Look into your mailbox"
    await server.confirm(await server.letter_token(nth=2))
    assert (await log_in(browser)).title == "Your account"
