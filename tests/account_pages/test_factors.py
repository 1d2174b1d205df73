"""Our own pages: a second factor that is changed, devices that do without, and codes by mail where there is one"""

from datetime import UTC, datetime, timedelta

import pytest

from models import LoginTicket, RecoveryCode, Session
from tests.account_pages.people import RETURN_URL, app_on, asked_by_mail, at_home, confirmed, log_in
from tests.support.factors import set_up
from tests.support.forms import Browser
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio

TICKET = "__Host-postern-ticket"


async def test_an_app_is_changed_for_another_and_remembered_devices_are_forgotten(server: Postern) -> None:
    browser = await at_home(server)
    await browser.open("/account/second-factor")
    app = app_on(await browser.send(typed={}, do="start"))
    await browser.send(typed={"code": app.code()})
    await browser.post("/logout", {})
    asked = await log_in(browser)
    done = await browser.post(asked.form("code").action, {"code": await app.fresh_code(), "remember": "1"})
    assert (done.title, TICKET in server.http.cookies) == ("Your account", False)

    assert "not asked for it: 1" in (await browser.open("/account/second-factor")).text
    forgotten = await browser.send(typed={}, do="forget")
    assert "From now on every device is asked" in forgotten.text
    await browser.post("/logout", {})
    assert (await log_in(browser)).title == "One more step"
    await browser.send(typed={"code": await app.fresh_code()})

    await browser.open("/account/second-factor")
    other = app_on(await browser.send(typed={}, do="start"))
    done = await browser.send(typed={"code": other.code()})
    assert (done.path, "Your authenticator app is set up." in done.text) == ("/account/second-factor", True)
    assert (other.secret != app.secret, await RecoveryCode.all().count()) == (True, 10)


async def test_after_a_code_by_mail_comes_the_second_factor_and_then_where_one_wanted_to_go(server: Postern) -> None:
    await confirmed(server)
    app, browser = await set_up(server, await server.login()), Browser(server)
    _, code = await asked_by_mail(browser, f"/login/code?return_to={RETURN_URL}")
    before = await Session.all().count()
    assert (await browser.send(typed={"code": code})).title == "One more step"
    assert await Session.all().count() == before
    await browser.send(typed={"code": await app.fresh_code()})
    assert (browser.left_for, TICKET in server.http.cookies) == (RETURN_URL, False)
    assert await Session.all().count() == before + 1


async def test_a_code_by_mail_that_comes_too_late_ends_the_login(server: Postern) -> None:
    await confirmed(server)
    browser = Browser(server)
    _, code = await asked_by_mail(browser)
    await LoginTicket.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    over = await browser.send(typed={"code": code})
    assert (over.title, "That login is over" in over.text) == ("Log in to Postern", True)
    assert (TICKET in server.http.cookies, await Session.all().count()) == (False, 0)
