"""Each kind of token is worth nothing in every other place"""

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import Any

import pytest

from models import Session, User
from tests.support.account import (
    CONFIRM_CHANGE,
    NEW_PASSWORD,
    REFRESH,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
)
from tests.support.passkeys import LOGIN_WITH_PASSKEY, begun_login
from tests.support.postern import CONFIRM, EMAIL, ME, Postern

pytestmark = pytest.mark.anyio


@pytest.fixture
def dialect() -> str:
    """What a token is worth is decided before the database: one will do."""
    return "sqlite"


async def as_access_token(server: Postern, token: str) -> bool:
    body = await server.ask(ME, token=token)
    return bool(body["data"]["me"])


def given_to(query: str, name: str = "token", **more: Any) -> Callable[[Postern, str], Awaitable[bool]]:
    async def attempt(server: Postern, token: str) -> bool:
        result = await server.do(query, **{name: token}, **more)
        return bool(result["__typename"] != "InvalidToken")

    return attempt


PLACES: dict[str, Callable[[Postern, str], Awaitable[bool]]] = {
    "access": as_access_token,
    "refresh": given_to(REFRESH, "refreshToken"),
    "confirm": given_to(CONFIRM),
    "reset": given_to(RESET, newPassword=NEW_PASSWORD),
    "change": given_to(CONFIRM_CHANGE),
    "undo": given_to(UNDO_CHANGE),
    "ceremony": given_to(LOGIN_WITH_PASSKEY, "ceremony", credential={}),
}


async def one_of_each(server: Postern) -> dict[str, str]:
    """A good token of each kind, all of one person but for the confirmation."""
    login = await server.logged_in()
    change, undo = await requested_change(server, login)
    reset = await requested_reset(server)
    confirm = await server.registered("ben@example.com")
    kinds = {"access": login["accessToken"], "refresh": login["refreshToken"], "confirm": confirm}
    kinds["ceremony"] = (await begun_login(server))["ceremony"]
    return kinds | {"reset": reset, "change": change, "undo": undo}


async def everything() -> list[Any]:
    users = await User.all().order_by("id").values()
    return [users, await Session.all().order_by("id").values()]


async def test_a_token_is_refused_where_another_kind_belongs(postern: Postern) -> None:
    tokens = await one_of_each(postern)
    before = await everything()
    for kind, place in permutations(PLACES, 2):
        assert not await PLACES[place](postern, tokens[kind]), f"{kind} in the place of {place}"
        assert await everything() == before, f"{kind} in the place of {place}"


@pytest.mark.parametrize("kind", ["access", "refresh", "confirm", "reset", "change", "undo", "ceremony"])
async def test_and_is_accepted_where_it_belongs(postern: Postern, kind: str) -> None:
    tokens = await one_of_each(postern)
    assert await PLACES[kind](postern, tokens[kind])


@pytest.mark.parametrize("path", ["/confirm-email", "/reset-password", "/confirm-email-change", "/undo-email-change"])
async def test_a_page_too_takes_only_its_own_kind(postern: Postern, path: str) -> None:
    own = {"/confirm-email": "confirm", "/reset-password": "reset", "/confirm-email-change": "change"}
    tokens = await one_of_each(postern)
    tokens.pop(own.get(path, "undo"))
    before = await everything()
    for token in tokens.values():
        assert (await postern.http.get(path, params={"token": token})).status_code == 400
        answer = await postern.http.post(path, json={"token": token, "newPassword": NEW_PASSWORD})
        assert (answer.status_code, answer.json()) == (400, {"status": "invalid"})
    assert await everything() == before
    assert (await User.get(canonical_email=EMAIL)).email_confirmed_at is not None
