"""loginWithCode in cookie mode: the ticket is in a cookie from the first step to the last"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models import Device, Letter, LoginTicket, Session
from tests.support.codes import WITH_CODE, wrong
from tests.support.databases import once
from tests.support.factors import set_up
from tests.support.given import MakeSettings
from tests.support.postern import Postern, running
from tests.support.postoffice import PostOffice
from tests.test_login_code_page import COOKIE_MODE, DEVICE, ORIGIN, REFRESH_COOKIE, TICKET, begun

pytestmark = [pytest.mark.anyio, once]


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_codes=True, public_url=ORIGIN)
    async with running(settings, post) as one:
        await one.confirm(await one.registered())
        yield one


async def with_code(server: Postern, code: str, **headers: str) -> tuple[dict[str, Any], list[str]]:
    """The answer, and the names of the cookies that it puts or clears."""
    body = {"query": WITH_CODE, "variables": {"input": {"code": code}}}
    answer = await server.http.post("/graphql", json=body, headers=headers)
    names = [cookie.partition("=")[0] for cookie in answer.headers.get_list("Set-Cookie")]
    return answer.json()["data"]["loginWithCode"], sorted(names)


async def test_the_code_opens_a_session_with_the_tickets_cookie_which_goes(server: Postern) -> None:
    code = await begun(server)
    assert (await with_code(server, code))[0]["__typename"] == "InvalidProof", "without the header no cookie is read"
    refused, names = await with_code(server, wrong(code), **COOKIE_MODE)
    assert (refused["__typename"], names) == ("InvalidProof", [])
    assert TICKET in server.http.cookies, "it may be tried again"
    assert await Session.all().count() == 0

    opened, names = await with_code(server, code, **COOKIE_MODE)
    assert (opened["__typename"], opened["refreshToken"], opened["deviceToken"]) == ("LoggedIn", None, None)
    assert names == [DEVICE, REFRESH_COOKIE, TICKET]
    assert TICKET not in server.http.cookies


async def test_a_browser_that_is_known_by_its_cookie_asks_for_a_code_as_such_and_stays_known(server: Postern) -> None:
    await with_code(server, await begun(server), **COOKIE_MODE)
    known = server.http.cookies[DEVICE]
    assert await Letter.filter(kind="request_login_code_here").count() == 0
    await with_code(server, await begun(server), **COOKIE_MODE)
    assert await Letter.filter(kind="request_login_code_here").count() == 1
    assert (server.http.cookies[DEVICE], await Device.all().count()) == (known, 1)


async def test_where_a_second_factor_is_needed_the_next_ticket_takes_its_place(server: Postern) -> None:
    await set_up(server, await server.login())
    code = await begun(server)
    first = server.http.cookies[TICKET]
    needed, names = await with_code(server, code, **COOKIE_MODE)
    assert (needed["__typename"], needed["ticket"], names) == ("SecondFactorNeeded", None, [TICKET])
    assert server.http.cookies[TICKET] != first
    assert await LoginTicket.all().count() == 1
