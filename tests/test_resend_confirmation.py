"""resendConfirmation"""

from datetime import UTC, datetime, timedelta

import pytest

from locales import texts
from models import Letter, Link, Registration, User
from tests.support.databases import once
from tests.support.outbox import done_with
from tests.support.postern import EMAIL, PASSWORD, RESEND, Postern
from tests.support.postoffice import body
from tests.support.walks import each

pytestmark = pytest.mark.anyio

SENT = {"__typename": "ConfirmationSent", "email": EMAIL}


@once
async def test_a_new_letter_brings_a_link_that_confirms(postern: Postern) -> None:
    old = await postern.registered()
    await Link.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await postern.do(RESEND, email=EMAIL.upper()) == SENT
    new = await postern.letter_token(nth=2)
    assert new != old
    assert (await postern.confirm(new))["__typename"] == "EmailConfirmed"
    assert (await postern.login())["__typename"] == "LoggedIn"


@once
async def test_a_registration_waits_as_long_as_its_newest_link_is_good_and_no_other_does(postern: Postern) -> None:
    await postern.registered()
    await postern.registered("ben@example.com")
    soon = datetime.now(UTC) + timedelta(hours=1)
    await Registration.all().update(expires_at=soon)
    await postern.do(RESEND, email=EMAIL)
    await postern.letter_token(nth=2)
    newest = await Link.filter(user__canonical_email=EMAIL).order_by("-expires_at").first()
    assert newest
    until = {row.user.canonical_email: row.expires_at for row in await Registration.all().prefetch_related("user")}
    assert abs(until[EMAIL] - newest.expires_at) < timedelta(seconds=1)
    assert until["ben@example.com"] == soon


@once
async def test_a_registration_of_a_taken_address_waits_as_long_as_one_of_a_free_address_would(postern: Postern) -> None:
    """Its password is answered alike until then."""
    await postern.logged_in()
    await postern.register(password="squatting here since dawn")
    soon = datetime.now(UTC) + timedelta(hours=1)
    await Registration.all().update(expires_at=soon)
    await postern.do(RESEND, email=EMAIL)
    await done_with("resend_confirmation")
    assert (await Registration.get(confirmed_at=None)).expires_at > soon + timedelta(hours=22)
    assert (await Registration.get(confirmed_at__isnull=False)).expires_at == soon


@once
async def test_after_one_of_two_links_the_other_says_that_it_is_done(postern: Postern) -> None:
    first = await postern.registered()
    await postern.do(RESEND, email=EMAIL)
    second = await postern.letter_token(nth=2)
    await postern.confirm(second)
    assert (await postern.confirm(first))["alreadyConfirmed"] is True


@once
async def test_an_unknown_address_gets_the_same_answer_and_no_letter(postern: Postern) -> None:
    assert await postern.do(RESEND, email=EMAIL) == SENT
    await done_with("resend_confirmation")
    assert postern.post.offered == []
    assert await User.all().count() == 0
    assert await Letter.all().count() == 0


async def test_a_confirmed_address_gets_the_same_answer_and_a_letter_without_a_link(postern: Postern) -> None:
    await postern.joined()
    assert await postern.do(RESEND, email=EMAIL) == SENT
    _, letter = await postern.post.letters_to(EMAIL, 2)
    assert "token=" not in body(letter)


async def test_where_two_registrations_wait_neither_password_can_win_by_a_resent_link(postern: Postern) -> None:
    owners = await postern.registered(password=PASSWORD)
    await postern.registered(password="squatting here since dawn")
    assert await postern.do(RESEND, email=EMAIL) == SENT
    *_, letter = await postern.post.letters_to(EMAIL, 3)
    assert "token=" not in body(letter)
    assert letter["Subject"] == texts("en")("letter.register_again.subject", app="Postern")
    await postern.confirm(owners)
    assert (await postern.login())["__typename"] == "LoggedIn"


@once
async def test_what_is_no_address_is_named_and_nothing_is_written(postern: Postern) -> None:
    async def is_named(email: str) -> None:
        result = await postern.do(RESEND, email=email)
        assert result["__typename"] == "InvalidInput"
        assert result["errors"] == [{"field": "email"}]

    await each(["", "ann", "ann@example", "\0", "\ud800@example.com"], is_named)
    assert await Letter.all().count() == 0
