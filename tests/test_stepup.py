"""Step-up: what matters asks who is there, and what a login is worth for that"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import jwt
import pytest

from locales import texts
from models import Letter, Link, Purpose, RecoveryCode, Session, TotpSecret, User
from resolvers import recovery, stepup, totp
from security import recovery_codes, tokens
from tests.support.account import (
    CHANGE_PASSWORD,
    DELETE,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    REQUEST_CHANGE,
    SESSIONS,
    works,
)
from tests.support.databases import once
from tests.support.factors import (
    CONFIRM_TOTP,
    NEW_CODES,
    REMOVE,
    START,
    START_STEP_UP,
    STEP_UP,
    App,
    ask,
    in_steps,
    set_up,
)
from tests.support.given import MakeSettings
from tests.support.passkeys import log_in, with_passkey
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
TEN_MINUTES = timedelta(minutes=10)
MATTERS = {
    "changePassword": (CHANGE_PASSWORD, {"newPassword": NEW_PASSWORD}, "currentPassword", "PasswordChanged"),
    "requestEmailChange": (REQUEST_CHANGE, {"newEmail": NEW_EMAIL}, "password", "EmailChangeRequested"),
    "deleteAccount": (DELETE, {}, "password", "AccountDeleted"),
}
each = pytest.mark.parametrize("name", MATTERS)


async def does(server: Postern, name: str, login: dict[str, Any], **given: str | None) -> dict[str, Any]:
    """What one of those operations answers; `password` is sent under the name that it has there."""
    query, inputs, field, _ = MATTERS[name]
    password = {field: given["password"]} if given else {}
    return await server.do(query, login["accessToken"], **inputs, **password)


async def stepped_up(login: dict[str, Any], ago: timedelta | None) -> None:
    """Have a login's session be one that was asked who is there so long ago, or never."""
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    moment = ago and datetime.now(UTC) - ago
    assert await Session.filter(id=claims["sid"]).update(stepped_up_at=moment) == 1


async def everything() -> list[Any]:
    """All that what matters may change."""
    rows = [await table.all().order_by("id").values() for table in (User, Session, Link)]
    return [*rows, await Letter.all().order_by("id").values_list("id", flat=True)]


async def without_password(server: Postern) -> dict[str, Any]:
    """A login to an account that has no password any more."""
    login = await server.logged_in()
    await User.filter(canonical_email=EMAIL).update(password_hash="")
    return login


@each
@once
async def test_an_account_that_has_a_password_is_asked_for_it_however_fresh_the_login(
    postern: Postern, name: str
) -> None:
    login = await postern.logged_in()
    before = await everything()
    needed = {"__typename": "StepUpNeeded", "methods": ["PASSWORD"], "message": texts("en")("refusal.password_needed")}
    assert await does(postern, name, login) == needed
    assert await does(postern, name, login, password=None) == needed
    assert (await does(postern, name, login, password=""))["__typename"] == "InvalidCredentials"
    assert await everything() == before


@each
@once
async def test_the_password_is_enough_however_old_the_login(postern: Postern, name: str) -> None:
    login = await postern.logged_in()
    await stepped_up(login, None)
    assert (await does(postern, name, login, password=PASSWORD))["__typename"] == MATTERS[name][3]


@each
@once
async def test_an_account_without_a_password_does_it_within_ten_minutes_of_a_login(postern: Postern, name: str) -> None:
    ben, login = await postern.logged_in(BEN), await without_password(postern)
    await stepped_up(ben, TEN_MINUTES)
    await stepped_up(login, TEN_MINUTES - timedelta(seconds=30))
    assert (await does(postern, name, login))["__typename"] == MATTERS[name][3]
    assert await works(postern, ben)
    assert (await postern.login(BEN))["__typename"] == "LoggedIn"
    assert await Link.filter(user_id=ben["user"]["id"]).exclude(purpose=Purpose.CONFIRM_EMAIL).count() == 0


@each
@pytest.mark.parametrize("ago", [TEN_MINUTES, None])
@once
async def test_after_that_it_has_to_prove_itself_by_a_code_or_a_new_login(
    postern: Postern, name: str, ago: timedelta | None
) -> None:
    login = await postern.logged_in()
    other = await postern.login()
    await User.all().update(password_hash="")
    await stepped_up(login, ago)
    before = await everything()
    needed = {"__typename": "StepUpNeeded", "methods": ["MAILED_CODE"], "message": texts("en")("refusal.code_needed")}
    assert await does(postern, name, login) == needed
    assert (await does(postern, name, login, password=PASSWORD))["__typename"] == "InvalidCredentials"
    assert await everything() == before
    assert (await does(postern, name, other))["__typename"] == MATTERS[name][3]


@once
async def test_a_refresh_makes_no_login_younger(postern: Postern) -> None:
    login = await without_password(postern)
    await stepped_up(login, timedelta(hours=1))
    at = (await Session.get()).stepped_up_at
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert at
    claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
    assert (claims["amr"], claims["auth_time"]) == (["pwd"], int(at.timestamp()))
    assert (await does(postern, "deleteAccount", refreshed))["__typename"] == "StepUpNeeded"
    assert await works(postern, refreshed)


async def it_grows_stale(_: Postern, login: dict[str, Any]) -> None:
    await stepped_up(login, TEN_MINUTES)


async def it_is_closed(server: Postern, login: dict[str, Any]) -> None:
    await server.ask(LOGOUT, token=login["accessToken"])


async def the_account_changes(_: Postern, login: dict[str, Any]) -> None:
    await User.filter(id=login["user"]["id"]).update(credentials_version=100)


@each
@pytest.mark.parametrize(
    ("happens", "answer"),
    [
        (it_grows_stale, "StepUpNeeded"),
        (it_is_closed, "InvalidCredentials"),
        (the_account_changes, "InvalidCredentials"),
    ],
)
async def test_what_happens_to_the_session_meanwhile_counts(
    postern: Postern,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    happens: Callable[[Postern, dict[str, Any]], Awaitable[None]],
    answer: str,
) -> None:
    login = await without_password(postern)
    ask, before = stepup.ask, list[Any]()

    async def and_then(*arguments: Any) -> bool:
        asked = await ask(*arguments)
        await happens(postern, login)
        before.extend(await everything())
        return asked

    monkeypatch.setattr(stepup, "ask", and_then)
    assert (await does(postern, name, login))["__typename"] == answer
    assert await everything() == before


async def with_second_factor(server: Postern) -> tuple[dict[str, Any], App]:
    """A login to an account with a second factor, which it has proven longer ago."""
    login = await server.logged_in()
    app = await set_up(server, login)
    await stepped_up(login, TEN_MINUTES)
    return login, app


@once
@each
async def test_where_there_is_a_second_factor_the_password_alone_is_not_enough(postern: Postern, name: str) -> None:
    login, app = await with_second_factor(postern)
    before = await everything()
    for password in (PASSWORD, "not it", None):
        refused = await does(postern, name, login, password=password)
        assert (refused["__typename"], refused["methods"]) == ("StepUpNeeded", ["TOTP", "RECOVERY_CODE"])
    assert await everything() == before
    assert (await step_up(postern, login, totpCode=await app.fresh_code()))["__typename"] == "SteppedUp"
    assert (await does(postern, name, login))["methods"] == ["PASSWORD"]
    assert (await does(postern, name, login, password="not it"))["__typename"] == "InvalidCredentials"
    assert (await does(postern, name, login, password=PASSWORD))["__typename"] == MATTERS[name][3]


@once
async def test_a_step_up_belongs_to_its_session_for_ten_minutes_and_a_refresh_prolongs_nothing(
    postern: Postern,
) -> None:
    login, app = await with_second_factor(postern)
    other = await in_steps(postern, app)
    await stepped_up(other, TEN_MINUTES)
    until = datetime.fromisoformat((await step_up(postern, login, recoveryCode=app.recovery_codes[0]))["until"])
    assert timedelta(minutes=9) < until - datetime.now(UTC) <= TEN_MINUTES
    assert (await ask(postern, NEW_CODES, other))["__typename"] == "StepUpNeeded"
    refreshed = await postern.do(REFRESH, refreshToken=login["refreshToken"])
    assert (await ask(postern, NEW_CODES, refreshed))["__typename"] == "RecoveryCodesCreated"
    await stepped_up(login, TEN_MINUTES)
    assert (await ask(postern, NEW_CODES, refreshed))["__typename"] == "StepUpNeeded"


@once
@pytest.mark.parametrize("query", [START, REMOVE, NEW_CODES])
async def test_what_touches_factors_needs_a_step_up_and_without_one_changes_nothing(
    postern: Postern, query: str
) -> None:
    login, _ = await with_second_factor(postern)
    before = [*await everything(), await TotpSecret.all().values(), await RecoveryCode.all().order_by("id").values()]
    assert (await ask(postern, query, login))["methods"] == ["TOTP", "RECOVERY_CODE"]
    assert (await postern.do(CONFIRM_TOTP, login["accessToken"], code="123456"))["__typename"] == "StepUpNeeded"
    after = [*await everything(), await TotpSecret.all().values(), await RecoveryCode.all().order_by("id").values()]
    assert after == before


@once
@pytest.mark.parametrize(
    ("room", "name", "query"), [(totp, "start", START), (totp, "remove", REMOVE), (recovery, "create", NEW_CODES)]
)
@pytest.mark.parametrize("happens", [it_grows_stale, it_is_closed])
async def test_what_touches_factors_asks_again_where_something_has_changed_meanwhile(
    postern: Postern,
    monkeypatch: pytest.MonkeyPatch,
    *,
    room: ModuleType,
    name: str,
    query: str,
    happens: Callable[[Postern, dict[str, Any]], Awaitable[None]],
) -> None:
    login = await postern.logged_in()
    await set_up(postern, login)
    works_then, before = getattr(room, name), list[Any]()

    async def first(*arguments: Any) -> Any:
        await happens(postern, login)
        before.extend([*await everything(), await TotpSecret.all().values()])
        return await works_then(*arguments)

    monkeypatch.setattr(room, name, first)
    assert (await ask(postern, query, login))["methods"] == ["TOTP", "RECOVERY_CODE"]
    assert [*await everything(), await TotpSecret.all().values()] == before


async def test_a_double_click_is_not_asked_who_is_there(postern: Postern) -> None:
    ben, login = await postern.logged_in(BEN), await postern.logged_in()
    bens = await set_up(postern, ben)
    started = await ask(postern, START, login)
    code = App(base64.b32decode(started["secret"]), []).code()
    twice = await asyncio.gather(*(postern.do(CONFIRM_TOTP, login["accessToken"], code=code) for _ in range(2)))
    assert sorted(one["__typename"] for one in twice) == ["ExpiredToken", "TotpConfirmed"]

    made = await asyncio.gather(*(ask(postern, NEW_CODES, login) for _ in range(2)))
    assert [one["__typename"] for one in made] == ["RecoveryCodesCreated"] * 2
    (first, second) = [{tokens.digest(recovery_codes.normal(code)) for code in one["recoveryCodes"]} for one in made]
    theirs = RecoveryCode.filter(user_id=login["user"]["id"])
    kept = {code.code_digest for code in await theirs}
    assert first.isdisjoint(second)
    assert kept in (first, second), "those of the later one"

    removed = await asyncio.gather(*(ask(postern, REMOVE, login) for _ in range(2)))
    assert sorted(one["__typename"] for one in removed) == ["NotFound", "TotpRemoved"]
    assert (await in_steps(postern, bens, BEN))["__typename"] == "LoggedIn"


@once
async def test_an_account_without_a_second_factor_steps_up_by_its_password(postern: Postern) -> None:
    login = await postern.logged_in()
    await stepped_up(login, None)
    assert (await ask(postern, START, login))["methods"] == ["PASSWORD"]
    assert (await step_up(postern, login, password="not it"))["__typename"] == "InvalidCredentials"
    assert (await ask(postern, START, login))["__typename"] == "StepUpNeeded"
    assert (await step_up(postern, login, password=PASSWORD))["__typename"] == "SteppedUp"
    assert (await ask(postern, START, login))["__typename"] == "TotpStarted"


@once
async def test_with_a_second_factor_the_password_is_no_step_up(postern: Postern) -> None:
    login, app = await with_second_factor(postern)
    for password in (PASSWORD, "not it"):
        assert (await step_up(postern, login, password=password))["__typename"] == "InvalidProof"
    for proof in ({"totpCode": app.wrong_code()}, {"recoveryCode": "x"}):
        assert (await step_up(postern, login, **proof))["__typename"] == "InvalidProof"
    assert (await ask(postern, NEW_CODES, login))["__typename"] == "StepUpNeeded"


async def told(server: Postern, login: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """`methods`, and `amr` and `auth_time` of the session's next access token."""
    refreshed = await server.do(REFRESH, refreshToken=login["refreshToken"])
    login["refreshToken"] = refreshed["refreshToken"]
    claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
    return (await Session.get(id=claims["sid"])).methods, claims["amr"], claims["auth_time"]


async def now_as(login: dict[str, Any]) -> int:
    """When the session was stepped up, which was less than a minute ago."""
    claims = jwt.decode(login["accessToken"], options={"verify_signature": False})
    at = (await Session.get(id=claims["sid"])).stepped_up_at
    assert at
    assert timedelta(0) <= datetime.now(UTC) - at < timedelta(minutes=1)
    return int(at.timestamp())


@once
async def test_amr_and_auth_time_tell_of_the_same_proof(postern: Postern) -> None:
    ben, login = await postern.logged_in(BEN), await postern.logged_in()
    bens = (await told(postern, ben))[0]
    app = await set_up(postern, login)
    assert await told(postern, login) == (["password", "totp"], ["pwd", "otp", "mfa"], await now_as(login))
    await stepped_up(login, timedelta(hours=1))
    await step_up(postern, login, recoveryCode=app.recovery_codes[0])
    assert await told(postern, login) == (["password", "recovery_code"], ["pwd", "otp", "mfa"], await now_as(login))

    first = await in_steps(postern, app, remember=True)
    again = await postern.login(deviceToken=first["deviceToken"])
    created = (await Session.all().order_by("-id").first() or Session()).created_at
    remembered = ["password", "remembered_device"]
    assert await told(postern, again) == (remembered, ["pwd"], int(created.timestamp()))
    await step_up(postern, again, totpCode=await app.fresh_code())
    assert await told(postern, again) == (["password", "totp"], ["pwd", "otp", "mfa"], await now_as(again))

    await ask(postern, REMOVE, again)
    await stepped_up(again, timedelta(hours=1))
    await step_up(postern, again, password=PASSWORD)
    assert await told(postern, again) == (["password"], ["pwd"], await now_as(again)), "no factor was proven then"
    assert (await told(postern, ben))[0] == bens == ["password"]


@once
async def test_a_passkey_that_steps_up_is_told_with_what_it_proves(postern: Postern) -> None:
    login = await postern.logged_in()
    key = await with_passkey(postern, login)
    for opened, methods, amr in (
        (login, ["password", "synced_passkey"], ["pwd", "swk", "mfa"]),
        (await log_in(postern, key), ["synced_passkey"], ["swk", "mfa"]),
    ):
        await stepped_up(opened, timedelta(hours=1))
        begun = await postern.do(START_STEP_UP, opened["accessToken"], method="PASSKEY")
        proof = {"passkey": key.get(begun["passkeyOptions"])}
        done = await postern.do(STEP_UP, opened["accessToken"], ceremony=begun["ceremony"], proof=proof)
        assert done["__typename"] == "SteppedUp"
        assert await told(postern, opened) == (methods, amr, await now_as(opened))


@pytest.mark.parametrize("method", ["PASSWORD", "TOTP", "RECOVERY_CODE", "PASSKEY", "MAILED_CODE"])
@once
async def test_what_needs_no_beginning_or_is_not_there_is_not_begun(postern: Postern, method: str) -> None:
    login, _ = await with_second_factor(postern)
    begun = await postern.do(START_STEP_UP, login["accessToken"], method=method)
    assert (begun["__typename"], begun["errors"]) == ("InvalidInput", [{"field": "method", "code": "INVALID"}])


@once
async def test_somebody_elses_proof_is_none(postern: Postern) -> None:
    ben = await postern.logged_in(BEN)
    bens = await set_up(postern, ben)
    login, _ = await with_second_factor(postern)
    for proof in ({"totpCode": await bens.fresh_code()}, {"recoveryCode": bens.recovery_codes[0]}):
        assert (await step_up(postern, login, **proof))["__typename"] == "InvalidProof"
    assert await RecoveryCode.filter(user_id=ben["user"]["id"]).count() == 10


async def step_up(server: Postern, login: dict[str, Any], **proof: str) -> dict[str, Any]:
    """What a proof of who is there answers."""
    return await server.do(STEP_UP, login["accessToken"], proof=proof)


@once
async def test_each_session_tells_what_it_was_opened_with_and_until_when_its_login_counts(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, step_up_lifetime=3600)
    async with running(settings, post) as server:
        older, login = await server.logged_in(), await server.login()
        await stepped_up(older, timedelta(hours=1))
        told = (await server.ask(SESSIONS, token=login["accessToken"]))["data"]["me"]["sessions"]
    assert [one["methods"] for one in told] == [["PASSWORD"]] * 2
    until = {one["current"]: one["steppedUpUntil"] for one in told}
    assert until[False] is None
    (created,) = [datetime.fromisoformat(one["createdAt"]) for one in told if one["current"]]
    assert datetime.fromisoformat(until[True]) == created + timedelta(hours=1)
