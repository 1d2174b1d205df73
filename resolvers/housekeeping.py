"""Housekeeping: what is over is removed, by every process now and then; twice does no harm."""

import asyncio
import random
from datetime import UTC, datetime

import structlog
from tortoise.expressions import Q, Subquery
from tortoise.transactions import in_transaction

from models import Confirmation, Letter, Link, Session, User
from settings import Settings

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Sweep again and again, until cancelled. Many processes do not do it at the same time for long."""
    interval = settings.housekeeping_interval.total_seconds()
    while True:
        await asyncio.sleep(interval * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        try:
            log.info("swept", **await sweep(settings))
        except Exception:
            log.exception("housekeeping_failed")


async def sweep(settings: Settings) -> dict[str, int]:
    """Remove sessions that are over, links a while after theirs, letters a while after their end; how many of each.

    An account that nobody has confirmed goes with its last link.
    """
    now = datetime.now(UTC)
    unused_since = now - settings.session_idle_lifetime
    expired = Q(expires_at__lt=now - settings.link_retention)
    done_before = now - settings.letter_retention
    return {
        "sessions": await Session.filter(Q(expires_at__lt=now) | Q(rotated_at__lt=unused_since)).delete(),
        "links": await Link.filter(expired).delete(),
        "confirmations": await Confirmation.filter(expired).delete(),
        "letters": await Letter.filter(Q(delivered_at__lt=done_before) | Q(died_at__lt=done_before)).delete(),
        "accounts": await _remove_abandoned(),
    }


async def _remove_abandoned() -> int:
    abandoned = User.filter(email_confirmed_at=None).exclude(
        Q(id__in=Subquery(Confirmation.all().values("user_id"))) | Q(id__in=Subquery(Link.all().values("user_id")))
    )
    async with in_transaction():
        # Locked, and then asked again: somebody may be registering one of these addresses right now.
        # Whole rows, for Tortoise leaves the lock out where only some columns are asked for.
        locked = await abandoned.select_for_update(skip_locked=True)
        return await abandoned.filter(id__in=[user.id for user in locked]).delete()
