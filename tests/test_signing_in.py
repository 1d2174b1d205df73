"""What every way of signing in ends in: the questions before a session is opened, and what is written of it"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import failures
from models import AuditEvent, Passkey, Session, TotpSecret, User
from security import totp
from security.passwords import Passwords, Verdict
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    NEW_EMAIL,
    NEW_PASSWORD,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
    works,
)
from tests.support.databases import once
from tests.support.factors import CONFIRM_TOTP, NEW_CODES, REMOVE, START, App, ask, first_step, set_up
from tests.support.given import MakeSettings
from tests.support.passkeys import with_passkey
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each

pytestmark = pytest.mark.anyio

Change = Callable[[Postern, dict[str, Any]], Awaitable[Callable[[], Awaitable[dict[str, Any]]]]]


def then_it_changes(monkeypatch: pytest.MonkeyPatch, changed: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """Have the account change once the next password has been found right."""
    verify = Passwords.verify

    async def and_then_it_changes(self: Passwords, *arguments: Any) -> Verdict:
        monkeypatch.undo()
        verdict = await verify(self, *arguments)
        assert "message" not in await changed()
        return verdict

    monkeypatch.setattr(Passwords, "verify", and_then_it_changes)


async def a_changed_password(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    return lambda: server.do(CHANGE_PASSWORD, login["accessToken"], **change)


async def a_reset(server: Postern, _: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    token = await requested_reset(server)
    return lambda: server.do(RESET, token=token, newPassword=NEW_PASSWORD)


async def another_address(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    token, _ = await requested_change(server, login)
    return lambda: server.do(CONFIRM_CHANGE, token=token)


async def the_old_address_again(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    _, token = await requested_change(server, login)
    return lambda: server.do(UNDO_CHANGE, token=token)


@once
@pytest.mark.parametrize("change", [a_changed_password, a_reset, another_address, the_old_address_again])
async def test_whoever_was_identified_before_the_account_changed_gets_no_session(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    ben, ann = await postern.logged_in("ben@example.com"), await postern.logged_in()
    changed = await change(postern, ann)
    version = (await User.get(canonical_email=EMAIL)).credentials_version
    then_it_changes(monkeypatch, changed)
    assert (await postern.login())["__typename"] == "InvalidCredentials"

    user = await User.get(id=ann["user"]["id"])
    assert user.credentials_version == version + 1
    assert user.canonical_email == (NEW_EMAIL if change is another_address else EMAIL)
    asking = 1 if change in (a_changed_password, another_address) else 0
    assert await Session.filter(user=user).count() == asking, "that which has asked for the change"
    await failures.write()
    told = await AuditEvent.get(event="login_failed")
    assert (told.subject_id, told.ip_address) == (user.id, "127.0.0.1")
    assert told.details == {"count": 1, "account_changed": 1}
    assert await works(postern, ben)
    assert (await User.get(id=ben["user"]["id"])).credentials_version == 0


async def new_codes(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    await set_up(server, login)
    return lambda: ask(server, NEW_CODES, login)


async def no_app(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    await set_up(server, login)
    return lambda: ask(server, REMOVE, login)


async def a_first_app(server: Postern, login: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    started = await ask(server, START, login)
    code = App(base64.b32decode(started["secret"]), []).code()
    return lambda: server.do(CONFIRM_TOTP, login["accessToken"], code=code)


@pytest.mark.parametrize(
    ("change", "answer"), [(new_codes, "SecondFactorNeeded"), (no_app, "LoggedIn"), (a_first_app, "SecondFactorNeeded")]
)
async def test_a_change_that_leaves_the_password_as_it_was_keeps_nobody_from_logging_in(
    postern: Postern, monkeypatch: pytest.MonkeyPatch, change: Change, answer: str
) -> None:
    login = await postern.logged_in()
    then_it_changes(monkeypatch, await change(postern, login))
    given = await first_step(postern)
    assert given["__typename"] == answer
    assert await AuditEvent.filter(event="login_failed").count() == 0
    if answer == "LoggedIn":
        assert await works(postern, given)


@once
async def test_whoever_knew_the_password_that_was_just_changed_has_used_up_no_attempt(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_limit_per_account="1 per minute")
    async with running(settings, post) as server:
        then_it_changes(monkeypatch, await a_changed_password(server, await server.logged_in()))
        assert (await server.login())["__typename"] == "InvalidCredentials"
        assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"
        assert (await server.login())["__typename"] == "InvalidCredentials", "it is the old one now"
        assert (await server.login(password=NEW_PASSWORD))["__typename"] == "TooManyAttempts"


async def test_of_two_logins_that_renew_a_hash_at_once_both_are_let_in(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    where = {"database_url": database_url, "smtp_url": post.url}
    async with running(make_settings(**where), post) as server:
        await server.logged_in()
    async with running(make_settings(**where, argon2_time_cost=2, hash_workers=2), post) as server:
        answers = await asyncio.gather(server.login(), server.login())
        assert [answer["__typename"] for answer in answers] == ["LoggedIn", "LoggedIn"]
        user = await User.get()
        assert "t=2" in str(user.password_hash)
        assert user.credentials_version == 0, "nobody who has proven something has to prove it again"


@once
async def test_the_factor_that_was_used_last_is_offered_first_and_recovery_codes_last(postern: Postern) -> None:
    login, now = await postern.logged_in(), datetime.now(UTC)
    await set_up(postern, login)
    await with_passkey(postern, login)

    async def is_offered(case: tuple[str, dict[str, int], dict[str, int]]) -> None:
        first, app, passkey = case
        at = {name: now - timedelta(hours=hours) for name, hours in (app | passkey).items()}
        step = int(at["code"].timestamp()) // totp.PERIOD_SECONDS if "code" in at else 0
        await TotpSecret.all().update(confirmed_at=at["confirmed"], last_step=step)
        await Passkey.all().update(created_at=at["added"], last_used_at=at.get("used"))
        assert (await first_step(postern))["methods"] == [first, *{"PASSKEY", "TOTP"} - {first}, "RECOVERY_CODE"]

    cases = (
        ("PASSKEY", {"confirmed": 4, "code": 3}, {"added": 2}),
        ("TOTP", {"confirmed": 4, "code": 1}, {"added": 2}),
        ("TOTP", {"confirmed": 1}, {"added": 3, "used": 2}),
        ("PASSKEY", {"confirmed": 4, "code": 1}, {"added": 3, "used": 0}),
    )
    await each(cases, is_offered)


@once
async def test_a_session_knows_what_it_was_opened_with_and_when(postern: Postern) -> None:
    await postern.logged_in()
    session = await Session.get()
    assert session.methods == ["password"]
    assert session.stepped_up_at == session.created_at
