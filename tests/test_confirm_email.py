"""confirmEmail"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models import Letter, Link, Registration, User
from security.tokens import digest
from tests.support.account import NEW_PASSWORD, RESET, works
from tests.support.databases import once
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern
from tests.support.walks import each

pytestmark = pytest.mark.anyio

CONFIRMED = {"__typename": "EmailConfirmed", "email": EMAIL, "alreadyConfirmed": False}
DONE_ALREADY = {**CONFIRMED, "alreadyConfirmed": True}


async def expire_links() -> None:
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


@once
async def test_the_token_of_the_letter_confirms_the_address(postern: Postern) -> None:
    token = await postern.registered()
    assert await postern.confirm(token) == CONFIRMED
    user = await User.get()
    assert user.email_confirmed_at is not None
    assert user.email_confirmed_at.tzinfo is not None


async def test_whoever_else_waits_for_a_letter_can_confirm_afterwards(postern: Postern) -> None:
    bens, token = await postern.registered("ben@example.com"), await postern.registered()
    assert await postern.confirm(token) == CONFIRMED
    assert not await Letter.filter(kind="registered_twice").exists()
    assert (await User.get(canonical_email="ben@example.com")).email_confirmed_at is None
    assert await postern.confirm(bens) == CONFIRMED | {"email": "ben@example.com"}
    assert (await postern.login("ben@example.com"))["__typename"] == "LoggedIn"


@once
async def test_confirming_twice_is_not_an_error_and_changes_nothing(postern: Postern) -> None:
    token = await postern.registered()
    await postern.confirm(token)
    confirmed_at = (await User.get()).email_confirmed_at
    assert await postern.confirm(token) == DONE_ALREADY
    assert (await User.get()).email_confirmed_at == confirmed_at


async def test_many_clicks_at_once_make_one_transition_and_as_many_sensible_answers(postern: Postern) -> None:
    token = await postern.registered()
    answers = await asyncio.gather(*(postern.confirm(token) for _ in range(50)))
    assert answers.count(CONFIRMED) == 1
    assert answers.count(DONE_ALREADY) == 49


@once
async def test_only_a_digest_of_the_token_is_stored(postern: Postern) -> None:
    token = await postern.registered()
    assert (await Link.get()).token_digest == digest(token)
    assert token not in str(await Link.all().values())


@once
async def test_what_is_no_token_of_ours_is_refused(postern: Postern) -> None:
    await postern.registered()

    async def is_refused(token: str) -> None:
        assert (await postern.confirm(token))["__typename"] == "InvalidToken"

    await each(["", "x", "0" * 43, "\0", "\ud800", "é", "x" * 10_000], is_refused)
    assert (await User.get()).email_confirmed_at is None


@once
async def test_another_kind_of_token_does_not_confirm(postern: Postern) -> None:
    login = await postern.logged_in("eve@example.com")
    await postern.registered()
    for token in (login["accessToken"], login["refreshToken"]):
        assert (await postern.confirm(token))["__typename"] == "InvalidToken"
    assert (await User.get(canonical_email=EMAIL)).email_confirmed_at is None


async def test_after_its_time_a_link_has_expired_and_confirms_nothing(postern: Postern) -> None:
    token = await postern.registered()
    await expire_links()
    assert (await postern.confirm(token))["__typename"] == "ExpiredToken"
    assert (await User.get()).email_confirmed_at is None


@once
async def test_a_link_lives_a_day_at_the_most(postern: Postern) -> None:
    await postern.registered()
    confirmation = await Registration.get()
    assert confirmation.expires_at - confirmation.created_at == timedelta(hours=24)


@once
async def test_the_link_of_a_deleted_account_is_refused(postern: Postern) -> None:
    token = await postern.registered()
    await User.all().delete()
    assert (await postern.confirm(token))["__typename"] == "InvalidToken"


@once
@pytest.mark.parametrize("squatter_first", [True, False])
async def test_the_password_that_wins_is_that_of_the_registration_whose_link_was_clicked(
    postern: Postern, squatter_first: bool
) -> None:
    """Whoever else registers the address, before or after its owner, gains nothing by it."""
    squatters, owners = "squatting here since dawn", PASSWORD
    first, second = (squatters, owners) if squatter_first else (owners, squatters)
    tokens = {password: await postern.registered(password=password, name=password[:5]) for password in (first, second)}

    assert await postern.confirm(tokens[owners]) == CONFIRMED

    assert (await postern.login(password=squatters))["__typename"] == "InvalidCredentials"
    login = await postern.login(password=owners)
    assert login["__typename"] == "LoggedIn"
    assert login["user"]["name"] == owners[:5]
    assert (await postern.confirm(tokens[squatters]))["__typename"] == "InvalidToken"


@once
async def test_where_others_had_registered_the_address_its_owner_can_be_rid_of_their_password(postern: Postern) -> None:
    squatters = "squatting here since dawn"
    token = await postern.registered(password=squatters, locale="de")
    await postern.registered()
    await postern.confirm(token)
    squatter = await postern.login(password=squatters)

    assert "mehrmals" in (await postern.post.letters_to(EMAIL, 3))[2]["Subject"], "in the language of who has won"
    await postern.do(RESET, token=await postern.letter_token(nth=3), newPassword=NEW_PASSWORD)

    assert not await works(postern, squatter)
    assert (await postern.login(password=squatters))["__typename"] == "InvalidCredentials"
    assert (await postern.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


@once
async def test_who_asks_for_a_second_letter_is_not_warned_of_others(postern: Postern) -> None:
    await postern.registered()
    await postern.do(RESEND, email=EMAIL)
    await postern.confirm(await postern.letter_token(nth=2))
    assert await Letter.all().count() == 2


async def test_of_two_links_clicked_at_once_one_wins_wholly(postern: Postern) -> None:
    passwords = ["squatting here since dawn", PASSWORD]
    tokens = [await postern.registered(password=password) for password in passwords]
    answers = await asyncio.gather(*(postern.confirm(token) for token in tokens))
    assert sorted(answer["__typename"] for answer in answers) == ["EmailConfirmed", "InvalidToken"]
    for password, answer in zip(passwords, answers, strict=True):
        won = answer["__typename"] == "EmailConfirmed"
        assert (await postern.login(password=password))["__typename"] == ("LoggedIn" if won else "InvalidCredentials")


@once
async def test_used_links_keep_no_password_hash(postern: Postern) -> None:
    await postern.confirm(await postern.registered())
    assert (await Registration.get()).password_hash == ""
