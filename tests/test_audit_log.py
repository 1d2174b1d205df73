"""Reading what has happened: everybody their own, and who may read the audit log all of it"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import AuditEvent
from resolvers import housekeeping
from tests.support.account import DELETE, EXPORT, UPDATE_PROFILE
from tests.support.admins import CLOSE_SESSIONS, EVENTS, MY_EVENTS, Admin, admin
from tests.support.databases import once
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.told import told

pytestmark = pytest.mark.anyio
BEN = "ben@example.com"


async def seen(ada: Admin, first: int = 100, after: str | None = None, **wanted: Any) -> list[dict[str, Any]]:
    """What a filter finds, newest first."""
    answer = await ada.ask(EVENTS, filter=wanted, first=first, after=after)
    assert "errors" not in answer, answer
    return list(answer["data"]["auditEvents"]["nodes"])


def names(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["event"] for node in nodes]


async def test_it_is_asked_by_account_by_who_did_it_by_name_and_by_time(postern: Postern) -> None:
    ada = await admin(postern)
    await postern.joined(BEN)
    begin = datetime.now(UTC)
    login = await postern.joined()
    await postern.do(UPDATE_PROFILE, login["accessToken"], name="Ann")
    await ada.do(CLOSE_SESSIONS, userId=login["user"]["id"])
    theirs = ["all_sessions_closed", "profile_updated", "logged_in", "email_confirmed", "registered"]
    assert names(await seen(ada, subjectId=login["user"]["id"])) == theirs
    assert names(await seen(ada, since=begin.isoformat())) == theirs
    assert names(await seen(ada, subjectId=login["user"]["id"], actorId=ada.id)) == theirs[:1]
    assert names(await seen(ada, events=["profile_updated", "all_sessions_closed", "nothing", "\0"])) == theirs[:2]
    assert names(await seen(ada, since=begin.isoformat(), events=["registered", "logged_in"])) == [
        "logged_in",
        "registered",
    ]
    before = await seen(ada, until=begin.replace(tzinfo=None).isoformat())
    assert (names(before)[0], login["user"]["id"] in str(before)) == ("logged_in", False)
    assert len(before) + len(theirs) == len(await seen(ada)) == await AuditEvent.all().count()
    none: list[dict[str, Any]] = [
        {"subjectId": "no id"},
        {"actorId": BEN},
        {"subjectId": ""},
        {"actorId": ""},
        {"events": []},
        {"since": "9999-12-31T23:59:59Z"},
    ]
    for nobody in none:
        assert await seen(ada, **nobody) == [], nobody
    assert await seen(ada, since="9999-12-31T23:59:59Z") == await seen(ada, until="0001-01-01T00:00:00Z") == []
    for beyond in ({"since": "9999-12-31T23:59:59-14:00"}, {"until": "0001-01-01T00:00:00+14:00"}):
        (error,) = (await ada.ask(EVENTS, filter=beyond))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT", beyond
    (closed,) = await seen(ada, events=["all_sessions_closed"])
    assert (closed["actorId"], closed["details"], closed["ipAddress"]) == (ada.id, {"closed": 1}, "127.0.0.1")
    assert EMAIL not in str(await seen(ada))


async def test_pages_follow_one_another(postern: Postern) -> None:
    ada = await admin(postern)
    await postern.joined()
    await postern.joined(BEN)
    every, pages, after = await seen(ada), [], None
    while True:
        page = (await ada.ask(EVENTS, first=3, after=after))["data"]["auditEvents"]
        pages += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert pages == every
    assert len(pages) > 6
    whole = (await ada.ask(EVENTS, first=len(every)))["data"]["auditEvents"]
    assert (whole["nodes"], whole["pageInfo"]["hasNextPage"]) == (every, False)


@once
async def test_what_an_administrator_has_done_tells_of_no_place_once_their_account_is_deleted(postern: Postern) -> None:
    ada, ben = await admin(postern), await postern.joined(BEN)
    assert await ada.kind(CLOSE_SESSIONS, userId=ben["user"]["id"]) == "AccountChanged"
    closed = await told("all_sessions_closed")
    assert (closed["by"], closed["from"]) == (ada.id, "127.0.0.1")
    assert await ada.kind(DELETE, password=PASSWORD) == "AccountDeleted"
    del closed["from"]
    assert await told("all_sessions_closed") == closed
    assert (await told("email_confirmed"))["from"] == "127.0.0.1", "a neighbour's"


@once
async def test_everybody_sees_their_own_and_not_where_others_were(postern: Postern) -> None:
    ada = await admin(postern)
    postern.http.headers["User-Agent"] = "Ann's browser"
    await postern.joined(BEN)
    login = await postern.joined()
    await postern.login(password="a stranger's guess")
    await postern.register()
    await ada.do(CLOSE_SESSIONS, userId=login["user"]["id"])
    token = (await postern.login())["accessToken"]
    mine = (await postern.ask(MY_EVENTS, {"first": 3}, token))["data"]["me"]["events"]
    assert names(mine["nodes"]) == ["logged_in", "all_sessions_closed", "logged_in"]
    places = [(node["actorId"], node["ipAddress"], node["userAgent"]) for node in mine["nodes"]]
    assert places == [(None, "127.0.0.1", "Ann's browser"), (ada.id, None, None), (None, "127.0.0.1", "Ann's browser")]
    rest = await postern.ask(MY_EVENTS, {"after": mine["pageInfo"]["endCursor"]}, token)
    assert names(rest["data"]["me"]["events"]["nodes"]) == ["email_confirmed", "registered"]
    exported = (await postern.ask(EXPORT, token=token))["data"]["me"]["exportMyData"]["events"]
    told = {event["event"]: (event["ip_address"], event["actor_id"]) for event in exported}
    assert told["all_sessions_closed"] == (None, ada.id)
    assert told["registered"] == ("127.0.0.1", None)


async def test_after_ninety_days_nothing_tells_where_it_came_from_and_the_rest_stays(postern: Postern) -> None:
    await postern.joined()
    old = datetime.now(UTC) - housekeeping.ADDRESS_RETENTION - timedelta(seconds=1)
    await AuditEvent.filter(event__in=["registered", "email_confirmed"]).update(at=old)
    await AuditEvent.filter(event="email_confirmed").update(ip_address=None)
    await AuditEvent.filter(event="registered").update(user_agent=None)
    before = await AuditEvent.all().order_by("id").values()

    swept = await housekeeping.sweep(postern.settings)

    assert (swept.addresses, swept.events) == (2, 0)
    nowhere = {"ip_address": None, "user_agent": None}
    assert await AuditEvent.all().order_by("id").values() == [
        row | (nowhere if row["event"] != "logged_in" else {}) for row in before
    ]
    assert before[-1]["ip_address"] == "127.0.0.1"
    assert (await housekeeping.sweep(postern.settings)).addresses == 0
