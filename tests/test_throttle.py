"""Throttling: attempts are counted per resolver call, per account and per address block"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from redis.asyncio import Redis

from models import Letter, Link, Session
from security import throttle
from tests.account import (
    CHANGE_PASSWORD,
    NEW_PASSWORD,
    REQUEST_RESET,
    RESET,
    UNDO_CHANGE,
    requested_change,
    requested_reset,
)
from tests.conftest import MakeSettings
from tests.outbox import LATER, done_with, due_now, letter_where, only_letter, seconds_to_go, waiting
from tests.postern import CONFIRM, EMAIL, LOGIN, PASSWORD, REGISTER, RESEND, Postern, running
from tests.postoffice import PostOffice, token_in
from tests.process import PATIENCE_SECONDS, serving
from tests.secrecy import Watch

pytestmark = pytest.mark.anyio

WRONG = "not the password"
Throttled = Callable[..., AbstractAsyncContextManager[Postern]]


@pytest.fixture
def throttled(make_settings: MakeSettings, database_url: str, post: PostOffice) -> Throttled:
    """A server with the limits given, and Ann's confirmed account."""

    @asynccontextmanager
    async def serve(**limits: Any) -> AsyncIterator[Postern]:
        usual = {"database_url": database_url, "smtp_url": post.url, "log_format": "json"}
        async with running(make_settings(**usual), post) as patient:
            await patient.confirm(await patient.registered())
        async with running(make_settings(**usual, **limits), post) as server:
            yield server

    return serve


def kinds(answers: list[dict[str, Any]]) -> dict[str, int]:
    names = [answer["__typename"] for answer in answers]
    return {name: names.count(name) for name in sorted(set(names))}


async def tries(server: Postern, count: int, password: str = WRONG, email: str = EMAIL) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(server.login(email, password) for _ in range(count))))


async def test_of_many_failed_logins_at_once_exactly_the_allowed_number_is_evaluated(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="5 per 5 minutes") as server:
        assert kinds(await tries(server, 200)) == {"InvalidCredentials": 5, "TooManyAttempts": 195}
        assert (await server.login())["__typename"] == "TooManyAttempts", "even the right password waits"
        assert await Session.all().count() == 0


async def test_an_unknown_address_is_counted_alike(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="5 per 5 minutes") as server:
        for email in ("nobody@example.com", "no address"):
            assert kinds(await tries(server, 8, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 3}
        assert (await server.login())["__typename"] == "LoggedIn", "another account is not touched"


async def test_every_spelling_of_an_address_counts_as_one(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="2 per 5 minutes") as server:
        answers = [await server.login(spelling, WRONG) for spelling in (EMAIL.upper(), f" {EMAIL}", "ａnn@example.com")]
        assert kinds(answers) == {"InvalidCredentials": 2, "TooManyAttempts": 1}


async def test_the_owner_is_told_when_to_come_back_to_the_second_and_may(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="1 per 2 seconds") as server:
        retry = LOGIN.replace("... on Problem { message }", "... on TooManyAttempts { retryAfter }")
        await server.login(password=WRONG)
        refused = await server.do(retry, email=EMAIL, password=PASSWORD)
        assert refused["__typename"] == "TooManyAttempts"
        assert 1 <= refused["retryAfter"] <= 2
        await asyncio.sleep(refused["retryAfter"])  # the promise itself: not a guess at how long something takes
        assert (await server.login())["__typename"] == "LoggedIn"


async def test_a_success_forgives_the_account_but_not_the_address(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="3 per minute", login_limit_per_address="6 per minute") as server:
        for password in (WRONG, WRONG, PASSWORD, WRONG, WRONG, PASSWORD):
            assert (await server.login(password=password))["__typename"] != "TooManyAttempts"
        assert (await server.login())["__typename"] == "TooManyAttempts"


async def test_a_registration_of_an_address_does_not_buy_more_guesses_at_its_password(throttled: Throttled) -> None:
    strangers = "squatting here since dawn"
    async with throttled(login_limit_per_account="3 per 5 minutes") as server:
        await server.register(password=strangers)
        answers = [await server.login(password=password) for password in (WRONG, strangers, WRONG, PASSWORD)]
        assert [answer["__typename"] for answer in answers] == [
            "InvalidCredentials",
            "EmailNotConfirmed",
            "InvalidCredentials",
            "TooManyAttempts",
        ]


async def test_who_was_impatient_before_confirming_can_log_in_after_it(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="2 per 5 minutes") as server:
        token = await server.registered("ben@example.com")
        answers = await tries(server, 3, PASSWORD, "ben@example.com")
        assert kinds(answers) == {"EmailNotConfirmed": 2, "TooManyAttempts": 1}
        await server.confirm(token)
        assert (await server.login("ben@example.com"))["__typename"] == "LoggedIn"


async def test_a_locked_account_has_a_way_round_for_its_owner(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="1 per 5 minutes") as server:
        await server.login(password=WRONG)
        result = await server.do(RESET, token=await requested_reset(server), newPassword=NEW_PASSWORD)
        assert result["__typename"] == "PasswordReset"
        assert (await server.login(password=NEW_PASSWORD))["__typename"] == "LoggedIn"


async def test_asking_for_the_password_again_counts_with_the_logins(throttled: Throttled) -> None:
    async with throttled(login_limit_per_account="3 per 5 minutes") as server:
        token = (await server.login())["accessToken"]
        change = {"currentPassword": WRONG, "newPassword": NEW_PASSWORD}
        answers = [await server.do(CHANGE_PASSWORD, token, **change) for _ in range(4)]
        assert kinds(answers) == {"InvalidCredentials": 3, "TooManyAttempts": 1}
        assert (await server.login())["__typename"] == "TooManyAttempts"


@pytest.mark.parametrize(
    ("query", "inputs"),
    [
        (REGISTER, {"email": "new@example.com", "password": PASSWORD}),
        (RESEND, {"email": "new@example.com"}),
        (REQUEST_RESET, {"email": "new@example.com"}),
    ],
)
async def test_an_address_block_may_ask_for_so_many_letters(
    throttled: Throttled, query: str, inputs: dict[str, str]
) -> None:
    async with throttled(mail_limit_per_address="20 per hour") as server:
        answers = await asyncio.gather(*(server.do(query, **inputs) for _ in range(30)))
        assert kinds(list(answers))["TooManyAttempts"] == 10


async def test_changing_a_password_counts_with_the_letters_that_it_sends(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_address="2 per hour") as server:
        token = (await server.login())["accessToken"]
        answers = []
        for old, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD), (PASSWORD, NEW_PASSWORD)):
            answers.append(await server.do(CHANGE_PASSWORD, token, currentPassword=old, newPassword=new))
        assert kinds(answers) == {"PasswordChanged": 2, "TooManyAttempts": 1}
        assert (await server.login(password=PASSWORD))["__typename"] == "LoggedIn"


async def test_links_are_not_to_be_guessed_at(throttled: Throttled) -> None:
    async with throttled(link_limit_per_address="5 per minute") as server:
        assert kinds([await server.do(CONFIRM, token=f"guess{n}") for n in range(6)]) == {
            "InvalidToken": 5,
            "TooManyAttempts": 1,
        }
        answer = await server.http.post("/confirm-email", json={"token": "guess"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


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


async def test_a_second_reset_within_the_window_sends_nothing_more_and_the_first_link_still_works(
    throttled: Throttled,
) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        token = await requested_reset(server)
        answers = [await server.do(REQUEST_RESET, email=EMAIL) for _ in range(3)]
        assert kinds(answers) == {"PasswordResetSent": 3}
        await done_with("request_password_reset")
        assert len(server.post.offered) == 2
        assert await Letter.filter(kind="request_password_reset").count() == 1
        assert await Link.all().count() == 1
        assert (await server.do(RESET, token=token, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"


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


async def test_a_letter_that_the_server_puts_off_is_not_taken_for_one_too_many(throttled: Throttled) -> None:
    async with throttled(mail_limit_per_recipient="1 per hour") as server:
        server.post.answers = [LATER]
        await server.do(REQUEST_RESET, email=EMAIL)
        await letter_where(kind="request_password_reset", last_error__isnull=False)
        await due_now(server)
        await server.post.letters_to(EMAIL, 2)


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


@pytest.mark.parametrize(
    ("count", "forwarded", "known"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "evil, 203.0.113.7", "203.0.113.7"),
        (2, "evil, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "not an address", "127.0.0.1"),
        (1, f"fe80::1%{'eth' * 30}", "fe80::1"),
        (1, "", "127.0.0.1"),
    ],
)
async def test_forwarded_for_is_believed_as_far_as_trusted_proxies_have_written_it(
    throttled: Throttled, count: int, forwarded: str, known: str
) -> None:
    async with throttled(trusted_proxy_count=count) as server:
        server.http.headers["X-Forwarded-For"] = forwarded
        await server.login()
        assert (await Session.get()).ip_address == known


async def test_an_ipv6_subscriber_is_a_whole_block(throttled: Throttled) -> None:
    async with throttled(login_limit_per_address="2 per minute", trusted_proxy_count=1) as server:
        answers = []
        for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:9::3", "2001:db8:0:1::1"):
            server.http.headers["X-Forwarded-For"] = address
            answers.append(await server.login(password=WRONG))
        assert [answer["__typename"] == "TooManyAttempts" for answer in answers] == [False, False, True, False]


@pytest.fixture
async def redis_url() -> AsyncIterator[str]:
    """A Redis database of this test's own, emptied at its end."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    number = 1 + secrets.randbelow(15)
    async with Redis.from_url(f"{url}/{number}") as redis:
        try:
            await redis.ping()
        except OSError:
            assert not os.environ.get("CI"), f"no Redis at {url}"
            pytest.skip(f"no Redis at {url}")
        await redis.flushdb()
        yield f"{url}/{number}"
        await redis.flushdb()


@pytest.mark.parametrize("dialect", ["postgres"])  # what Redis counts is the same for both
async def test_two_processes_with_redis_count_together(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    shared = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": "http://postern.test",
        "LOGIN_LIMIT_PER_ACCOUNT": "5 per 5 minutes",
    }
    async with serving(tmp_path, post, **shared) as one, serving(tmp_path, post, **shared) as other:
        answers = await asyncio.gather(*(tries(server, 100) for server in (one, other)))
    assert kinds([*answers[0], *answers[1]]) == {"InvalidCredentials": 5, "TooManyAttempts": 195}


@pytest.mark.parametrize("dialect", ["postgres"])  # what Redis counts is the same for both
async def test_the_processes_of_one_server_count_together(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "WEB_CONCURRENCY": "2"}
    async with serving(tmp_path, post, LOGIN_LIMIT_PER_ACCOUNT="5 per 5 minutes", **shared) as server:
        await server.says("] serving ", times=2)
        assert kinds(await tries(server, 100)) == {"InvalidCredentials": 5, "TooManyAttempts": 95}
        server.child.terminate()
        assert await server.stopped() == 0
    assert server.log.count("] stopped") == 2


@asynccontextmanager
async def redis_server(port: int) -> AsyncIterator[None]:
    """A Redis of this test's own, killed at the end as if its machine had failed."""
    command = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning")
    child = await asyncio.create_subprocess_exec(*command)
    try:
        yield
    finally:
        child.kill()
        await child.wait()


@pytest.mark.needs(bool(which("redis-server")), "redis-server is not installed")
async def test_where_redis_is_lost_each_process_counts_for_itself_until_it_is_back(
    throttled: Throttled, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "WITHOUT_REDIS_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async with throttled(login_limit_per_account="5 per 5 minutes", redis_url=f"redis://127.0.0.1:{port}") as server:
        for round_ in (1, 2):
            email = f"p{round_}@example.com"
            assert kinds(await tries(server, 20, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 15}
            assert (await server.http.get("/readyz")).status_code == 200
            assert len(watch.events("throttle_redis_lost")) == round_
            async with redis_server(port), asyncio.timeout(PATIENCE_SECONDS):
                while len(watch.events("throttle_redis_back")) < round_:
                    await server.login("somebody@example.com")  # which asks whether it is back
                    await asyncio.sleep(0.05)
                # What Redis counts: nobody has tried this account there.
                assert kinds(await tries(server, 20, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 15}
