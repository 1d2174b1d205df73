"""What tests ask of the letters in the outbox."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from models import Letter
from tests.support.postern import EMAIL, Postern
from tests.support.postoffice import PATIENCE_SECONDS

BELL = "bell@example.com"
LATER = "451 4.3.0 Please try again later"


async def letter_where(**facts: Any) -> Letter:
    """The letter of which these facts hold, as soon as there is one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if letter := await Letter.get_or_none(**facts):
                return letter
            await asyncio.sleep(0.01)


async def only_letter(email: str = EMAIL, **facts: Any) -> Letter:
    """The letter to an address, as soon as these facts hold of it."""
    return await letter_where(user__canonical_email=email, **facts)


async def delayed(email: str = EMAIL, **facts: Any) -> Letter:
    """The letter to an address, as soon as a try has failed."""
    return await only_letter(email, last_error__isnull=False, **facts)


async def waiting(kind: str, count: int = 1) -> list[Letter]:
    """The letters of a kind that have been looked at and put off by an hour of the limit."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            later = datetime.now(UTC) + timedelta(minutes=50)  # no lease and no first back-off is as long
            if len(letters := await Letter.filter(kind=kind, due_at__gt=later)) >= count:
                return letters
            await asyncio.sleep(0.01)


async def done_with(*kinds: str) -> None:
    """Come back when no letter of these kinds, or of any, is on its way: each was delivered, dropped or given up."""
    on_their_way = Letter.filter(due_at__isnull=False)
    chosen = on_their_way.filter(kind__in=kinds) if kinds else on_their_way
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await chosen.exists():  # noqa: ASYNC110 - a row wakes nobody
            await asyncio.sleep(0.01)


def seconds_to_go(letter: Letter) -> float:
    assert letter.due_at
    return (letter.due_at - datetime.now(UTC)).total_seconds()


async def due_now(postern: Postern) -> None:
    """Have the worker try every waiting letter again: another registration wakes it."""
    await Letter.filter(due_at__isnull=False).update(due_at=datetime.now(UTC))
    await postern.register(BELL)
