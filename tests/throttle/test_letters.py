"""Letters that strangers can ask for are counted by kind and recipient: they wait, or go unsent if alike"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models import Letter, Link, Purpose
from tests.support.account import (
    NEW_PASSWORD,
    REQUEST_RESET,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
)
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.outbox import LATER, done_with, due_now, letter_where, only_letter, seconds_to_go, waiting
from tests.support.postern import EMAIL, PASSWORD, RESEND, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice, token_in
from tests.support.secrecy import Watch
from tests.throttle.asking import Throttled, kinds

pytestmark = pytest.mark.anyio


@once
async def test_letters_of_several_registrations_come_one_by_one_and_none_is_lost(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, mail_limit_per_recipient="1 per hour")
    async with running(settings, post) as server:
        await server.register()
        await server.register(password=NEW_PASSWORD)
        (letter,) = await waiting("confirm_email")
        assert (letter.sealed_text is not None, letter.died_at) == (True, None)
        await server.registered("ben@example.com")  # another recipient does not wait
        assert len(await post.letters_to(EMAIL)) == 1
    async with running(settings, post) as server:  # which has counted nothing yet, as if the hour were over
        await due_now(server)
        written = await Letter.filter(user__canonical_email=EMAIL)
        first, second = await post.letters_to(EMAIL, 2)
        assert {first["Message-ID"], second["Message-ID"]} == {f"<{row.id}@postern.test>" for row in written}
        await server.confirm(token_in(second))
        logins = [(await server.login(password=password))["__typename"] for password in (PASSWORD, NEW_PASSWORD)]
        assert sorted(logins) == ["InvalidCredentials", "LoggedIn"]


async def test_a_letter_that_waits_its_turn_comes_back_ever_later_and_is_given_up_after_a_day(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, mail_limit_per_recipient="1 per hour")
    async with running(settings, post) as server:
        await server.register()
        await server.register()
        (letter,) = await waiting("confirm_email")
        await only_letter(delivered_at__isnull=False)
        assert 3500 < seconds_to_go(letter) < 3700
        await Letter.filter(id=letter.id).update(attempts=1000)
        await due_now(server)
        again = await only_letter(id=letter.id, attempts=1001, due_at__gt=datetime.now(UTC) + timedelta(hours=1))
        assert 3500 + 1920 < seconds_to_go(again) < 3700 + 5760
        await Letter.filter(id=letter.id).update(created_at=datetime.now(UTC) - timedelta(days=1, minutes=1))
        await due_now(server)
        dead = await only_letter(id=letter.id, died_at__isnull=False, sealed_text=None, due_at=None)
        assert str(dead.last_error).startswith("given up after a day")
    assert len(await post.letters_to(EMAIL)) == 1


@once
async def test_a_second_reset_within_the_window_sends_nothing_more_and_the_first_link_still_works(
    throttled: Throttled, watch: Watch
) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        token = await requested_reset(server)
        answers = [await server.do(REQUEST_RESET, email=EMAIL) for _ in range(3)]
        assert kinds(answers) == {"PasswordResetSent": 3}
        await done_with("request_password_reset")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sum("letter_dropped" in line.text for line in watch.lines) < 3:  # noqa: ASYNC110 - a log wakes nobody
                await asyncio.sleep(0.01)
        assert len(server.post.offered) == 2
        assert await Letter.filter(kind="request_password_reset").count() == 1
        assert await Link.filter(purpose=Purpose.RESET_PASSWORD).count() == 1
        assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"


@once
async def test_what_strangers_ask_for_does_not_delay_the_owners_letter_to_a_new_password(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        for _ in range(20):
            await server.do(RESEND, email=EMAIL)
            await server.register()
        await done_with("resend_confirmation")
        await done_with("already_registered")
        assert len(server.post.letters) == 1 + 2, "one of each kind"
        result = await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
        assert result["__typename"] == "PasswordReset"


@once
async def test_a_letter_that_the_server_puts_off_is_not_taken_for_one_too_many(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        server.post.answers = [LATER]
        await server.do(REQUEST_RESET, email=EMAIL)
        await letter_where(kind="request_password_reset", last_error__isnull=False)
        await due_now(server)
        await server.post.letters_to(EMAIL, 2)


@once
async def test_who_undoes_a_change_of_address_gets_a_link_to_a_new_password_however_many_went_out_before(
    throttled: Throttled,
) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        _, undo = await requested_change(server, await server.login())
        await requested_reset(server)
        before = len(await server.post.letters_to(EMAIL))
        await server.do(UNDO_CHANGE, token=undo)
        token = await server.letter_token(nth=before + 1)
        assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
