"""the outbox: no letter without its user, none lost, none sent twice"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.context import require_context

from database import worker
from mail.delivery import DELIVERIES
from models import Letter, Registration, User
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.outbox import BELL, LATER, delayed, done_with, due_now, only_letter, seconds_to_go
from tests.support.postern import EMAIL, PASSWORD, REGISTER, RESEND, Postern, running
from tests.support.postoffice import HANG_UP, PATIENCE_SECONDS, PostOffice, post_office, token_in
from web.server import serving

pytestmark = pytest.mark.anyio


async def test_user_confirmation_and_letter_are_written_together_or_not_at_all(postern: Postern) -> None:
    await require_context().db().execute_script("ALTER TABLE letters RENAME TO lost_letters")
    answer = await postern.ask(REGISTER, {"input": {"email": EMAIL, "password": PASSWORD}})
    assert answer["errors"][0]["extensions"]["code"] in ("SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR")
    assert "letters" not in str(answer)
    assert (await User.all().count(), await Registration.all().count()) == (0, 0)

    await require_context().db().execute_script("ALTER TABLE lost_letters RENAME TO letters")
    await postern.confirm(await postern.registered())
    assert (await User.get()).email_confirmed_at


@once
async def test_a_waiting_letter_cannot_be_read_in_the_database_and_a_delivered_one_is_erased(postern: Postern) -> None:
    postern.post.answers = [LATER]
    await postern.register()
    sealed = (await delayed()).sealed_text or b""
    path = postern.settings.database_url.removeprefix("sqlite://")
    at_rest = b"".join(file.read_bytes() for file in Path(path).parent.glob(f"{Path(path).name}*"))

    await due_now(postern)
    token = (await postern.letter_token()).encode()
    assert sealed
    assert not any(secret in sealed for secret in (EMAIL.encode(), token))
    assert not any(secret in at_rest for secret in (PASSWORD.encode(), token))
    await only_letter(delivered_at__isnull=False, sealed_text=None, due_at=None, last_error=None)


@pytest.mark.parametrize("trouble", [LATER, "421 4.7.0 Slow down", HANG_UP, "this is no SMTP at all"])
@once
async def test_a_letter_waits_out_the_servers_trouble_and_arrives_under_the_same_id(
    postern: Postern, trouble: str
) -> None:
    postern.post.answers = [trouble]
    await postern.register()
    assert 20 <= seconds_to_go(await delayed()) <= 36

    await due_now(postern)
    (letter,) = await postern.post.letters_to(EMAIL)
    assert letter["Message-ID"] == postern.post.offered[0]["Message-ID"]
    assert (await only_letter(delivered_at__isnull=False)).attempts == 2


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 60), (3, 240), (1000, 3840)])
@once
async def test_each_failure_doubles_the_time_to_the_next_try_up_to_about_an_hour(
    postern: Postern, attempts: int, seconds: int
) -> None:
    postern.post.answers = [LATER, LATER, LATER]
    await postern.register()
    await delayed()
    await Letter.all().update(attempts=attempts, last_error=None)
    await due_now(postern)
    again = await only_letter(attempts=attempts + 1, last_error__isnull=False)
    assert seconds * 0.79 <= seconds_to_go(again) <= seconds * 1.21


@once
async def test_a_letter_that_the_server_will_never_take_is_dead_with_the_servers_words(postern: Postern) -> None:
    postern.post.answers = [b"550-5.1.1 <ann@example.com> has left\r\n550 5.1.1 the caf\xe9\0"]  # not even UTF-8
    await postern.register()
    dead = await only_letter(died_at__isnull=False, sealed_text=None, due_at=None, delivered_at=None)
    assert dead.last_error == "550 5.1.1 … has … the …"

    await due_now(postern)
    await postern.post.letters_to(BELL)
    assert postern.post.recipients == [BELL]


async def test_a_letter_is_given_up_after_a_day(postern: Postern) -> None:
    postern.post.answers = [LATER, LATER, LATER]  # the third for the one that wakes the worker, whichever comes first
    await postern.register()
    await delayed()
    await Letter.all().update(created_at=datetime.now(UTC) - timedelta(days=1, minutes=1))
    await due_now(postern)
    dead = await only_letter(died_at__isnull=False, sealed_text=None)
    assert dead.last_error == f"given up after a day: {LATER}"


@once
async def test_letters_wait_while_no_server_listens_and_arrive_when_it_is_back(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with post_office() as post:
        pass
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        await postern.register()
        assert "ConnectError" in str((await delayed()).last_error)
        async with post_office(port=int(post.url.rpartition(":")[2])) as back:
            await due_now(postern)
            await back.letters_to(EMAIL)


@once
async def test_a_letter_whose_link_is_of_no_use_any_more_is_not_sent(postern: Postern) -> None:
    postern.post.answers = [LATER]
    await postern.register()
    await delayed()
    await postern.do(RESEND, email=EMAIL)
    await postern.confirm(await postern.letter_token())
    await done_with("resend_confirmation")
    await due_now(postern)
    await done_with("confirm_email")
    assert postern.post.recipients == [EMAIL, BELL]


async def test_a_letter_that_a_dead_process_had_leased_is_delivered_when_the_lease_is_over(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    post.answers = [LATER]
    async with running(settings, post) as postern:
        await postern.register()
        await delayed()
        await Letter.all().update(attempts=7, due_at=datetime.now(UTC) + timedelta(seconds=60))
    async with running(settings, post) as postern:
        await postern.register(BELL)
        await post.letters_to(BELL)
        assert (await only_letter(sealed_text__isnull=False)).attempts == 7
        await due_now(postern)
        await post.letters_to(EMAIL)


@once
async def test_a_letter_that_the_server_keeps_waiting_holds_nobody_elses_up(postern: Postern) -> None:
    answer = asyncio.get_running_loop().create_future()
    postern.post.answers = [answer]
    await postern.register()
    await postern.post.until(lambda: bool(postern.post.offered))
    await postern.registered(BELL)
    assert postern.post.recipients == [BELL]
    answer.set_result("250 OK")
    await postern.post.letters_to(EMAIL)


async def test_no_more_letters_than_a_few_travel_at_once_and_the_rest_follow(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)
    answers = [asyncio.get_running_loop().create_future() for _ in range(DELIVERIES + 1)]
    postern.post.answers = [*answers]
    for nth in range(DELIVERIES + 2):
        await postern.register(f"ann{nth}@example.com")
    await postern.post.until(lambda: len(postern.post.offered) == DELIVERIES)
    assert await Letter.filter(attempts=0).count() == 2
    answers[0].set_result("250 OK")
    await postern.post.until(lambda: len(postern.post.offered) == DELIVERIES + 1)  # the free hand brings one more
    assert await Letter.filter(attempts=0).count() == 1
    for answer in answers[1:]:
        answer.set_result("250 OK")
    await postern.post.until(lambda: len(postern.post.letters) == DELIVERIES + 2)


@once
async def test_a_stopping_server_finishes_the_letter_in_its_hands(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)
    answer = asyncio.get_running_loop().create_future()
    post.answers = [answer]
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        await postern.register()
        await post.until(lambda: bool(post.offered))
        asyncio.get_running_loop().call_later(0.1, answer.set_result, "250 OK")
    assert len(post.letters) == 1
    monkeypatch.setattr(serving, "SHUTDOWN_SECONDS", 3600)
    async with asyncio.timeout(PATIENCE_SECONDS) as patience, running(postern.settings, post):
        assert (await only_letter()).delivered_at
    assert not patience.expired(), "who has none in hand has nothing to wait for"


async def test_a_letter_that_cannot_be_finished_in_time_is_released_for_the_next_process(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SHUTDOWN_SECONDS", 0.1)
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    post.answers = [asyncio.get_running_loop().create_future()]
    async with running(settings, post) as postern:
        await postern.register()
        await post.until(lambda: bool(post.offered))
    async with running(settings, post) as postern:
        await postern.confirm(token_in((await post.letters_to(EMAIL))[0]))
        assert (await postern.login())["__typename"] == "LoggedIn"
