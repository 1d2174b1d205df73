"""logout, me.sessions, revokeSession, revokeOtherSessions"""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from models import Session
from tests.account import LOGOUT, REFRESH, REVOKE, REVOKE_OTHERS, SESSIONS, requested_change, works
from tests.postern import Postern

pytestmark = pytest.mark.anyio


async def test_logging_out_closes_this_session_at_once_and_no_other(postern: Postern) -> None:
    phone, laptop = await postern.logged_in(), await postern.login()
    body = await postern.ask(LOGOUT, token=phone["accessToken"])
    assert body["data"]["logout"]["sessionId"]
    assert not await works(postern, phone)
    assert (await postern.do(REFRESH, refreshToken=phone["refreshToken"]))["__typename"] == "InvalidToken"
    assert await works(postern, laptop)


async def test_logging_out_many_times_at_once_is_no_mistake(postern: Postern) -> None:
    login = await postern.logged_in()
    answers = await asyncio.gather(*(postern.ask(LOGOUT, token=login["accessToken"]) for _ in range(8)))
    codes = {error["extensions"]["code"] for answer in answers for error in answer.get("errors", [])}
    assert codes <= {"UNAUTHENTICATED"}
    assert any("errors" not in answer for answer in answers)


@pytest.mark.parametrize("query", [LOGOUT, REVOKE_OTHERS, SESSIONS])
async def test_it_takes_somebody_who_is_signed_in(postern: Postern, query: str) -> None:
    await postern.logged_in()
    body = await postern.ask(query)
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await Session.all().count() == 1


async def test_sessions_tell_device_address_and_which_is_this_one(postern: Postern) -> None:
    postern.http.headers["User-Agent"] = "Phone/1.0"
    phone = await postern.logged_in()
    postern.http.headers["User-Agent"] = "Laptop/2.0"
    laptop = await postern.login()
    await postern.do(REFRESH, refreshToken=phone["refreshToken"])

    sessions = (await postern.ask(SESSIONS, token=laptop["accessToken"]))["data"]["me"]["sessions"]

    assert [(one["userAgent"], one["current"]) for one in sessions] == [("Phone/1.0", False), ("Laptop/2.0", True)]
    assert {one["ipAddress"] for one in sessions} == {"127.0.0.1"}
    assert sessions[0]["createdAt"] < sessions[1]["createdAt"] < sessions[0]["lastUsedAt"] < sessions[0]["expiresAt"]


async def test_one_of_ones_own_sessions_can_be_closed(postern: Postern) -> None:
    phone, laptop = await postern.logged_in(), await postern.login()
    sessions = (await postern.ask(SESSIONS, token=laptop["accessToken"]))["data"]["me"]["sessions"]
    (other,) = [one["id"] for one in sessions if not one["current"]]
    result = await postern.do(REVOKE, laptop["accessToken"], sessionId=other)
    assert result == {"__typename": "SessionRevoked", "sessionId": other}
    assert not await works(postern, phone)
    assert (await postern.do(REVOKE, laptop["accessToken"], sessionId=other))["__typename"] == "NotFound"


async def test_somebody_elses_session_is_not_found_and_lives_on(postern: Postern) -> None:
    ann, ben = await postern.logged_in(), await postern.logged_in("ben@example.com")
    bens = (await postern.ask(SESSIONS, token=ben["accessToken"]))["data"]["me"]["sessions"][0]["id"]
    for session_id in (bens, str(uuid4()), "", "no uuid", "\0"):
        assert (await postern.do(REVOKE, ann["accessToken"], sessionId=session_id))["__typename"] == "NotFound"
    assert await works(postern, ben)


async def test_every_other_session_can_be_closed(postern: Postern) -> None:
    ben = await postern.logged_in("ben@example.com")
    others = [await postern.logged_in(), await postern.login(), await postern.login()]
    await requested_change(postern, others[0])  # what hangs on a session is not counted with it
    this = await postern.login()
    body = await postern.ask(REVOKE_OTHERS, token=this["accessToken"])
    assert body["data"]["revokeOtherSessions"] == {"count": 3}
    assert [await works(postern, other) for other in others] == [False] * 3
    assert await works(postern, this)
    assert await works(postern, ben)


async def test_an_account_has_a_hundred_sessions_at_the_most_and_the_oldest_goes(postern: Postern) -> None:
    oldest = await postern.logged_in()
    first = await Session.get()
    await Session.bulk_create(
        Session(
            user_id=oldest["user"]["id"],
            rotated_at=first.rotated_at,
            created_at=first.created_at,
            last_used_at=first.last_used_at + timedelta(milliseconds=1 + n),
            expires_at=first.expires_at,
        )
        for n in range(99)
    )
    newest = await postern.login()
    assert await Session.all().count() == 100
    assert not await works(postern, oldest)
    assert await works(postern, newest)


async def test_a_login_shows_its_own_session_as_the_present_one(postern: Postern) -> None:
    await postern.logged_in()
    query = """mutation { login(input: {email: "ann@example.com", password: "a quiet gate at dusk"}) {
      ... on LoggedIn { user { sessions { current } } } } }"""
    body = await postern.ask(query)
    assert [one["current"] for one in body["data"]["login"]["user"]["sessions"]] == [True, False]
