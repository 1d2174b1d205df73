"""stepUp: what happens while somebody proves who is there counts"""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import pytest

from models import LoginTicket, RecoveryCode, Session, TotpSecret, User
from resolvers import proofs, stepup, tickets
from tests.support.account import LOGOUT
from tests.support.codes import step_up_code
from tests.support.databases import once
from tests.support.factors import STEP_UP, set_up
from tests.support.postern import PASSWORD, Postern

pytestmark = [pytest.mark.anyio, once]
Happens = Callable[[Postern, dict[str, Any]], Awaitable[None]]
Given = Callable[[Postern, dict[str, Any]], Awaitable[dict[str, Any]]]


async def it_is_closed(server: Postern, login: dict[str, Any]) -> None:
    await server.ask(LOGOUT, token=login["accessToken"])


async def the_account_changes(_: Postern, login: dict[str, Any]) -> None:
    await User.filter(id=login["user"]["id"]).update(credentials_version=100)


async def a_password(_: Postern, __: dict[str, Any]) -> dict[str, Any]:
    return {"proof": {"password": PASSWORD}}


async def an_apps_code(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    return {"proof": {"totpCode": await (await set_up(server, login)).fresh_code()}}


async def a_recovery_code(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    return {"proof": {"recoveryCode": (await set_up(server, login)).recovery_codes[0]}}


async def a_mailed_code(server: Postern, login: dict[str, Any]) -> dict[str, Any]:
    await User.all().update(password_hash="")
    ceremony, code = await step_up_code(server, login)
    return {"ceremony": ceremony, "proof": {"mailedCode": code}}


async def everything() -> list[Any]:
    return [await table.all().order_by("id").values() for table in (User, Session, TotpSecret, RecoveryCode)]


@pytest.mark.parametrize("happens", [it_is_closed, the_account_changes])
@pytest.mark.parametrize(
    ("given", "room", "name"),
    [
        (a_password, stepup, "check_password"),
        (an_apps_code, proofs, "throttle"),
        (a_recovery_code, proofs, "throttle"),
        (a_mailed_code, tickets, "count"),
    ],
)
async def test_a_session_that_is_closed_or_whose_account_changes_meanwhile_has_proven_nothing_and_used_nothing_up(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, *, given: Given, room: ModuleType, name: str, happens: Happens
) -> None:
    login = await postern.logged_in()
    proof = await given(postern, login)
    before, step = list[Any](), getattr(room, name)

    async def and_then(*arguments: Any) -> None:
        await step(*arguments)
        await happens(postern, login)
        before.extend(await everything())

    monkeypatch.setattr(room, name, and_then)
    answer = await postern.do(STEP_UP, login["accessToken"], **proof)
    assert answer["__typename"] == "InvalidCredentials"
    assert await everything() == before != []
    assert await LoginTicket.all().count() == (given is a_mailed_code and happens is not it_is_closed)
