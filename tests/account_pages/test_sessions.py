"""Our own pages: which sessions they know"""

from datetime import UTC, datetime, timedelta

import pytest

from models import Session
from tests.account_pages.people import REFRESH_COOKIE, at_home
from tests.account_pages.test_life import COOKIE_REFRESH
from tests.support.forms import Browser
from tests.support.postern import Postern

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
