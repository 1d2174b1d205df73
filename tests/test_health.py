"""what works less well than it should is told to whoever watches the server, and nothing about anybody"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from database import readiness
from mail import delivery
from models import Letter
from security.passwords import Passwords
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.outbox import LATER, delayed, done_with, due_now
from tests.support.postern import Postern, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice
from tests.support.secrecy import Watch

pytestmark = pytest.mark.anyio

WELL = {"status": "ready"}


async def says(postern: Postern, **facts: Any) -> None:
    """Come back when /readyz says that the server is ready, and this."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await postern.http.get("/readyz")).json() != WELL | facts:
            assert answer.status_code == 200
            await asyncio.sleep(0.01)


@once
async def test_a_mail_server_that_takes_nothing_is_told_until_it_takes_a_letter(postern: Postern) -> None:
    postern.post.answers = [LATER] * 3
    for nth in range(3):
        await says(postern)
        await postern.register(f"ann{nth}@example.com")
        await delayed(f"ann{nth}@example.com")
    await says(postern, degraded=["mail"])
    await due_now(postern)
    await postern.post.until(lambda: len(postern.post.letters) == 4)
    await done_with()
    postern.post.answers = [LATER] * 2
    for nth in range(3, 5):
        await postern.register(f"ann{nth}@example.com")
        await delayed(f"ann{nth}@example.com")
    await says(postern)


@once
async def test_letters_that_are_refused_for_good_are_not_the_servers_trouble(postern: Postern) -> None:
    postern.post.answers = ["554 5.7.1 No"] * 4
    for nth in range(4):
        await postern.register(f"ann{nth}@example.com")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await Letter.filter(died_at=None).exists():  # noqa: ASYNC110 - a row wakes nobody
            await asyncio.sleep(0.01)
    await says(postern)


async def test_letters_that_nobody_takes_up_are_told_with_their_lateness_in_minutes(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DELIVERIES", 0)
    await postern.register()
    await says(postern)
    now = datetime.now(UTC)
    await Letter.all().update(due_at=now - timedelta(minutes=7, seconds=1))
    await says(postern, degraded=["letters"], oldest_letter_minutes=7)
    await Letter.create(kind="password_changed", created_at=now, due_at=now - timedelta(minutes=9, seconds=1))
    await says(postern, degraded=["letters"], oldest_letter_minutes=9)
    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "overloaded", True)
        patch.setattr(delivery.Delivery, "failing", True)
        await says(postern, degraded=["letters", "mail", "passwords"], oldest_letter_minutes=9)
    await Letter.all().update(due_at=now + timedelta(minutes=7))  # it waits its turn, or for another try
    await says(postern)


@once
async def test_a_redis_that_is_not_there_is_told_before_anybody_tries_anything(
    make_settings: MakeSettings, database_url: str, post: PostOffice, free_tcp_port: int, watch: Watch
) -> None:
    redis_url = f"redis://127.0.0.1:{free_tcp_port}"
    settings = make_settings(database_url=database_url, smtp_url=post.url, redis_url=redis_url, log_format="json")
    async with running(settings, post) as postern:
        answer = await postern.http.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, WELL | {"degraded": ["redis"]})
        await postern.login()
        assert len(watch.events("throttle_redis_lost")) == 1


@once
async def test_a_queue_of_passwords_that_is_too_long_is_told(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passwords, "overloaded", True)
    await says(postern, degraded=["passwords"])


@once
async def test_who_is_not_ready_tells_of_its_other_parts_as_well(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Passwords, "overloaded", True)
    monkeypatch.setattr(readiness, "READY_SECONDS", 0)
    answer = await postern.http.get("/readyz")
    reason = "the database did not answer within 0 seconds"
    told = {"status": "unready", "part": "database", "reason": reason, "degraded": ["passwords"]}
    assert (answer.status_code, answer.json()) == (503, told)
