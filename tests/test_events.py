"""What has happened to an account is kept for a time, and forgets where it came from with the account"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import events
from events import failures
from mail.letters import KINDS, Deferred
from models import AuditEvent, User
from resolvers import devices, housekeeping
from resolvers.composing import composers
from tests.support.account import (
    CHANGE_PASSWORD,
    DELETE,
    EXPORT,
    NEW_PASSWORD,
    REFRESH,
    UPDATE_PROFILE,
    requested_change,
    requested_reset,
)
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"


async def kept(user_id: object) -> list[str]:
    return [event.event for event in await AuditEvent.filter(subject_id=user_id).order_by("id")]


async def test_each_event_is_a_row_with_who_did_it_and_from_where(postern: Postern) -> None:
    login = await postern.joined()
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


@once
async def test_of_letters_of_links_asked_for_and_of_refreshes_only_the_log_tells(postern: Postern) -> None:
    await postern.registered()
    await postern.do(RESEND, email=EMAIL)
    await postern.confirm(await postern.letter_token(nth=2))
    login = await postern.login()
    await postern.do(REFRESH, refreshToken=login["refreshToken"])
    await requested_reset(postern)
    await requested_change(postern, login)
    await housekeeping.sweep(postern.settings)
    written = ["registered", "email_confirmed", "logged_in", "email_change_requested"]
    assert [event.event for event in await AuditEvent.all().order_by("id")] == written


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


@once
async def test_a_deleted_account_leaves_events_that_tell_of_no_place(postern: Postern) -> None:
    ben = await postern.joined(BEN)
    login = await postern.joined()
    await postern.do(DELETE, login["accessToken"], password=PASSWORD)
    user_id = login["user"]["id"]
    assert (await kept(user_id))[-1] == "account_deleted"
    assert set(await AuditEvent.filter(subject_id=user_id).values_list("ip_address", "user_agent")) == {(None, None)}
    assert await AuditEvent.filter(subject_id=ben["user"]["id"], ip_address="127.0.0.1").count() == 3, "a neighbour's"


@once
async def test_everybody_can_take_their_own_along_and_nobody_elses(postern: Postern) -> None:
    await postern.joined(BEN)
    login = await postern.joined()
    await postern.register(name="a stranger, whose address and program are nobody else's to know")
    export = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert [event["event"] for event in export["events"]] == ["registered", "email_confirmed", "logged_in"]
    assert [len(export[part]) for part in ("registrations", "links")] == [1, 1], "nor that there is a stranger"


async def test_only_time_takes_them_away(postern: Postern) -> None:
    login = await postern.joined()
    await postern.do(UPDATE_PROFILE, login["accessToken"], name="Ann")
    old = datetime.now(UTC) - postern.settings.audit_retention - timedelta(seconds=1)
    await AuditEvent.filter(event="registered").update(at=old)
    assert (await housekeeping.sweep(postern.settings)).events == 1
    assert await kept((await User.get()).id) == ["email_confirmed", "logged_in", "profile_updated"]


async def fail(postern: Postern, email: str, times: int) -> None:
    for _ in range(times):
        assert (await postern.login(email, "not the password"))["__typename"] == "InvalidCredentials"


async def failed() -> dict[str | None, dict[str, object]]:
    """What is kept of failed logins, by whose they were."""
    rows = await AuditEvent.filter(event="login_failed").order_by("id")
    assert len({row.subject_id for row in rows}) == len(rows)
    return {str(row.subject_id) if row.subject_id else None: row.details for row in rows}


@once
async def test_failures_are_a_row_a_minute_for_each_account_with_their_count(postern: Postern) -> None:
    ben, ann = (await postern.logged_in(BEN))["user"]["id"], (await postern.logged_in())["user"]["id"]
    await fail(postern, EMAIL, 4)
    await fail(postern, BEN, 2)
    await fail(postern, "nobody@example.com", 3)
    await fail(postern, "no one@", 1)
    assert await failed() == {}
    await failures.write()
    seen = {
        ann: {"count": 4, "wrong_password": 4},
        ben: {"count": 2, "wrong_password": 2},
        None: {"count": 4, "unknown_address": 4},
    }
    assert await failed() == seen
    assert await AuditEvent.filter(event="login_failed", ip_address="127.0.0.1").count() == len(seen)
    await failures.write()
    assert await failed() == seen, "each once"


@once
async def test_beyond_what_a_minute_holds_nobody_is_named_and_everything_is_counted(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = (await postern.logged_in(BEN))["user"]["id"]
    await postern.logged_in()
    monkeypatch.setattr(failures, "MOST", 1)
    await fail(postern, BEN, 1)
    await fail(postern, EMAIL, 2)
    await fail(postern, BEN, 1)
    await failures.write()
    assert await failed() == {
        ben: {"count": 2, "wrong_password": 2},
        None: {"count": 2, "wrong_password": 2},
    }


async def test_failures_that_cannot_be_written_are_kept_for_the_next_minute(postern: Postern) -> None:
    ann = (await postern.logged_in())["user"]["id"]
    await fail(postern, EMAIL, 2)
    await AuditEvent._meta.db.execute_script("ALTER TABLE audit_events RENAME TO elsewhere")
    await failures.write()
    await AuditEvent._meta.db.execute_script("ALTER TABLE elsewhere RENAME TO audit_events")
    assert await failed() == {}
    await fail(postern, EMAIL, 1)
    await failures.write()
    assert await failed() == {ann: {"count": 3, "wrong_password": 3}}


async def test_failures_at_an_account_that_is_deleted_meanwhile_tell_of_no_place(postern: Postern) -> None:
    await postern.logged_in(BEN)
    login = await postern.logged_in()
    await fail(postern, EMAIL, 1)
    await fail(postern, BEN, 1)
    await postern.do(DELETE, login["accessToken"], password=PASSWORD)
    await failures.write()
    rows = {str(row.subject_id): row.ip_address for row in await AuditEvent.filter(event="login_failed")}
    assert rows.pop(login["user"]["id"]) is None
    assert list(rows.values()) == ["127.0.0.1"], "a neighbour's"


async def test_nobody_takes_along_where_somebody_has_failed_to_log_in_from(postern: Postern) -> None:
    login = await postern.logged_in()
    await fail(postern, EMAIL, 1)
    await failures.write()
    export = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    assert "login_failed" not in [event["event"] for event in export["events"]]


@once
async def test_a_server_that_stops_keeps_its_last_failures(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    async with running(settings, post) as server:
        ann = (await server.logged_in())["user"]["id"]
        await fail(server, EMAIL, 1)
    async with running(settings, post):
        assert await failed() == {ann: {"count": 1, "wrong_password": 1}}


def test_whatever_is_decided_when_it_is_due_has_somebody_who_decides(make_settings: MakeSettings) -> None:
    known = composers(make_settings()).keys()
    assert {posting for posting in KINDS.values() if issubclass(posting, Deferred)} <= known
