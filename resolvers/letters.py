"""Letters on their way, and those that have died there, for who looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import events
from database import transaction
from errors import NotFound
from mail.delivery import LEASE
from mail.letters import KINDS
from mail.outbox import Outbox
from models import Letter, WebhookDelivery
from resolvers import pages
from resolvers.caller import Caller
from resolvers.pages import Page

LISTED = ("id", "kind", "user_id", "created_at", "due_at", "attempts", "died_at", "last_error")


class State(Enum):
    """Where a letter is, or what a webhook is told; each is known by a column of its own."""

    DUE = "due_at"
    DELIVERED = "delivered_at"
    DEAD = "died_at"


def state_of(letter: Letter | WebhookDelivery) -> State:
    """Where it is."""
    return next(state for state in State if getattr(letter, state.value))


@dataclass(frozen=True)
class Wanted:
    """Which letters; None does not matter."""

    state: State | None = None
    kind: str | None = None
    user_id: UUID | None = None


async def page(wanted: Wanted, count: int, before: UUID) -> Page[Letter]:
    """Those letters, the newest first."""
    rows = Letter.all()
    if wanted.state:
        rows = rows.filter(**{f"{wanted.state.value}__isnull": False})
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind if wanted.kind in KINDS else "")
    if wanted.user_id:
        rows = rows.filter(user_id=wanted.user_id)
    return await pages.newest(rows, count, before)


async def retry_one(caller: Caller, letter_id: str) -> Letter:
    """A letter that waits, and is tried at once. Raises NotFound, also for one that is delivered or has died."""
    try:
        wanted = UUID(letter_id)
    except ValueError:
        raise NotFound from None
    async with transaction():
        retried = await retry(wanted)
        letter = await Letter.get_or_none(id=wanted, due_at__isnull=False)
        if letter is None:
            raise NotFound
        if retried:
            by = caller.signed_in.user.id
            await events.record(events.LetterRetried(letter_id=wanted, user_id=letter.user_id, by_user_id=by), caller)
    return letter


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
