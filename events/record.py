"""Recording what has happened: a row for those who look back, a line for those who watch, a count for both."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.expressions import Q

from database import after_commit
from events.event import Event
from models import AuditEvent, Session

IDS = {"user_id": "subject_id", "session_id": "session_id"}  # fields that have a column of their own
LONGEST_USER_AGENT = 255

counts: Counter[tuple[str, str]] = Counter()  # how often since the start, by name and, where there is one, by reason
log = structlog.get_logger()


class Origin(Protocol):
    """Who asked for it, and from where."""

    @property
    def ip_address(self) -> str | None:
        """The address that the request came from."""

    @property
    def user_agent(self) -> str | None:
        """What its program calls itself."""

    @property
    def session(self) -> Session | None:
        """The session of who is signed in."""


async def record(event: Event, origin: Origin | None = None) -> None:
    """Writes the event into the open transaction, where it is audited; once that is committed, logs and counts it.

    `origin` is None for what no request has caused.
    """
    if event.audited:
        await _row(event, origin).save()
    after_commit(partial(_tell, event))


async def forget(user_id: UUID) -> None:
    """Erases where the events of an account came from, in the open transaction."""
    await AuditEvent.filter(Q(subject_id=user_id) | Q(actor_id=user_id)).update(ip_address=None, user_agent=None)


def _row(event: Event, origin: Origin | None) -> AuditEvent:
    facts = event.facts()
    asker = origin.session if origin else None
    return AuditEvent(
        at=datetime.now(UTC),
        event=event.name,
        actor_id=asker and asker.user_id,
        **{column: facts.pop(field, None) for field, column in IDS.items()},
        ip_address=origin and origin.ip_address,
        user_agent=origin and origin.user_agent and origin.user_agent[:LONGEST_USER_AGENT],
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
        details=facts,
    )


def _tell(event: Event) -> None:
    counts[event.name, str(getattr(event, event.counted_by)) if event.counted_by else ""] += 1
    getattr(log, event.level)(event.name, **event.facts())
