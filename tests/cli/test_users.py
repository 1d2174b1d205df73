"""`postern users …` and `postern sessions …`: what an operator sees of accounts, and does to them"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import database
from models import ADMIN, AuditEvent, Identity, Letter, Registration, Session, User, UserRole
from resolvers import roles
from tests.support.account import EXPORT, NEW_PASSWORD, RESET, requested_reset, works
from tests.support.databases import once
from tests.support.factors import in_steps, set_up
from tests.support.operators import asked, operate
from tests.support.outbox import done_with
from tests.support.passkeys import with_passkey
from tests.support.postern import EMAIL, Postern

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"


async def rows() -> list[Any]:
    """All that a refused command must leave as it was."""
    return [await table.all().order_by("id").values() for table in (User, Session, Registration, Letter, AuditEvent)]


async def ben_and_rows(server: Postern) -> tuple[dict[str, Any], list[Any]]:
    """A neighbour, and what must stay of theirs."""
    login = await server.logged_in(BEN)
    return login, await rows_of(login)


async def rows_of(login: dict[str, Any]) -> list[Any]:
    ben = login["user"]["id"]
    return [await User.filter(id=ben).values(), await Session.filter(user_id=ben).values()]


@once
async def test_an_account_is_shown_with_its_sessions_and_nothing_secret_or_of_a_neighbours(
    postern: Postern, tmp_path: Path
) -> None:
    ben = await postern.logged_in(BEN)
    await with_passkey(postern, ben, asSecondFactor=True)
    owner: dict[str, Any] = {"user_id": ben["user"]["id"], "created_at": (now := datetime.now(UTC))}
    await Identity.create(**owner, provider="google", issuer="i", subject="s")
    await Letter.create(**owner, kind="password_changed", due_at=now + timedelta(hours=1))
    await postern.register(BEN)  # which waits
    await done_with("already_registered")
    await roles.grant_first(BEN, ADMIN)
    await in_steps(postern, await set_up(postern, ben), BEN)
    await set_up(postern, await postern.logged_in(name="Ann"))
    account = await asked(tmp_path, postern.settings, "users", "show", "Ann@Example.com")
    (session,) = account.pop("sessions")
    assert session["methods"] == ["password", "totp"]
    user = await User.get(canonical_email=EMAIL)
    assert account == {
        "id": str(user.id),
        "email": EMAIL,
        "name": "Ann",
        "locale": "en",
        "created_at": user.created_at.isoformat(),
        "email_confirmed_at": user.created_at.isoformat(),
        "disabled_at": None,
        "disabled_reason": None,
        "registrations_waiting": 0,
        "has_password": True,
        "authenticator_apps": 1,
        "passkeys": 0,
        "recovery_codes": 10,
        "identities": [],
        "roles": [],
        "devices": 0,
        "letters_waiting": 0,
    }
    bens = await asked(tmp_path, postern.settings, "users", "show", BEN)
    assert (len(bens.pop("sessions")), bens["id"]) == (2, ben["user"]["id"])
    counts = ("registrations_waiting", "authenticator_apps", "passkeys", "recovery_codes", "devices", "letters_waiting")
    assert [bens[name] for name in counts] == [1, 1, 1, 10, 1, 1]
    assert (bens["identities"], bens["roles"]) == (["google"], [ADMIN])
    shown = (await operate(tmp_path, postern.settings, "users", "show", EMAIL)).output
    assert user.password_hash
    assert user.password_hash not in shown + str(account)
    assert all(words in shown for words in (EMAIL, "has password", "yes", "LAST USED AT", str(user.id), session["id"]))


@once
async def test_what_a_stranger_has_typed_moves_nothing_on_an_operators_terminal(
    postern: Postern, tmp_path: Path
) -> None:
    await postern.logged_in()
    await Session.all().update(user_agent="\x1b[2J\x1b]0;owned\x07\nroot@host:~#")
    ended = await operate(tmp_path, postern.settings, "users", "show", EMAIL)
    assert "\\x1b[2J\\x1b]0;owned\\x07\\nroot@host:~#" in ended.output
    assert "\x1b" not in ended.output


async def test_an_operator_confirms_an_address_and_no_registration_wins_by_that(
    postern: Postern, tmp_path: Path
) -> None:
    link = await postern.registered()
    await postern.registered(BEN)
    assert await asked(tmp_path, postern.settings, "users", "confirm", EMAIL) == {"confirmed": True}
    assert (await postern.login())["__typename"] == "InvalidCredentials"
    assert (await postern.confirm(link))["__typename"] == "InvalidToken"
    event = await AuditEvent.get(event="email_confirmed")
    assert (event.actor_id, event.details) == (None, {})
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    assert (await postern.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"
    assert (await postern.login(BEN))["__typename"] == "EmailNotConfirmed", "the neighbour's waits"
    assert await asked(tmp_path, postern.settings, "users", "confirm", EMAIL) == {"confirmed": False}
    assert await AuditEvent.filter(event="email_confirmed").count() == 1


async def test_an_operator_closes_an_account_and_opens_it_again(postern: Postern, tmp_path: Path) -> None:
    ben, before = await ben_and_rows(postern)
    login = await postern.logged_in()
    words = ("users", "disable", EMAIL, "--reason", "asked for it", "--tell-owner")
    assert await asked(tmp_path, postern.settings, *words) == {"disabled": True}
    assert not await works(postern, login)
    assert (await postern.login())["__typename"] == "AccountDisabled"
    shown = await asked(tmp_path, postern.settings, "users", "show", EMAIL)
    assert (shown["disabled_reason"], shown["sessions"]) == ("asked for it", [])
    assert await asked(tmp_path, postern.settings, *words) == {"disabled": False}
    assert await Letter.filter(kind="account_disabled").count() == 1
    assert await asked(tmp_path, postern.settings, "users", "enable", EMAIL) == {"enabled": True}
    assert await asked(tmp_path, postern.settings, "users", "enable", EMAIL) == {"enabled": False}
    assert (await postern.login())["__typename"] == "LoggedIn"
    told = await AuditEvent.filter(event__in=["account_disabled", "account_enabled"]).order_by("id")
    assert [(row.event, row.actor_id, row.details) for row in told] == [
        ("account_disabled", None, {"closed": 1}),
        ("account_enabled", None, {}),
    ]
    assert await rows_of(ben) == before
    wrong = await operate(tmp_path, postern.settings, "users", "disable", EMAIL, "--reason", "two\nlines")
    assert (wrong.code, (await User.get(canonical_email=EMAIL)).disabled_at) == (2, None)


@once
async def test_an_operator_takes_a_role_away_again(postern: Postern, tmp_path: Path) -> None:
    await postern.logged_in()
    await postern.logged_in(BEN)
    for address in (EMAIL, BEN):
        assert await asked(tmp_path, postern.settings, "roles", "grant", address, "admin") == {"granted": True}
    assert await asked(tmp_path, postern.settings, "roles", "revoke", EMAIL, "admin") == {"revoked": True}
    assert await asked(tmp_path, postern.settings, "roles", "revoke", EMAIL, "admin") == {"revoked": False}
    assert (await AuditEvent.get(event="role_revoked")).actor_id is None
    assert [(await row.user).canonical_email for row in await UserRole.all()] == [BEN]
    (admin,) = await asked(tmp_path, postern.settings, "roles", "list")
    assert (admin["name"], "MANAGE_USERS" in admin["permissions"]) == ("admin", True)


async def test_an_operator_erases_an_account_and_its_owner_is_told(postern: Postern, tmp_path: Path) -> None:
    ben, before = await ben_and_rows(postern)
    login = await postern.logged_in()
    await done_with("confirm_email")
    held = await rows()
    kept = await operate(tmp_path, postern.settings, "users", "delete", EMAIL, "--json")
    assert (kept.code, kept.output, "Erase this account" in kept.complaint) == (1, "", True), "nobody has said yes"
    assert await rows() == held

    gone = await asked(tmp_path, postern.settings, "users", "delete", EMAIL, "--yes")

    assert gone == {"deleted": login["user"]["id"]}
    assert not await works(postern, login)
    assert await User.filter(canonical_email=EMAIL).count() == 0
    assert (await AuditEvent.get(event="account_deleted")).actor_id is None
    assert await AuditEvent.filter(subject_id=login["user"]["id"], ip_address__isnull=False).count() == 0
    await postern.register("bell@example.com")  # wakes the worker
    await done_with("account_deleted")
    assert [letter["To"] for letter in postern.post.letters if "deleted" in letter["Subject"]] == [EMAIL]
    assert await rows_of(ben) == before


@once
async def test_nobody_is_told_that_an_account_is_gone_whose_address_nobody_has_confirmed(
    postern: Postern, tmp_path: Path
) -> None:
    await postern.registered()
    await operate(tmp_path, postern.settings, "users", "delete", EMAIL, "--yes")
    assert await User.all().count() == await Letter.filter(kind="account_deleted").count() == 0


@once
async def test_an_export_is_what_its_owner_would_get(postern: Postern, tmp_path: Path) -> None:
    login = await postern.logged_in()
    await postern.logged_in(BEN)
    given = json.loads((await operate(tmp_path, postern.settings, "users", "export", EMAIL)).output)
    own = (await postern.ask(EXPORT, token=login["accessToken"]))["data"]["me"]["exportMyData"]
    own["events"] = [event for event in own["events"] if event["event"] != "data_exported"]
    assert given == own
    assert await AuditEvent.filter(event="data_exported").count() == 2


async def test_an_operator_closes_one_session_of_an_account_or_all(postern: Postern, tmp_path: Path) -> None:
    ben, before = await ben_and_rows(postern)
    first = await postern.logged_in()
    others = [await postern.login() for _ in range(2)]
    (session, *_) = (await asked(tmp_path, postern.settings, "users", "show", EMAIL))["sessions"]
    revoke = ("sessions", "revoke", EMAIL)
    assert await asked(tmp_path, postern.settings, *revoke, "--session", session["id"]) == {"closed": 1}
    assert [await works(postern, login) for login in (first, *others)] == [False, True, True]
    foreign = await Session.get(user_id=ben["user"]["id"])
    ended = await operate(tmp_path, postern.settings, *revoke, "--session", str(foreign.id))
    assert (ended.code, "no such session" in ended.complaint) == (1, True)
    assert await asked(tmp_path, postern.settings, *revoke) == {"closed": 2}
    assert [await works(postern, login) for login in (first, *others)] == [False, False, False]
    assert await rows_of(ben) == before
    told = await AuditEvent.filter(event__in=["session_closed", "all_sessions_closed"]).order_by("id")
    assert [(row.event, row.actor_id, row.details) for row in told] == [
        ("session_closed", None, {}),
        ("all_sessions_closed", None, {"closed": 2}),
    ]


@once
async def test_where_there_is_no_such_account_nothing_changes(postern: Postern, tmp_path: Path) -> None:
    await postern.logged_in()
    before, place = await rows(), database.described(postern.settings.database_url)
    commands = [
        "users show",
        "users confirm",
        "users enable",
        "users disable --reason x",
        "users export",
        "users delete --yes",
        "sessions revoke",
    ]
    for words in commands:
        ended = await operate(tmp_path, postern.settings, *words.split(), "nobody@example.com")
        assert (ended.code, ended.output) == (1, ""), words
        assert f"No account has this address in {place}:" in ended.complaint
    assert await rows() == before
