"""What works less well than it should, though the server serves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import database
from models import Letter, Session
from resolvers.services import Services

MOST_COUNTED = 1_000_000  # sessions: a fifth of a second of the database's
LATE = timedelta(minutes=1)  # a worker looks every few seconds


async def degraded(services: Services) -> dict[str, Any]:
    """Names of the parts, and how late letters are; nothing of whose, for strangers may ask. Empty if all is well.

    `mail`, `passwords` and `redis` are as this process has last found them; `letters` are late by whole minutes.
    """
    late = await lateness()
    if late < LATE:
        return degraded_here(services)
    names = sorted([*degraded_here(services).get("degraded", []), "letters"])
    return {"degraded": names, "oldest_letter_minutes": late // timedelta(minutes=1)}


def degraded_here(services: Services) -> dict[str, Any]:
    """Likewise, as far as this process knows it without the database."""
    names = [name for name, is_so in parts(services).items() if is_so]
    return {"degraded": names} if names else {}


def parts(services: Services) -> dict[str, bool]:
    """What this process knows of its own parts: whether each works less well than it should."""
    return {
        "mail": services.delivery.failing,
        "passwords": services.passwords.overloaded,
        "redis": services.throttle.redis_lost,
    }


async def lateness() -> timedelta:
    """For how long the oldest letter has been due that nobody has taken up."""
    now = datetime.now(UTC)
    oldest = await Letter.filter(due_at__lte=now).order_by("due_at").only("due_at").first()
    return now - oldest.due_at if oldest and oldest.due_at else timedelta()


async def letters_waiting() -> int:
    """How many letters are on their way, those that are put off too."""
    return await Letter.filter(due_at__isnull=False).count()


async def sessions_open() -> int:
    """How many sessions are not over, at most MOST_COUNTED."""
    return await database.count(Session, MOST_COUNTED, "expires_at", after=datetime.now(UTC))
