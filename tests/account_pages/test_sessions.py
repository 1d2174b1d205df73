"""Our own pages: which sessions they know, and which browsers"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from models import Device, Session
from tests.account_pages.people import DEVICE_COOKIE, ORIGIN, REFRESH_COOKIE, asked_by_mail, at_home, log_in
from tests.account_pages.test_life import COOKIE_REFRESH
from tests.support.forms import Browser
from tests.support.given import MakeSettings
from tests.support.passkeys import SoftKey
from tests.support.postern import EMAIL, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio


async def opened(server: Postern, token: str, **headers: str) -> bool:
    """Whether whoever has this token sees the account."""
    page = await Browser(server.elsewhere(Cookie=f"{REFRESH_COOKIE}={token}", **headers)).open("/account")
    return page.title == "Your account"


async def test_a_token_that_was_traded_is_good_for_half_a_minute_and_closes_nothing(server: Postern) -> None:
    await at_home(server)
    old = server.http.cookies[REFRESH_COOKIE]
    mode = {"X-Token-Transport": "cookie", "Origin": server.settings.public_url}
    await server.http.post("/graphql", json={"query": COOKIE_REFRESH}, headers=mode)
    new = server.http.cookies[REFRESH_COOKIE]
    assert old != new
    assert (await opened(server, old), await opened(server, new)) == (True, True)
    await Session.all().update(rotated_block="another")
    assert (await opened(server, old), await opened(server, old, **{"User-Agent": "thief"})) == (True, False)
    await Session.all().update(rotated_at=datetime.now(UTC) - timedelta(seconds=31))
    row = await Session.all().values()
    assert (await opened(server, old), await opened(server, new)) == (False, True)
    assert await Session.all().values() == row


async def test_a_session_that_is_over_is_nobodys(server: Postern) -> None:
    await at_home(server)
    token = server.http.cookies[REFRESH_COOKIE]
    await Session.all().update(expires_at=datetime.now(UTC))
    assert not await opened(server, token)
    await Session.all().delete()
    assert not await opened(server, token)


async def test_a_browser_that_is_known_stays_so_by_whichever_way_and_strangers_do_not_keep_it_out(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url, "public_url": ORIGIN}
    settings = make_settings(**usual, login_codes=True, login_code_limit="1 per hour")
    async with running(settings, post) as server:
        browser, key, stranger = await at_home(server), SoftKey(origin=ORIGIN), Browser(server.elsewhere())
        await browser.open("/account/passkeys")
        made = (await browser.send(typed={}, do="start")).form("credential")
        await browser.post(made.action, made.fields | {"credential": json.dumps(key.create(made.options))})
        await browser.post("/logout", {})
        await log_in(browser)  # for a new passkey forgets all devices
        known = server.http.cookies[DEVICE_COOKIE]
        await browser.post("/logout", {})
        await asked_by_mail(stranger)
        assert (await stranger.post("/login/code", {"email": EMAIL})).status == 429

        _, code = await asked_by_mail(browser)
        assert (await browser.send(typed={"code": code})).title == "Your account"
        await browser.post("/logout", {})
        form = (await browser.open("/login")).form("credential", do="passkey")
        answer = {"credential": json.dumps(key.get(form.options))}
        assert (await browser.post(form.action, form.fields | answer)).title == "Your account"
        assert (server.http.cookies[DEVICE_COOKIE], await Device.all().count()) == (known, 1)
