"""What has happened to an account is kept for a time, and forgets where it came from with the account"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import events
from mail.letters import KINDS, Deferred
from models import AuditEvent, User
from resolvers import devices, housekeeping
from resolvers.composing import COMPOSERS
from tests.support.account import CHANGE_PASSWORD, DELETE, EXPORT, NEW_PASSWORD, UPDATE_PROFILE
from tests.support.postern import PASSWORD, Postern

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"


async def kept(user_id: object) -> list[str]:
    return [event.event for event in await AuditEvent.filter(subject_id=user_id).order_by("id")]


async def test_each_event_is_a_row_with_who_did_it_and_from_where(postern: Postern) -> None:
    login = await postern.logged_in()
    user_id = login["user"]["id"]
    changed = await postern.ask(
        CHANGE_PASSWORD,
        {"input": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}},
        login["accessToken"],
        **{"User-Agent": "A browser/1.0"},
    )
    assert changed["data"]["changePassword"]["__typename"] == "PasswordChanged"
    assert await kept(user_id) == ["registered", "email_confirmed", "logged_in", "password_changed"]
    event = await AuditEvent.get(event="password_changed")
    assert str(event.actor_id) == str(event.subject_id) == user_id
    assert (event.ip_address, event.user_agent, event.details) == ("127.0.0.1", "A browser/1.0", {"closed": 0})
    assert event.request_id
    assert (await AuditEvent.get(event="logged_in")).actor_id is None, "nobody was signed in yet"


async def test_what_is_undone_leaves_neither_row_nor_line(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    login = await postern.logged_in()
    before, counted = await AuditEvent.all().count(), events.counts["password_changed", ""]

    async def fails(*_: Any) -> None:
        raise RuntimeError("the last step before the commit")

    monkeypatch.setattr(devices, "forget", fails)
    inputs = {"input": {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}}
    body = await postern.ask(CHANGE_PASSWORD, inputs, login["accessToken"])
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert await AuditEvent.all().count() == before
    assert events.counts["password_changed", ""] == counted
    assert (await postern.login())["__typename"] == "LoggedIn", "with the old password"


async def test_a_deleted_account_leaves_events_that_tell_of_no_place(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    login = await postern.logged_in()
    await postern.do(DELETE, login["accessToken"], password=PASSWORD)
    user_id = login["user"]["id"]
    assert (await kept(user_id))[-1] == "account_deleted"
    assert set(await AuditEvent.filter(subject_id=user_id).values_list("ip_address", "user_agent")) == {(None, None)}
    assert await AuditEvent.filter(subject_id=ben["user"]["id"], ip_address="127.0.0.1").count() == 3, "a neighbour's"


async def test_everybody_can_take_their_own_along_and_nobody_elses(postern: Postern) -> None:
    await postern.logged_in(BEN)
    login = await postern.logged_in()
    await postern.register(name="a stranger, whose address and program are nobody else's to know")
    export = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert [event["event"] for event in export["events"]] == ["registered", "email_confirmed", "logged_in"]


async def test_only_time_takes_them_away(postern: Postern) -> None:
    login = await postern.logged_in()
    await postern.do(UPDATE_PROFILE, login["accessToken"], name="Ann")
    old = datetime.now(UTC) - postern.settings.audit_retention - timedelta(seconds=1)
    await AuditEvent.filter(event="registered").update(at=old)
    assert (await housekeeping.sweep(postern.settings)).events == 1
    assert await kept((await User.get()).id) == ["email_confirmed", "logged_in", "profile_updated"]


def test_whatever_is_decided_when_it_is_due_has_somebody_who_decides() -> None:
    assert {posting for posting in KINDS.values() if issubclass(posting, Deferred)} <= COMPOSERS.keys()
