"""Who asks: found once a request, and after a login whoever has logged in"""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from models import Session, User
from resolvers import profile
from tests.support.account import LOGOUT
from tests.support.databases import once
from tests.support.postern import EMAIL, ME, PASSWORD, Postern

pytestmark = pytest.mark.anyio

LOGIN = """mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn {
  user { email sessions { current } exportMyData } } } }"""
UPDATE = """mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { ... on ProfileUpdated {
  user { email %s } } } }"""
MANY_TIMES = "{" + " ".join(f"{alias}: me {{ id sessions {{ id }} }}" for alias in "abcdefgh") + "}"


class Queries(logging.Handler):
    """What is asked of the database."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def lookups(self) -> int:
        """How often it was asked for a session together with its user."""
        return sum('FROM "sessions" t JOIN "users"' in text for text in self.texts)


@pytest.fixture
def queries(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queries]:
    """From when the server has set up its own log, which queries do not go to."""
    handler, logger = Queries(), logging.getLogger("tortoise.db_client")
    monkeypatch.setattr(logger, "propagate", False)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


async def test_a_request_looks_for_its_session_once_however_many_fields_ask(postern: Postern, queries: Queries) -> None:
    login = await postern.logged_in()
    queries.texts.clear()
    body = await postern.ask(MANY_TIMES, token=login["accessToken"])
    assert [me["id"] for me in body["data"].values()] == [login["user"]["id"]] * 8
    assert queries.lookups() == 1


@once
async def test_a_session_that_is_not_found_is_looked_for_once_too(postern: Postern, queries: Queries) -> None:
    login = await postern.logged_in()
    await postern.ask(LOGOUT, token=login["accessToken"])
    queries.texts.clear()
    body = await postern.ask(MANY_TIMES, token=login["accessToken"])
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"] * 8
    assert queries.lookups() == 1


async def test_requests_of_one_moment_are_looked_up_together_and_each_hears_of_its_own_session(
    postern: Postern, queries: Queries
) -> None:
    ann, ben = await postern.logged_in(), await postern.logged_in("ben@example.com")
    closed = (await postern.login())["accessToken"]
    await postern.ask(LOGOUT, token=closed)
    queries.texts.clear()
    tokens = [ann["accessToken"], closed, ben["accessToken"], closed] * 50
    bodies = await asyncio.gather(*(postern.ask(ME, token=token) for token in tokens))
    told = [body["data"]["me"] and body["data"]["me"]["email"] for body in bodies]
    assert told == [EMAIL, None, "ben@example.com", None] * 50
    assert 1 <= queries.lookups() <= 20


async def test_a_look_up_that_fails_harms_no_later_one(postern: Postern) -> None:
    token = (await postern.logged_in())["accessToken"]
    await Session._meta.db.execute_script("ALTER TABLE sessions RENAME TO elsewhere")
    bodies = await asyncio.gather(*(postern.ask(ME, token=token) for _ in range(3)))
    assert {body["errors"][0]["extensions"]["code"] for body in bodies} == {"INTERNAL_SERVER_ERROR"}
    await Session._meta.db.execute_script("ALTER TABLE elsewhere RENAME TO sessions")
    assert (await postern.ask(ME, token=token))["data"]["me"]["email"] == EMAIL


async def test_who_hangs_up_while_sessions_are_looked_up_harms_nobody_who_asks_beside(postern: Postern) -> None:
    token = (await postern.logged_in())["accessToken"]
    asking = [asyncio.ensure_future(postern.ask(ME, token=token)) for _ in range(8)]
    while not asking[0].done():
        asking[1].cancel()
        await asyncio.sleep(0)
    bodies = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(bodies.pop(1), asyncio.CancelledError)
    assert [body["data"]["me"]["email"] for body in bodies if isinstance(body, dict)] == [EMAIL] * 7


@once
async def test_who_logs_in_with_somebody_elses_access_token_is_who_has_logged_in(postern: Postern) -> None:
    ben, _ = await postern.logged_in("ben@example.com"), await postern.logged_in()
    body = await postern.ask(LOGIN, {"input": {"email": EMAIL, "password": PASSWORD}}, ben["accessToken"])
    user = body["data"]["login"]["user"]
    assert user["email"] == user["exportMyData"]["account"]["canonical_email"] == EMAIL
    assert [session["current"] for session in user["sessions"]] == [True, False]
    assert len(user["exportMyData"]["sessions"]) == 2


@pytest.mark.parametrize("field", ["sessions { id }", "exportMyData"])
@once
async def test_an_account_that_came_by_mistake_tells_only_its_owner_more(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    ann, _ = await postern.logged_in(), await postern.logged_in("ben@example.com")

    async def mistaken(*_: Any) -> User:
        return await User.get(canonical_email="ben@example.com")

    monkeypatch.setattr(profile, "update", mistaken)
    body = await postern.ask(UPDATE % field, {"input": {"name": "Ann"}}, ann["accessToken"])
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
    assert body["data"] is None
