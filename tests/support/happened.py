"""What tests ask of the rows of what has happened."""

from tortoise.expressions import Q

from events import failures
from models import AuditEvent, User


async def from_nowhere() -> list[str]:
    """The events that a request has caused and that do not tell where it came from, but for those of accounts gone."""
    await failures.write()
    there = await User.all().values_list("id", flat=True)
    ours = AuditEvent.filter(Q(subject_id=None) | Q(subject_id__in=there), request_id__isnull=False)
    rows = ours.filter(Q(ip_address=None) | Q(user_agent=None)).order_by("id")
    return [row.event for row in await rows]
