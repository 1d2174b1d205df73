"""Accounts without a password can do all that others can, and say who they are by a code in a letter"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from models import Link, LoginTicket, Session, User
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    DELETE,
    EXPORT,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    REQUEST_CHANGE,
    RESET,
    REVOKE_OTHERS,
    SESSIONS,
    SET_PASSWORD,
    UNDO_CHANGE,
    UPDATE_PROFILE,
    requested_reset,
    works,
)
from tests.support.codes import (
    by_mail,
    requested,
    step_up,
    step_up_code,
    stepped_up_longer_ago,
    with_code,
    without_password,
    wrong,
)
from tests.support.databases import once
from tests.support.factors import NEW_CODES, REMOVE, START, START_STEP_UP, ask, set_up
from tests.support.given import MakeSettings
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice, body
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"
FIFTY = 50
HAS_PASSWORD = "{ me { hasPassword } }"
MATTERS = {
    "setPassword": (SET_PASSWORD, {"newPassword": NEW_PASSWORD}, "PasswordChanged"),
    "changePassword": (CHANGE_PASSWORD, {"newPassword": NEW_PASSWORD}, "PasswordChanged"),
    "requestEmailChange": (REQUEST_CHANGE, {"newEmail": NEW_EMAIL}, "EmailChangeRequested"),
    "deleteAccount": (DELETE, {}, "AccountDeleted"),
    "startTotp": (START, None, "TotpStarted"),
}


@pytest.fixture
async def server(make_settings: MakeSettings, database_url: str, post: PostOffice) -> AsyncIterator[Postern]:
    settings = make_settings(database_url=database_url, smtp_url=post.url, login_codes=True)
    async with running(settings, post) as one:
        yield one


async def does(server: Postern, name: str, login: dict[str, Any]) -> dict[str, Any]:
    """What one of those operations answers."""
    query, inputs, _ = MATTERS[name]
    if inputs is None:
        return await ask(server, query, login)
    return await server.do(query, login["accessToken"], **inputs)


async def everything() -> list[Any]:
    return [await table.all().order_by("id").values() for table in (User, Session, Link)]


async def has_password(server: Postern, login: dict[str, Any]) -> bool:
    return bool((await server.ask(HAS_PASSWORD, token=login["accessToken"]))["data"]["me"]["hasPassword"])


@once
async def test_no_password_opens_an_account_without_one(server: Postern) -> None:
    login = await without_password(server)
    for password in ("", PASSWORD, "None"):
        assert (await server.login(password=password))["__typename"] == "InvalidCredentials"
    assert not await has_password(server, login)
    assert await Session.all().count() == 1


@pytest.mark.parametrize("name", MATTERS)
async def test_what_matters_asks_for_a_code_once_the_login_is_ten_minutes_old(server: Postern, name: str) -> None:
    login = await without_password(server)
    await stepped_up_longer_ago(login)
    before = await everything()
    assert (await does(server, name, login))["methods"] == ["MAILED_CODE"]
    assert await everything() == before

    stepped = await step_up(server, login, *await step_up_code(server, login))

    until = datetime.fromisoformat(stepped["until"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < until <= timedelta(minutes=10)
    assert (await does(server, name, login))["__typename"] == MATTERS[name][2]


@once
async def test_it_works_also_where_nobody_logs_in_by_codes(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    usual = {"database_url": database_url, "smtp_url": post.url}
    async with running(make_settings(**usual, login_codes=True), post) as one:
        login = await without_password(one)
    async with running(make_settings(**usual), post) as server:
        await stepped_up_longer_ago(login)
        assert (await step_up(server, login, *await step_up_code(server, login)))["__typename"] == "SteppedUp"


@once
async def test_a_code_belongs_to_its_session_and_to_its_beginning_and_is_good_once(server: Postern) -> None:
    login = await without_password(server)
    other = await by_mail(server)
    for one in (login, other):
        await stepped_up_longer_ago(one)
    first, second = await step_up_code(server, login), await step_up_code(server, login)
    assert (await step_up(server, other, *first))["__typename"] == "InvalidToken"
    assert (await step_up(server, login, first[0], second[1]))["__typename"] == "InvalidProof"
    assert (await step_up(server, login, "x", first[1]))["__typename"] == "InvalidToken"
    ticket, code = await requested(server)
    assert (await step_up(server, login, ticket, code))["__typename"] == "InvalidToken"
    assert (await with_code(server, *first))["__typename"] == "InvalidProof", "nor does it log anybody in"
    assert (await does(server, "startTotp", login))["__typename"] == "StepUpNeeded"
    assert (await step_up(server, login, *first))["__typename"] == "SteppedUp"
    assert (await step_up(server, login, *first))["__typename"] == "InvalidToken"
    assert (await does(server, "startTotp", other))["__typename"] == "StepUpNeeded"
    assert (await does(server, "startTotp", login))["__typename"] == "TotpStarted"


async def test_of_many_codes_at_once_five_are_evaluated_and_one_is_good(server: Postern) -> None:
    login = await without_password(server)
    for good, expected in ((False, {"InvalidProof": 5, "InvalidToken": 45}), (True, {"SteppedUp": 1})):
        ceremony, code = await step_up_code(server, login)
        typed = code if good else wrong(code)
        answers = await asyncio.gather(*(step_up(server, login, ceremony, typed) for _ in range(FIFTY)))
        found = [answer["__typename"] for answer in answers]
        assert {kind: found.count(kind) for kind in expected} == expected
        assert (await step_up(server, login, ceremony, code))["__typename"] == "InvalidToken"


async def test_after_ten_minutes_its_time_is_over(server: Postern) -> None:
    login = await without_password(server)
    await stepped_up_longer_ago(login)
    begun = await step_up_code(server, login)
    await LoginTicket.all().update(expires_at=datetime.now(UTC))
    expired = await step_up(server, login, *begun)
    assert (expired["__typename"], "begin again" in expired["message"]) == ("ExpiredToken", True)
    assert (await does(server, "startTotp", login))["__typename"] == "StepUpNeeded"


@once
async def test_it_goes_with_its_session(server: Postern) -> None:
    login = await without_password(server)
    bens = await step_up_code(server, ben := await without_password(server, BEN))
    await step_up_code(server, login)
    await server.ask(LOGOUT, token=login["accessToken"])
    assert await LoginTicket.all().count() == 1
    assert (await step_up(server, ben, *bens))["__typename"] == "SteppedUp"


@once
async def test_a_changed_account_voids_the_code_of_a_step_up(server: Postern) -> None:
    login = await without_password(server)
    begun = await step_up_code(server, login)
    await set_up(server, login)
    ended = await step_up(server, login, *begun)
    assert (ended["__typename"], "begin again" in ended["message"]) == ("InvalidToken", True)


@once
async def test_who_has_something_else_gets_no_code(server: Postern) -> None:
    with_one = await server.logged_in(BEN)
    login = await without_password(server)
    await set_up(server, login)
    for one in (with_one, login):
        refused = await server.do(START_STEP_UP, one["accessToken"], method="MAILED_CODE")
        assert (refused["__typename"], refused["errors"]) == ("InvalidInput", [{"field": "method", "code": "INVALID"}])
    assert not await LoginTicket.all().exists()
    await stepped_up_longer_ago(login)
    assert (await does(server, "setPassword", login))["methods"] == ["TOTP", "RECOVERY_CODE"]


@once
async def test_what_is_no_code_is_wrong_and_no_crash(server: Postern) -> None:
    login = await without_password(server)

    async def is_wrong(code: str) -> None:
        ceremony, right = await step_up_code(server, login)
        assert (await step_up(server, login, ceremony, code))["__typename"] == "InvalidProof"
        assert (await step_up(server, login, code, right))["__typename"] == "InvalidToken"
        assert (await step_up(server, login, ceremony, right))["__typename"] == "SteppedUp"

    await each(["", "1234567", "\ud800", "0" * 90_000, "\uff11" * 8], is_wrong)


@once
async def test_a_first_password_counts_closes_the_other_sessions_and_is_told_by_mail(server: Postern) -> None:
    ben = await server.logged_in(BEN)
    login = await without_password(server)
    others = [await by_mail(server) for _ in range(2)]
    given = await requested(server)
    before = len(await server.post.letters_to(EMAIL))
    answer = await server.do(SET_PASSWORD, login["accessToken"], newPassword=NEW_PASSWORD)
    assert answer == {"__typename": "PasswordChanged", "sessionsRevoked": 2}
    assert [await works(server, one) for one in (login, *others, ben)] == [True, False, False, True]
    told = (await server.post.letters_to(EMAIL, before + 1))[before]
    assert told["Subject"] == "Your Postern account has a password now"
    assert "Forgot password" in body(told)
    assert await has_password(server, login)
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"
    assert (await server.login(BEN))["__typename"] == "LoggedIn"
    assert (await with_code(server, *given))["__typename"] == "InvalidProof", "an older code is void"
    again = await server.do(SET_PASSWORD, login["accessToken"], newPassword="another gate at noon")
    assert again["errors"] == [{"field": "newPassword", "code": "INVALID"}]
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_of_many_first_passwords_at_once_one_counts(server: Postern) -> None:
    login = await without_password(server)
    passwords = [f"a quiet gate number {n} at dusk" for n in range(5)]
    answers = await asyncio.gather(
        *(server.do(SET_PASSWORD, login["accessToken"], newPassword=each) for each in passwords)
    )
    kinds = [answer["__typename"] for answer in answers]
    assert kinds.count("PasswordChanged") == 1
    assert set(kinds) <= {"PasswordChanged", "StepUpNeeded", "InvalidInput"}
    logins = [(await server.login(password=each))["__typename"] for each in passwords]
    assert logins.count("LoggedIn") == 1
    assert logins.index("LoggedIn") == kinds.index("PasswordChanged")


@once
async def test_a_weak_first_password_is_refused_by_name_and_an_account_that_has_one_keeps_it(server: Postern) -> None:
    login = await without_password(server)
    ben = await server.logged_in(BEN)
    before = await User.all().order_by("id").values()
    weak = await server.do(SET_PASSWORD, login["accessToken"], newPassword="password")
    assert [error["field"] for error in weak["errors"]] == ["newPassword"]
    refused = await server.do(SET_PASSWORD, ben["accessToken"], newPassword=NEW_PASSWORD)
    assert refused["errors"] == [{"field": "newPassword", "code": "INVALID"}]
    assert await User.all().order_by("id").values() == before


@once
async def test_a_forgotten_password_that_never_was_is_chosen_by_letter(server: Postern) -> None:
    login = await without_password(server)
    token = await requested_reset(server)
    assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert not await works(server, login)
    assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


@once
async def test_an_account_without_a_password_lives_a_whole_life(server: Postern) -> None:
    login = await without_password(server)
    token = login["accessToken"]
    shown = (await server.ask(SESSIONS, token=token))["data"]["me"]["sessions"]
    assert [one["methods"] for one in shown] == [["MAILED_CODE"]]
    refreshed = await server.do(REFRESH, refreshToken=login["refreshToken"])
    claims = jwt.decode(refreshed["accessToken"], options={"verify_signature": False})
    assert claims["amr"] == ["email"]
    assert (await server.do(UPDATE_PROFILE, token, name="Ann"))["__typename"] == "ProfileUpdated"
    await by_mail(server)
    assert (await server.ask(REVOKE_OTHERS, token=token))["data"]["revokeOtherSessions"] == {"count": 1}
    exported = (await server.ask(EXPORT, token=token))["data"]["me"]["exportMyData"]
    assert exported["account"]["canonical_email"] == EMAIL

    before = len(await server.post.letters_to(EMAIL))
    await server.do(REQUEST_CHANGE, token, newEmail=NEW_EMAIL)
    change, undo = await server.letter_token(NEW_EMAIL), await server.letter_token(EMAIL, before + 1)
    assert (await server.do(CONFIRM_CHANGE, token=change))["__typename"] == "EmailChanged"
    moved = await by_mail(server, NEW_EMAIL)
    app = await set_up(server, moved)
    assert len(app.recovery_codes) == 10
    assert (await ask(server, NEW_CODES, moved))["__typename"] == "RecoveryCodesCreated"
    assert (await ask(server, REMOVE, moved))["__typename"] == "TotpRemoved"

    assert (await server.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"
    await done_with("choose_password")
    back = await by_mail(server)
    assert not await has_password(server, back)
    assert (await server.do(DELETE, back["accessToken"]))["__typename"] == "AccountDeleted"
    assert not await User.all().exists()
    assert not await LoginTicket.all().exists()
