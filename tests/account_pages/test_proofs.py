"""Our own pages: what proves who is there, for accounts of every kind, and when that comes too late"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from locales import texts
from models import LoginTicket, RecoveryCode, Session, TotpSecret, User
from resolvers.factors import MOST_FAILURES
from tests.account_pages.people import ORIGIN, RETURN_URL, app_on, at_home
from tests.support.account import NEW_EMAIL
from tests.support.codes import next_code
from tests.support.forms import Browser
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each

pytestmark = pytest.mark.anyio

OF_STRANGERS = ["/login", "/login/second-factor", "/login/code", "/login/code/enter", "/register"]
OF_ANYBODY = ["/forgot-password", "/forgot-password/sent", "/register/again", "/register/sent"]
OF_OWNERS = ["", "/profile", "/data", "/delete", "/email", "/password", "/sessions", "/passkeys", "/second-factor"]


async def late() -> None:
    """Lets the time be over in which a session need not say who is there."""
    await Session.all().update(stepped_up_at=datetime.now(UTC) - timedelta(hours=1))


async def test_each_page_knows_whose_it_is(server: Postern) -> None:
    browser, stranger = await at_home(server), Browser(server.elsewhere())

    async def is_of_strangers(path: str) -> None:
        assert (await browser.open(path)).title == "You are logged in"
        assert (await stranger.open(path)).path == path

    async def is_of_anybody(path: str) -> None:
        page = await browser.open(path)
        assert (page.path, page.title) == (path, (await stranger.open(path)).title)

    async def is_of_owners(path: str) -> None:
        asked = await stranger.http.get(f"/account{path}", params={"return_to": RETURN_URL})
        assert (asked.status_code, asked.headers["Location"].partition("&next=")[2]) == (
            303,
            f"/account{path}".replace("/", "%2F"),
        )
        assert (await browser.open(f"/account{path}")).path == f"/account{path}"

    await each(OF_STRANGERS, is_of_strangers)
    await each(OF_ANYBODY, is_of_anybody)
    await each([*OF_OWNERS, "/events", "/app"], is_of_owners)
    for page in (await stranger.open("/register"), await browser.open("/account/password")):
        assert f'minlength="{server.settings.password_min_length}"' in page.html


async def test_who_has_no_password_is_asked_for_none(server: Postern) -> None:
    browser = await at_home(server)
    await User.all().update(password_hash=None)
    page = await browser.open("/account/email")
    assert 'type="password"' not in page.html
    sent = await browser.send(typed={"newEmail": NEW_EMAIL})
    assert f"on its way to {NEW_EMAIL}" in sent.text
    assert await server.letter_token(NEW_EMAIL)
    page = await browser.open("/account/delete")
    assert 'type="password"' not in page.html
    gone = await browser.post("/account/delete", {"sure": "1"})
    assert ("Your account and all its data are deleted." in gone.text, await User.all().count()) == (True, 0)


async def test_where_a_mailed_code_is_used_up_another_can_be_had_and_what_was_typed_is_not_lost(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    given: dict[str, Any] = {"database_url": database_url, "smtp_url": post.url, "public_url": ORIGIN}
    settings = make_settings(**given, login_codes=True, login_code_limit="2 per hour")
    async with running(settings, post) as server:
        browser = await at_home(server)
        await User.all().update(password_hash=None)
        await late()
        await browser.open("/account/second-factor")
        await browser.send(typed={}, do="start")
        async with next_code(server) as first:
            await browser.send("asked", typed={}, send="MAILED_CODE")
        await LoginTicket.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        over = await browser.send("ceremony", typed={"mailedCode": first[0]})
        assert (over.status, over.title, 'name="mailedCode"' in over.html) == (422, "Is it you?", False)
        assert 'role="alert"' in over.html
        async with next_code(server) as second:
            asked = (await browser.send("asked", typed={}, send="MAILED_CODE")).form("mailedCode")
        await browser.post(over.forms[0].action, over.form("asked", send="MAILED_CODE").fields)
        assert browser.page
        wait = int(browser.page.answer.headers["Retry-After"])
        assert (browser.page.status, 0 < wait <= 3600, browser.page.title) == (429, True, "Is it you?")
        done = await browser.post(asked.action, asked.fields | {"mailedCode": second[0]})
        assert (done.title, await TotpSecret.all().count()) == ("Set up an authenticator app", 1)


async def test_whose_second_factors_are_worth_nothing_any_more_is_told_to_log_in_anew(server: Postern) -> None:
    browser = await at_home(server)
    await browser.open("/account/second-factor")
    app = app_on(await browser.send(typed={}, do="start"))
    await browser.send(typed={"code": app.code()})
    await RecoveryCode.all().delete()
    await User.all().update(factor_failures=MOST_FAILURES)
    await late()
    await browser.open("/account/second-factor")
    asked = await browser.send(typed={}, do="remove")
    assert (asked.title, texts("en")("refusal.login_too_old") in asked.text) == ("Is it you?", True)
    assert [form.action for form in asked.forms] == ["/logout"]
    assert await TotpSecret.all().count() == 1
