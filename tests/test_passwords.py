"""changePassword, requestPasswordReset, resetPassword"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Letter, Link, Purpose, Registration, Session, User
from resolvers import stepup
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    LOGOUT,
    NEW_PASSWORD,
    REQUEST_CHANGE,
    REQUEST_RESET,
    RESET,
    requested_change,
    requested_reset,
    works,
)
from tests.support.databases import once
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.walks import each

pytestmark = pytest.mark.anyio

CHANGED = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
SENT = {"__typename": "PasswordResetSent", "email": EMAIL}


async def has_password(server: Postern, password: str) -> bool:
    return bool((await server.login(password=password))["__typename"] == "LoggedIn")


@once
async def test_a_changed_password_counts_closes_the_other_sessions_and_is_told_by_mail(postern: Postern) -> None:
    phone, laptop = await postern.joined(), await postern.login()
    result = await postern.do(CHANGE_PASSWORD, laptop["accessToken"], **CHANGED)
    assert result == {"__typename": "PasswordChanged", "sessionsRevoked": 1}
    assert not await works(postern, phone)
    assert await works(postern, laptop)
    assert not await has_password(postern, PASSWORD)
    assert await has_password(postern, NEW_PASSWORD)
    await postern.post.letters_to(EMAIL, 2)


@once
async def test_the_present_password_is_asked_again(postern: Postern) -> None:
    phone, laptop = await postern.logged_in(), await postern.login()
    wrong = CHANGED | {"currentPassword": "a guess at the gate"}
    assert (await postern.do(CHANGE_PASSWORD, laptop["accessToken"], **wrong))["__typename"] == "InvalidCredentials"
    assert await works(postern, phone)
    assert await has_password(postern, PASSWORD)
    assert await Letter.filter(kind="password_changed").count() == 0


@once
async def test_a_new_password_must_be_as_good_as_the_first(postern: Postern) -> None:
    login = await postern.logged_in()
    token = await requested_reset(postern)

    async def is_named(password: str) -> None:
        result = await postern.do(CHANGE_PASSWORD, login["accessToken"], **CHANGED | {"newPassword": password})
        assert (result["__typename"], result["errors"]) == ("InvalidInput", [{"field": "newPassword"}])
        result = await postern.do(RESET, token=token, newPassword=password)
        assert (result["__typename"], result["errors"]) == ("InvalidInput", [{"field": "newPassword"}])

    bad = ["short", "password123", "x" * 1025, "a quiet gate\0", "\ud800 a quiet gate", "annexample"]
    await each(bad, is_named)
    assert await works(postern, login)
    assert (await postern.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"


async def test_of_two_changes_at_once_one_wins(postern: Postern) -> None:
    login = await postern.logged_in()
    passwords = [NEW_PASSWORD, "another gate by night"]
    answers = await asyncio.gather(
        *(postern.do(CHANGE_PASSWORD, login["accessToken"], **CHANGED | {"newPassword": new}) for new in passwords)
    )
    assert sorted(answer["__typename"] for answer in answers) == ["InvalidCredentials", "PasswordChanged"]
    for new, answer in zip(passwords, answers, strict=True):
        assert await has_password(postern, new) is (answer["__typename"] == "PasswordChanged")


@once
async def test_the_link_in_the_letter_sets_a_new_password_and_closes_every_session(postern: Postern) -> None:
    login = await postern.joined()
    assert await postern.do(REQUEST_RESET, email=EMAIL.upper()) == SENT
    token = await postern.letter_token(nth=2)
    assert await postern.do(RESET, token=token, newPassword=NEW_PASSWORD) == {
        "__typename": "PasswordReset",
        "email": EMAIL,
    }
    assert not await works(postern, login)
    assert not await has_password(postern, PASSWORD)
    assert await has_password(postern, NEW_PASSWORD)
    await postern.post.letters_to(EMAIL, 3)


async def test_a_link_works_once_even_when_used_many_times_at_once(postern: Postern) -> None:
    await postern.logged_in()
    token = await requested_reset(postern)
    answers = await asyncio.gather(*(postern.do(RESET, token=token, newPassword=NEW_PASSWORD) for _ in range(10)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("PasswordReset"), kinds.count("InvalidToken")) == (1, 9)
    assert (await postern.do(RESET, token=token, newPassword=PASSWORD))["__typename"] == "InvalidToken"
    assert await has_password(postern, NEW_PASSWORD)


async def test_a_link_has_expired_after_an_hour(postern: Postern) -> None:
    login = await postern.logged_in()
    token = await requested_reset(postern)
    link = await Link.get(purpose=Purpose.RESET_PASSWORD)
    assert link.expires_at - link.created_at == timedelta(hours=1)
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await postern.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "ExpiredToken"
    assert await works(postern, login)
    assert await has_password(postern, PASSWORD)


@once
async def test_nobody_voids_a_link_by_asking_for_another_but_using_one_voids_the_rest(postern: Postern) -> None:
    await postern.logged_in()
    old, new = await requested_reset(postern), await requested_reset(postern)
    assert (await postern.do(RESET, token=old, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert (await postern.do(RESET, token=new, newPassword=PASSWORD))["__typename"] == "InvalidToken"
    assert await has_password(postern, NEW_PASSWORD)


async def test_a_link_in_the_mailbox_of_an_old_address_resets_nothing(postern: Postern) -> None:
    login = await postern.logged_in()
    reset = await requested_reset(postern)
    change, _ = await requested_change(postern, login)
    link = await Link.get(purpose=Purpose.RESET_PASSWORD)
    await postern.do(CONFIRM_CHANGE, token=change)
    await link.save(force_create=True)  # as if its letter had been composed in that moment
    await postern.logged_in()  # somebody else, who has the old address now
    assert (await postern.do(RESET, token=reset, newPassword=NEW_PASSWORD))["__typename"] == "InvalidToken"
    assert await has_password(postern, PASSWORD)


@once
async def test_an_intruder_who_changes_the_password_leaves_the_owners_link_alone(postern: Postern) -> None:
    login = await postern.logged_in()
    owners = await requested_reset(postern)
    await postern.do(CHANGE_PASSWORD, login["accessToken"], **CHANGED)
    assert (await postern.do(RESET, token=owners, newPassword=PASSWORD))["__typename"] == "PasswordReset"


@once
async def test_an_unknown_address_gets_the_same_answer_and_no_letter(postern: Postern) -> None:
    assert await postern.do(REQUEST_RESET, email=EMAIL) == SENT
    await done_with("request_password_reset")
    assert postern.post.offered == []
    assert await Letter.all().count() == 0


async def test_resetting_confirms_an_address_and_leaves_a_squatter_nothing(postern: Postern) -> None:
    bens = await postern.registered("ben@example.com")
    squatters_link = await postern.registered(password="squatting here since dawn", name="Squatter")
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    user = await User.get(canonical_email=EMAIL)
    assert (user.email_confirmed_at is not None, user.name) == (True, None)
    assert (await postern.confirm(squatters_link))["__typename"] == "InvalidToken"
    assert await Registration.filter(user=user).count() == 0
    assert not await has_password(postern, "squatting here since dawn")
    assert await has_password(postern, NEW_PASSWORD)
    assert (await postern.confirm(bens))["__typename"] == "EmailConfirmed"


async def test_a_session_that_was_closed_meanwhile_changes_nothing(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = await postern.logged_in()
    ask = stepup.ask

    async def ask_slowly(*arguments: Any) -> bool:
        asked = await ask(*arguments)
        await postern.ask(LOGOUT, token=login["accessToken"])
        return asked

    monkeypatch.setattr(stepup, "ask", ask_slowly)
    result = await postern.do(CHANGE_PASSWORD, login["accessToken"], **CHANGED)
    assert result["__typename"] == "InvalidCredentials"
    again = login = await postern.login()
    change = {"newEmail": "ann@new.example.com", "password": PASSWORD}
    assert (await postern.do(REQUEST_CHANGE, again["accessToken"], **change))["__typename"] == "InvalidCredentials"
    assert await has_password(postern, PASSWORD)
    assert await Link.exclude(purpose=Purpose.CONFIRM_EMAIL).count() == 0


async def test_changing_and_resetting_at_once_gives_two_sensible_answers(postern: Postern) -> None:
    login = await postern.logged_in()
    password = PASSWORD
    for number in range(5):
        changed, reset = f"{NEW_PASSWORD} {number}", f"{NEW_PASSWORD} again {number}"
        token = await requested_reset(postern)
        letters = len(postern.post.letters)
        inputs = {"input": {"currentPassword": password, "newPassword": changed}}
        body, answer = await asyncio.gather(
            postern.ask(CHANGE_PASSWORD, inputs, login["accessToken"]),
            postern.do(RESET, token=token, newPassword=reset),
        )
        assert answer["__typename"] == "PasswordReset"
        kind = body["data"]["changePassword"]["__typename"] if body["data"] else body["errors"][0]["extensions"]["code"]
        assert kind in ("PasswordChanged", "InvalidCredentials", "UNAUTHENTICATED"), "or its session was closed before"
        await postern.post.letters_to(EMAIL, letters + 1 + (kind == "PasswordChanged"))
        login, password = await postern.login(password=reset), reset
        assert login["__typename"] == "LoggedIn"


@once
async def test_resetting_voids_a_change_of_address_that_is_under_way(postern: Postern) -> None:
    login = await postern.logged_in()
    await requested_change(postern, login)
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    assert await Link.filter(purpose=Purpose.CHANGE_EMAIL).count() == 0


@once
async def test_the_link_of_a_deleted_account_is_refused(postern: Postern) -> None:
    await postern.logged_in()
    token = await requested_reset(postern)
    await User.all().delete()
    assert (await postern.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "InvalidToken"
    assert await Session.all().count() == 0


@once
async def test_what_is_no_address_is_named(postern: Postern) -> None:
    async def is_named(email: str) -> None:
        result = await postern.do(REQUEST_RESET, email=email)
        assert (result["__typename"], result["errors"]) == ("InvalidInput", [{"field": "email"}])

    await each(["", "ann", "\0", "\ud800@example.com"], is_named)
    assert await Letter.all().count() == 0
