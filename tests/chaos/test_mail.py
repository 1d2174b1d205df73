"""The mail server is down, slow, refuses, hangs up, says nothing"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import database
from models import Letter
from tests.chaos.faults import KIND, Told, nothing_is_lost
from tests.chaos.page import WHOLE
from tests.chaos.people import People, people
from tests.support.databases import once
from tests.support.outbox import LATER
from tests.support.ports import free_port
from tests.support.postoffice import HANG_UP, Answer, PostOffice, post_office
from tests.support.process import PATIENCE_SECONDS, Process, serving

pytestmark = [pytest.mark.anyio, once]
TRIED = 8  # letters that find it so
SLOW_SECONDS = 2.0
LATEST_SECONDS = 120  # the command's timeout and the first back-off, many times over
REFUSED = "550 5.7.1 Message refused"
Fault = Callable[[PostOffice], Awaitable[None]]


def answers(answer: str) -> Fault:
    """Each letter, once it was handed over, gets this answer."""

    async def happen(post: PostOffice) -> None:
        before = len(post.offered)
        post.answers = [answer] * TRIED
        await post.until(lambda: len(post.offered) >= before + TRIED)

    return happen


async def slow(post: PostOffice) -> None:
    waiting = await _kept_waiting(post)
    await asyncio.sleep(SLOW_SECONDS)
    for answer in waiting:
        answer.set_result("250 OK")


async def silent(post: PostOffice) -> None:
    """It takes what it is sent after DATA, and never answers: each is given up, and others come by new connections."""
    connections = post.connections
    await _kept_waiting(post)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while post.connections < connections + TRIED:  # noqa: ASYNC110 - a connection wakes nobody
            await asyncio.sleep(0.02)


async def _kept_waiting(post: PostOffice) -> list[asyncio.Future[Answer]]:
    before, waiting = len(post.offered), [asyncio.get_running_loop().create_future() for _ in range(TRIED)]
    post.answers = [*waiting]
    await post.until(lambda: len(post.offered) >= before + TRIED)
    return waiting


FAULTS: dict[str, Fault] = {
    f"mail server answers after {SLOW_SECONDS:.0f} s": slow,
    "mail server says 421 to emails": answers("421 4.3.2 Service shutting down"),
    "mail server says 451 to emails": answers(LATER),
    "mail server says 550 to emails": answers(REFUSED),
    "mail server hangs up on emails": answers(HANG_UP),
    "mail server says nothing after DATA": silent,
}


async def _all_on_their_way(database_url: str, since: float) -> float | None:
    """How long after that moment the last letter had arrived; nobody waits for a back-off in the short form."""
    if not WHOLE:
        return None
    async with database.opened(database_url, 1), asyncio.timeout(LATEST_SECONDS):
        while await Letter.filter(kind=KIND, due_at__isnull=False).exists():  # noqa: ASYNC110 - a row wakes nobody
            await asyncio.sleep(0.05)
    return time.monotonic() - since


@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_with_mail_keeps_nobody_waiting_and_letters_arrive_when_it_is_over(
    tmp_path: Path, post: PostOffice, database_url: str, fault: str, told: Told
) -> None:
    async with serving(tmp_path, post, DATABASE_URL=database_url) as server:
        guests = await people(server, may_see=())
        async with guests.going_on():
            await guests.well(time.monotonic())
            await FAULTS[fault](post)
            over_at = time.monotonic()
            await guests.well(over_at)
        back = await _all_on_their_way(database_url, over_at)
        refused = TRIED if "550" in fault else 0
        kept = await nothing_is_lost(server, database_url, guests, refused=refused)
        assert server.log.count("letter_died") == refused
        assert "internal_error" not in server.log
    told.tell(fault, guests, back, kept)


async def _delayed(server: Process, guests: People) -> float:
    """Come back when a few letters have found nobody; when that was."""
    async with guests.going_on():
        await server.says("letter_delayed", TRIED)
        assert "mail" in (await server.http.get("/readyz")).json()["degraded"]
        over_at = time.monotonic()
        await guests.well(over_at)
    return over_at


async def test_letters_wait_for_a_mail_server_that_is_not_there(tmp_path: Path, database_url: str, told: Told) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        async with post_office(port) as post:
            server = await stack.enter_async_context(serving(tmp_path, post, DATABASE_URL=database_url))
            guests = await people(server, may_see=())
        over_at = await _delayed(server, guests)
        server.post = await stack.enter_async_context(post_office(port))
        back = await _all_on_their_way(database_url, over_at)
        kept = await nothing_is_lost(server, database_url, guests)
    told.tell("mail server not there", guests, back, kept)
