"""What tests ask of the letters in the outbox."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from models import Letter
from tests.postern import EMAIL, Postern
from tests.postoffice import PATIENCE_SECONDS

BELL = "bell@example.com"
LATER = "451 4.3.0 The clerk is at lunch"


async def only_letter(email: str = EMAIL, **facts: Any) -> Letter:
    """The letter to an address, as soon as these facts hold of it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if letter := await Letter.get_or_none(user__canonical_email=email, **facts):
                return letter
            await asyncio.sleep(0.01)


async def delayed(email: str = EMAIL) -> Letter:
    """The letter to an address, as soon as a try has failed."""
    return await only_letter(email, last_error__isnull=False)


def seconds_to_go(letter: Letter) -> float:
    assert letter.due_at
    return (letter.due_at - datetime.now(UTC)).total_seconds()


async def due_now(postern: Postern) -> None:
    """Have the worker try every waiting letter again: another registration wakes it."""
    await Letter.filter(due_at__isnull=False).update(due_at=datetime.now(UTC))
    await postern.register(BELL)
