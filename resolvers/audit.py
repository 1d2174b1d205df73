"""What has happened, read from its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from events import Event, LoginFailed, RegisteredAgain
from models import AuditEvent
from resolvers import pages
from resolvers.pages import NEWEST, Page

# What strangers may have done to an account, whose addresses are not its owner's to know.
STRANGERS = (RegisteredAgain.name, LoginFailed.name)
NAMES = sorted(kind.name for kind in Event.__subclasses__() if kind.audited or kind.failure)  # of those with a row
SLACK_MS = 1_000  # between a row's id and its instant, which are made one after the other

COLUMNS = (
    *("id", "at", "event", "subject_id", "actor_id", "session_id"),
    *("ip_address", "user_agent", "request_id", "details"),
)


async def newest(
    at_most: int, *, subject_id: UUID | None = None, event: str | None = None, since: datetime | None = None
) -> Sequence[dict[str, Any]]:
    """The newest events, oldest of them first; of one account, of one name, since an instant, where these are given."""
    wanted = {"subject_id": subject_id, "event": event, "at__gte": since}
    rows = AuditEvent.filter(**{name: value for name, value in wanted.items() if value is not None})
    return list(reversed(await rows.order_by("-id").limit(at_most).values(*COLUMNS)))


@dataclass(frozen=True)
class Wanted:
    """Which events; None does not matter. From `since` on and before `until`."""

    subject_id: UUID | None = None
    actor_id: UUID | None = None
    names: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(wanted: Wanted, count: int, before: UUID) -> Page[AuditEvent]:
    """Those events, the newest first."""
    rows = AuditEvent.all()
    if wanted.subject_id:
        rows = rows.filter(subject_id=wanted.subject_id)
    if wanted.actor_id:
        rows = rows.filter(actor_id=wanted.actor_id)
    if wanted.names is not None:
        rows = rows.filter(event__in=[name for name in NAMES if name in wanted.names])
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since, id__gte=_first_id(wanted.since, -SLACK_MS))
    if wanted.until:
        rows, before = rows.filter(at__lt=wanted.until), min(before, _first_id(wanted.until, SLACK_MS))
    return await pages.newest(rows, count, before)


def _first_id(moment: datetime, slack_ms: int) -> UUID:
    """The least id of that moment (RFC 9562 §5.7): so an index begins there, however much has happened since."""
    milliseconds = int(moment.timestamp() * 1_000) + slack_ms
    return min(UUID(int=max(milliseconds, 0) << 80), NEWEST)


def of_owner(user_id: UUID) -> QuerySet[AuditEvent]:
    """What has happened to an account, as its owner may know it."""
    return AuditEvent.filter(subject_id=user_id).exclude(event__in=STRANGERS)


async def own(user_id: UUID, count: int, before: UUID) -> Page[AuditEvent]:
    """The same, the newest first, without where others were who have done something to it."""
    found = await pages.newest(of_owner(user_id), count, before)
    for row in found.rows:
        if row.actor_id not in (None, user_id):
            row.ip_address = row.user_agent = None
    return found
