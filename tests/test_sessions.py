"""logout, me.sessions, revokeSession, revokeOtherSessions"""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from models import Session
from tests.support.account import EXPORT, LOGOUT, REFRESH, REVOKE, REVOKE_OTHERS, SESSIONS, requested_change, works
from tests.support.databases import once
from tests.support.postern import Postern

pytestmark = pytest.mark.anyio


async def test_logging_out_closes_this_session_at_once_and_no_other(postern: Postern) -> None:
    phone, laptop = await postern.logged_in(), await postern.login()
    body = await postern.ask(LOGOUT, token=phone["accessToken"])
    assert body["data"]["logout"]["sessionId"]
    assert not await works(postern, phone)
    assert (await postern.do(REFRESH, refreshToken=phone["refreshToken"]))["__typename"] == "InvalidToken"
    assert await works(postern, laptop)


async def test_a_session_whose_time_is_over_is_not_among_them(postern: Postern) -> None:
    over, present = await postern.logged_in(), await postern.login()
    (first, _) = await Session.all().order_by("id")
    await Session.filter(id=first.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert not await works(postern, over)
    told = (await postern.ask(SESSIONS, token=present["accessToken"]))["data"]["me"]["sessions"]
    assert [one["current"] for one in told] == [True]


async def test_logging_out_many_times_at_once_is_no_mistake(postern: Postern) -> None:
    login = await postern.logged_in()
    answers = await asyncio.gather(*(postern.ask(LOGOUT, token=login["accessToken"]) for _ in range(8)))
    codes = {error["extensions"]["code"] for answer in answers for error in answer.get("errors", [])}
    assert codes <= {"UNAUTHENTICATED"}
    assert any("errors" not in answer for answer in answers)


@once
@pytest.mark.parametrize("query", [LOGOUT, REVOKE_OTHERS, SESSIONS])
async def test_it_takes_somebody_who_is_signed_in(postern: Postern, query: str) -> None:
    await postern.logged_in()
    body = await postern.ask(query)
    assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await Session.all().count() == 1


@once
async def test_sessions_tell_device_address_and_which_is_this_one(postern: Postern) -> None:
    postern.http.headers["User-Agent"] = "Phone/1.0"
    phone = await postern.logged_in()
    postern.http.headers["User-Agent"] = "Laptop/2.0"
    laptop = await postern.login()
    await postern.do(REFRESH, refreshToken=phone["refreshToken"])

    sessions = (await postern.ask(SESSIONS, token=laptop["accessToken"]))["data"]["me"]["sessions"]

    assert {(one["userAgent"], one["current"]) for one in sessions} == {("Phone/1.0", False), ("Laptop/2.0", True)}
    assert {one["ipAddress"] for one in sessions} == {"127.0.0.1"}
    created = {one["userAgent"]: one["createdAt"] for one in sessions}
    assert created["Phone/1.0"] < created["Laptop/2.0"]


@once
async def test_no_answer_tells_the_moment_at_which_a_session_was_refreshed(postern: Postern) -> None:
    """It would tell a thief when to trade a copied token within the grace."""
    login, _ = await postern.logged_in(), await postern.login()
    hour = datetime(2100, 1, 1, 14, tzinfo=UTC)
    await Session.all().update(expires_at=hour + timedelta(days=100))
    looks = []
    for minutes in ((20, 59), (59, 20), (60, 20)):
        for row, minute in zip(await Session.all().order_by("id"), minutes, strict=True):
            moment = hour + timedelta(minutes=minute, seconds=7)
            await Session.filter(id=row.id).update(last_used_at=moment, rotated_at=moment)
        looks.append(
            [(await postern.ask(query, token=login["accessToken"]))["data"]["me"] for query in (SESSIONS, EXPORT)]
        )
        del looks[-1][1]["exportMyData"]["events"]  # each export is one
    assert looks[0] == looks[1] != looks[2]
    told, export = looks[0]
    assert {one["lastUsedAt"] for one in told["sessions"]} == {hour.isoformat()}
    assert {one["expiresAt"] for one in told["sessions"]} == {(hour + timedelta(days=30, hours=1)).isoformat()}
    for one in export["exportMyData"]["sessions"]:
        assert one["last_used_at"] == one["rotated_at"] == hour.isoformat()


@once
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


@once
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


@once
async def test_a_login_shows_its_own_session_as_the_present_one(postern: Postern) -> None:
    await postern.logged_in()
    query = """mutation { login(input: {email: "ann@example.com", password: "a quiet gate at dusk"}) {
      ... on LoggedIn { user { sessions { current } } } } }"""
    body = await postern.ask(query)
    assert [one["current"] for one in body["data"]["login"]["user"]["sessions"]] == [True, False]
