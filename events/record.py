"""Recording what has happened: a row for those who look back, a line for those who watch, a count for both."""

from functools import partial
from uuid import UUID

import structlog
from tortoise.expressions import Q

import metrics
from database import after_commit, inserting, with_commit
from events import failures, subscribers
from events.event import Event
from events.rows import Origin, row_of
from models import AuditEvent

counts = metrics.events.values  # how often since the start, by name and, where there is one, by reason
log = structlog.get_logger()


async def record(event: Event, origin: Origin | None = None) -> None:
    """Writes the event with the end of the open transaction, where it is audited; after the commit, logs and counts it.

    With it go the deliveries to webhooks that want to hear of it.
    `origin` is None for what no request has caused.
    """
    if event.audited:
        await with_commit(inserting(row_of(event, origin)))
    await subscribers.tell(event)
    after_commit(partial(_publish, event, origin))


async def forget(user_id: UUID) -> None:
    """Erases where the events of an account came from, in the open transaction."""
    await AuditEvent.filter(Q(subject_id=user_id) | Q(actor_id=user_id)).update(ip_address=None, user_agent=None)


def _publish(event: Event, origin: Origin | None) -> None:
    counts[event.name, str(getattr(event, event.counted_by)) if event.counted_by else ""] += 1
    getattr(log, event.level)(event.name, **event.facts())
    if event.failure:
        failures.note(event, origin)
