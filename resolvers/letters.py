"""Letters on their way, and those that have died there, for who looks after them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from errors import NotFound
from mail.delivery import LEASE
from mail.outbox import Outbox
from models import Letter

LISTED = ("id", "kind", "user_id", "created_at", "due_at", "attempts", "died_at", "last_error")


async def undelivered(at_most: int) -> Sequence[dict[str, Any]]:
    """Those that wait and those that have died, oldest first, without whom they are for."""
    return await Letter.filter(delivered_at=None).order_by("id").limit(at_most).values(*LISTED)


async def look(outbox: Outbox, letter_id: UUID) -> dict[str, Any]:
    """One letter and, while it waits, whom it is for; never what it says. Raises NotFound."""
    letter = await Letter.get_or_none(id=letter_id)
    if letter is None:
        raise NotFound
    recipient = outbox.opened(letter).recipient if letter.sealed_text else None
    return {"recipient": recipient, **{name: getattr(letter, name) for name in (*LISTED, "delivered_at")}}


async def retry(letter_id: UUID | None) -> int:
    """Has the worker try a letter again now, or all that wait; gives back how many.

    One that is due within a minute comes by itself, and may be in the worker's hands: to touch it could send it twice.
    """
    now = datetime.now(UTC)
    waiting = Letter.filter(due_at__gt=now + LEASE, **({"id": letter_id} if letter_id else {}))
    return await waiting.update(due_at=now)
