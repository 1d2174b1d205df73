"""What has happened, read from its rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models import AuditEvent

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
