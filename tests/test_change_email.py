"""requestEmailChange, confirmEmailChange, undoEmailChange"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Letter, Link, Passkey, Purpose, Session, User
from tests.support.account import (
    CHANGE_PASSWORD,
    CONFIRM_CHANGE,
    NEW_EMAIL,
    NEW_PASSWORD,
    REQUEST_CHANGE,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
    works,
)
from tests.support.databases import once
from tests.support.factors import NEW_CODES, REMOVE, ask, set_up
from tests.support.outbox import LATER, delayed, done_with
from tests.support.passkeys import REMOVE_PASSKEY, with_passkey
from tests.support.postern import EMAIL, PASSWORD, Postern
from tests.support.postoffice import body
from tests.support.walks import each

pytestmark = pytest.mark.anyio

BEN = "ben@example.com"


async def address() -> str:
    return str((await User.get()).canonical_email)


@once
async def test_the_address_changes_when_the_new_one_is_confirmed_and_not_before(postern: Postern) -> None:
    phone, laptop = await postern.logged_in(), await postern.login()
    change, _ = await requested_change(postern, laptop)
    assert await address() == EMAIL

    assert await postern.do(CONFIRM_CHANGE, token=change) == {"__typename": "EmailChanged", "email": NEW_EMAIL}

    assert await address() == NEW_EMAIL
    assert (await postern.login(NEW_EMAIL))["__typename"] == "LoggedIn"
    assert (await postern.login(EMAIL))["__typename"] == "InvalidCredentials"
    assert await works(postern, laptop), "the session that asked stays open"
    assert not await works(postern, phone)
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"


@once
async def test_it_voids_ones_own_links_to_a_new_password_and_nobody_elses(postern: Postern) -> None:
    await postern.logged_in(BEN)
    bens, login = await requested_reset(postern, BEN), await postern.logged_in()
    anns, (change, _) = await requested_reset(postern), await requested_change(postern, login)
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "EmailChanged"
    assert (await postern.do(RESET, token=anns, newPassword=NEW_PASSWORD))["__typename"] == "InvalidToken"
    assert (await postern.do(RESET, token=bens, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"


async def test_the_old_address_is_told_at_once_and_has_a_week_to_undo(postern: Postern) -> None:
    login = await postern.joined()
    await requested_change(postern, login)
    link = await Link.get(purpose=Purpose.UNDO_EMAIL_CHANGE)
    assert link.expires_at - link.created_at == timedelta(days=7)
    link = await Link.get(purpose=Purpose.CHANGE_EMAIL)
    assert link.expires_at - link.created_at == timedelta(days=1)
    notice = (await postern.post.letters_to(EMAIL, 2))[-1]
    assert NEW_EMAIL in body(notice)
    assert "/undo-email-change?token=" in body(notice)
    hers = await Letter.filter(user__canonical_email=EMAIL).order_by("id")
    assert [letter.kind for letter in hers] == ["confirm_email", "email_change_notice", "request_email_change"]


@once
@pytest.mark.parametrize("confirmed_first", [True, False])
async def test_undoing_restores_the_address_closes_every_session_and_offers_a_new_password(
    postern: Postern, confirmed_first: bool
) -> None:
    login = await postern.joined()
    change, undo = await requested_change(postern, login)
    if confirmed_first:
        await postern.do(CONFIRM_CHANGE, token=change)

    assert await postern.do(UNDO_CHANGE, token=undo) == {"__typename": "EmailChangeUndone", "email": EMAIL}

    assert await address() == EMAIL
    assert not await works(postern, login)
    assert await Session.all().count() == 0
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"
    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "InvalidToken"
    old_link = await postern.confirm(await postern.letter_token())
    assert old_link["__typename"] == "InvalidToken", "which would tell what the address is now"
    assert (await postern.login())["__typename"] == "InvalidCredentials", "somebody else knows this password"
    await postern.post.letters_to(EMAIL, 3)
    assert "/reset-password?token=" in body(postern.post.letters[-1])
    token = await postern.letter_token(EMAIL, 3)
    assert (await postern.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    assert (await postern.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_a_change_that_was_asked_for_before_a_reset_is_void_however_late_its_letter_leaves(
    postern: Postern,
) -> None:
    login = await postern.logged_in()
    postern.post.answers = [LATER, LATER]  # to the notice and to the link, whichever comes first
    await postern.do(REQUEST_CHANGE, login["accessToken"], newEmail=NEW_EMAIL, password=PASSWORD)
    await delayed(kind="request_email_change")
    await delayed(kind="email_change_notice")
    await postern.do(RESET, token=await requested_reset(postern), newPassword=NEW_PASSWORD)
    await Letter.filter(kind="request_email_change").update(due_at=datetime.now(UTC))
    await postern.register("ben@example.com")  # wakes the worker
    await done_with("request_email_change")
    assert not [letter for letter in postern.post.letters if letter["To"] == NEW_EMAIL]
    assert await Letter.filter(kind="request_email_change").count() == 0


@once
@pytest.mark.parametrize("what", ["app", "removed", "codes", "passkey", "no passkey"])
async def test_a_change_that_waits_does_not_outlive_a_change_of_factors(postern: Postern, what: str) -> None:
    bens, _ = await requested_change(postern, await postern.logged_in(BEN), "ben@new.example.com")
    login = await postern.logged_in()
    if what in ("removed", "codes"):
        await set_up(postern, login)
    key = await with_passkey(postern, login) if what == "no passkey" else None
    change, undo = await requested_change(postern, login)
    if what == "app":
        await set_up(postern, login)
    elif what == "passkey":
        await with_passkey(postern, login)
    elif key:
        passkey = await Passkey.get()
        removed = await postern.do(REMOVE_PASSKEY, login["accessToken"], passkeyId=str(passkey.id))
        assert removed["__typename"] == "PasskeyRemoved"
    else:
        done = await ask(postern, REMOVE if what == "removed" else NEW_CODES, login)
        assert done["__typename"] in ("TotpRemoved", "RecoveryCodesCreated")

    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"

    assert (await User.get(id=login["user"]["id"])).canonical_email == EMAIL
    assert (await postern.do(CONFIRM_CHANGE, token=bens))["__typename"] == "EmailChanged"
    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone", "the way back stays"


async def test_of_a_new_password_and_a_change_of_address_with_the_old_one_only_one_is_done(postern: Postern) -> None:
    intruder, owner = await postern.logged_in(), await postern.login()
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    changed, requested = await asyncio.gather(
        postern.do(CHANGE_PASSWORD, owner["accessToken"], **change),
        postern.do(REQUEST_CHANGE, intruder["accessToken"], newEmail=NEW_EMAIL, password=PASSWORD),
    )
    assert changed["__typename"] == "PasswordChanged"
    if requested["__typename"] == "EmailChangeRequested":  # it came first, and went with the old password
        assert await Link.filter(purpose=Purpose.CHANGE_EMAIL).count() == 0


async def test_an_intruder_cannot_take_the_way_back_from_the_owner(postern: Postern) -> None:
    """Neither by a second change, nor by a new password, nor by undoing the second change."""
    login = await postern.logged_in()
    change, owners_undo = await requested_change(postern, login, "eve@example.com")
    await postern.do(CONFIRM_CHANGE, token=change)
    await postern.do(CHANGE_PASSWORD, login["accessToken"], currentPassword=PASSWORD, newPassword=NEW_PASSWORD)
    await postern.post.letters_to("eve@example.com", 2)
    eve = await postern.login("eve@example.com", NEW_PASSWORD)
    _, eves_undo = await requested_change(postern, eve, "eve@elsewhere.example.com", NEW_PASSWORD)
    assert (await postern.do(UNDO_CHANGE, token=eves_undo))["__typename"] == "EmailChangeUndone"

    assert await postern.do(UNDO_CHANGE, token=owners_undo) == {"__typename": "EmailChangeUndone", "email": EMAIL}
    assert await address() == EMAIL


@once
async def test_the_password_is_asked_again(postern: Postern) -> None:
    login = await postern.joined()
    result = await postern.do(REQUEST_CHANGE, login["accessToken"], newEmail=NEW_EMAIL, password="a guess")
    assert result["__typename"] == "InvalidCredentials"
    assert await Link.exclude(purpose=Purpose.CONFIRM_EMAIL).count() == 0
    assert await Letter.all().count() == 1


@once
async def test_what_is_no_new_address_is_named_and_nothing_is_sent(postern: Postern) -> None:
    login = await postern.joined()

    async def is_named(new_email: str) -> None:
        result = await postern.do(REQUEST_CHANGE, login["accessToken"], newEmail=new_email, password=PASSWORD)
        assert (result["__typename"], result["errors"]) == ("InvalidInput", [{"field": "newEmail"}])

    none = ["", "ann", "ann@example", EMAIL, EMAIL.upper(), "\ud800@example.com", "a\0@b.com"]
    await each(none, is_named)
    assert await Link.exclude(purpose=Purpose.CONFIRM_EMAIL).count() == 0
    assert await Letter.all().count() == 1


@once
async def test_a_taken_address_is_not_disclosed_and_its_owner_is_told(postern: Postern) -> None:
    await postern.joined("ben@example.com")
    login = await postern.joined()
    result = await postern.do(REQUEST_CHANGE, login["accessToken"], newEmail="ben@example.com", password=PASSWORD)
    assert result == {"__typename": "EmailChangeRequested", "newEmail": "ben@example.com"}
    _, letter = await postern.post.letters_to("ben@example.com", 2)
    assert "token=" not in body(letter)


async def test_an_address_that_is_taken_meanwhile_stays_with_its_owner_who_is_told(postern: Postern) -> None:
    login = await postern.logged_in()
    change, _ = await requested_change(postern, login)
    await postern.confirm(await postern.registered(NEW_EMAIL))

    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"

    assert (await postern.login())["__typename"] == "LoggedIn"
    assert (await postern.login(NEW_EMAIL))["user"]["id"] != login["user"]["id"]
    *_, letter = await postern.post.letters_to(NEW_EMAIL, 3)
    assert "token=" not in body(letter)
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "InvalidToken"
    assert await Letter.filter(kind="address_taken", user__canonical_email=NEW_EMAIL).count() == 1, "told once"


async def test_an_old_address_that_is_another_accounts_by_now_is_not_taken_back(postern: Postern) -> None:
    login = await postern.logged_in()
    change, undo = await requested_change(postern, login)
    await postern.do(CONFIRM_CHANGE, token=change)
    other = await postern.logged_in()
    await done_with()
    tables: tuple[Any, ...] = (User, Session, Link, Letter)
    before = [await table.all().order_by("id").values() for table in tables]

    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "InvalidToken"

    assert [await table.all().order_by("id").values() for table in tables] == before
    assert [await works(postern, one) for one in (login, other)] == [True, True]


async def test_an_unconfirmed_registration_of_the_new_address_makes_way(postern: Postern) -> None:
    login = await postern.logged_in()
    squatters = await postern.registered(NEW_EMAIL, "squatting here since dawn")
    change, _ = await requested_change(postern, login)
    assert (await postern.do(CONFIRM_CHANGE, token=change))["__typename"] == "EmailChanged"
    assert (await postern.confirm(squatters))["__typename"] == "InvalidToken"
    assert await address() == NEW_EMAIL


async def test_many_clicks_at_once_change_it_once(postern: Postern) -> None:
    login = await postern.logged_in()
    change, _ = await requested_change(postern, login)
    answers = await asyncio.gather(*(postern.do(CONFIRM_CHANGE, token=change) for _ in range(20)))
    kinds = [answer["__typename"] for answer in answers]
    assert (kinds.count("EmailChanged"), kinds.count("InvalidToken")) == (1, 19)


async def test_of_two_accounts_that_want_one_address_one_gets_it(postern: Postern) -> None:
    ann, ben = await postern.logged_in(), await postern.logged_in("ben@example.com")
    tokens = [(await requested_change(postern, login))[0] for login in (ann, ben)]
    answers = await asyncio.gather(*(postern.do(CONFIRM_CHANGE, token=token) for token in tokens))
    assert sorted(answer["__typename"] for answer in answers) == ["EmailChanged", "InvalidToken"]
    assert await User.filter(canonical_email=NEW_EMAIL).count() == 1
    assert await User.all().count() == 2


@once
async def test_who_got_an_account_by_mistake_is_told_when_it_goes_back(postern: Postern) -> None:
    """The way back from the old address outlives a reset: it is the owner's from a thief."""
    ben = await postern.logged_in("ben@example.com")
    login = await postern.logged_in(name="Ann Somebody")
    change, undo = await requested_change(postern, login)
    (offer,) = await postern.post.letters_to(NEW_EMAIL)
    assert "a…@example.com" in body(offer)
    assert "undo the change for 7 days" in body(offer)
    await postern.do(CONFIRM_CHANGE, token=change)
    reset = await requested_reset(postern, NEW_EMAIL)
    assert (await postern.do(RESET, token=reset, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
    loser = await postern.login(NEW_EMAIL, NEW_PASSWORD)

    assert (await postern.do(UNDO_CHANGE, token=undo))["__typename"] == "EmailChangeUndone"

    *_, told = await postern.post.letters_to(NEW_EMAIL, 4)
    assert told["Subject"] == "The email address of a Postern account was changed back"
    assert "a…@example.com" in body(told)
    assert not [word for word in ("token=", "Somebody") if word in body(told)], "the name is the other's"
    assert not await works(postern, loser)
    assert await works(postern, ben)


@once
async def test_who_has_not_confirmed_a_change_gets_no_letter_when_it_is_undone(postern: Postern) -> None:
    login = await postern.logged_in()
    undos = [(await requested_change(postern, login, email))[1] for email in (NEW_EMAIL, "eve@example.com")]
    assert (await postern.do(UNDO_CHANGE, token=undos[1]))["__typename"] == "EmailChangeUndone"
    assert (await postern.do(UNDO_CHANGE, token=undos[0]))["__typename"] == "EmailChangeUndone"
    await done_with("choose_password")
    assert await Letter.filter(kind="email_change_undone").count() == 0
    assert {letter["To"] for letter in postern.post.letters} == {EMAIL, NEW_EMAIL, "eve@example.com"}
    assert sum(letter["To"] != EMAIL for letter in postern.post.letters) == 2


async def test_undoing_many_times_at_once_tells_the_loser_once(postern: Postern) -> None:
    login = await postern.logged_in()
    eves, _ = await requested_change(postern, login, "eve@example.com")
    change, undo = await requested_change(postern, login)
    assert (await postern.do(CONFIRM_CHANGE, token=eves))["__typename"] == "InvalidToken", "a later one counts"
    await postern.do(CONFIRM_CHANGE, token=change)
    await asyncio.gather(*(postern.do(UNDO_CHANGE, token=undo) for _ in range(10)))
    assert await Letter.filter(kind="email_change_undone").count() == 1


@pytest.mark.parametrize(("query", "which"), [(CONFIRM_CHANGE, 0), (UNDO_CHANGE, 1)])
async def test_after_its_time_a_link_has_expired_and_changes_nothing(postern: Postern, query: str, which: int) -> None:
    login = await postern.logged_in()
    tokens = await requested_change(postern, login)
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await postern.do(query, token=tokens[which]))["__typename"] == "ExpiredToken"
    assert await address() == EMAIL
    assert await works(postern, login)


@once
@pytest.mark.parametrize(("query", "which"), [(CONFIRM_CHANGE, 0), (UNDO_CHANGE, 1)])
async def test_the_link_of_a_deleted_account_is_refused(postern: Postern, query: str, which: int) -> None:
    login = await postern.logged_in()
    tokens = await requested_change(postern, login)
    await User.all().delete()
    assert (await postern.do(query, token=tokens[which]))["__typename"] == "InvalidToken"
