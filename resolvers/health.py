"""What works less well than it should, though the server serves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from models import Letter
from resolvers.services import Services

LATE = timedelta(minutes=1)  # a worker looks every few seconds


async def degraded(services: Services) -> dict[str, Any]:
    """Names of the parts, and how late letters are; nothing of whose, for strangers may ask. Empty if all is well.

    `mail` and `redis` are as this process has last found them; `letters` are late by whole minutes.
    """
    late = await lateness()
    parts = {"mail": services.delivery.failing, "letters": late >= LATE, "redis": services.throttle.redis_lost}
    names = [name for name, is_so in parts.items() if is_so]
    minutes = {"oldest_letter_minutes": late // timedelta(minutes=1)} if late >= LATE else {}
    return {"degraded": names, **minutes} if names else {}


async def lateness() -> timedelta:
    """For how long the oldest letter has been due that nobody has taken up."""
    now = datetime.now(UTC)
    oldest = await Letter.filter(due_at__lte=now).order_by("due_at").only("due_at").first()
    return now - oldest.due_at if oldest and oldest.due_at else timedelta()


async def letters_waiting() -> int:
    """How many letters are on their way, those that are put off too."""
    return await Letter.filter(due_at__isnull=False).count()
