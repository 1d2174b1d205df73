"""Housekeeping: what is over is removed, by every process now and then; twice does no harm."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

import events
from database import transaction
from models import (
    AuditEvent,
    Device,
    Letter,
    Link,
    LoginTicket,
    ProviderLogin,
    Registration,
    Session,
    Spent,
    TotpSecret,
    User,
    WebhookDelivery,
)
from settings import HousekeepingSettings

BATCH = 1_000  # rows of one transaction, so that none is long and nothing of a cancelled sweep is lost but the last
TICKET_RETENTION = timedelta(days=1)  # so that an expired one is told from one that never was
ADDRESS_RETENTION = timedelta(days=90)  # after which no event tells where it came from
BODY_RETENTION = timedelta(days=7)  # of what webhooks were told, after its end
DELIVERY_RETENTION = timedelta(days=30)  # far beyond the last try
PAUSE_SECONDS = 0.05  # between two batches: SQLite lets nobody else write in one
log = structlog.get_logger()


async def run(settings: HousekeepingSettings) -> None:
    """Sweep again and again, until cancelled. Many processes do not do it at the same time for long."""
    interval = settings.housekeeping_interval.total_seconds()
    while True:
        await asyncio.sleep(interval * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        try:
            await events.record(await sweep(settings))
        except Exception:
            log.exception("housekeeping_failed")


async def sweep(settings: HousekeepingSettings) -> events.Swept:
    """Remove what is over: links, tickets and letters a while after their end, everything else at once.

    An account that nobody has confirmed goes with its last link. Gives back how many of each.
    """
    now = datetime.now(UTC)
    unused_since = now - settings.session_idle_lifetime
    expired_before = now - settings.link_retention
    done_before = now - settings.letter_retention
    return events.Swept(
        sessions=await _remove(Session, "expires_at", now) + await _remove(Session, "rotated_at", unused_since),
        devices=await _remove(Device, "expires_at", now),
        links=await _remove(Link, "expires_at", expired_before),
        tickets=await _remove(LoginTicket, "expires_at", now - TICKET_RETENTION),
        provider_logins=await _remove(ProviderLogin, "expires_at", now),
        totp_secrets=await _remove(TotpSecret, "pending_until", now),
        spent=await _remove(Spent, "expires_at", now),
        registrations=await _remove(Registration, "expires_at", expired_before),
        letters=await _remove(Letter, "delivered_at", done_before) + await _remove(Letter, "died_at", done_before),
        accounts=await _remove_abandoned(),
        events=await _remove(AuditEvent, "at", now - settings.audit_retention),
        addresses=await _forget_addresses(now - ADDRESS_RETENTION),
        deliveries=await _remove(WebhookDelivery, "created_at", now - DELIVERY_RETENTION),
        bodies=await _erase_bodies("delivered_at", now - BODY_RETENTION)
        + await _erase_bodies("died_at", now - BODY_RETENTION),
    )


async def _remove(table: type[Model], column: str, before: datetime) -> int:
    """Remove the rows whose instant in this column, which has an index, is before that one; how many those were."""
    over = table.filter(**{f"{column}__lt": before})
    rest, removed = over, 0
    while page := await rest.order_by(column).limit(BATCH).values_list(_key(table), column):
        gone = await _delete(over, [key for key, _ in page])
        if not gone:
            break  # another process is at it
        removed += gone
        # From there on, for while a backup runs PostgreSQL would look again at each row that is gone already.
        rest = over.filter(**{f"{column}__gte": page[-1][1]})
        await asyncio.sleep(PAUSE_SECONDS)
    return removed


async def _forget_addresses(before: datetime) -> int:
    """Erase where the events from before came from; of how many that was still known."""
    old, forgotten = AuditEvent.filter(Q(ip_address__isnull=False) | Q(user_agent__isnull=False), at__lt=before), 0
    while page := await old.order_by("at").limit(BATCH).values_list("id", flat=True):
        forgotten += await AuditEvent.filter(id__in=page).update(ip_address=None, user_agent=None)
        await asyncio.sleep(PAUSE_SECONDS)
    return forgotten


async def _erase_bodies(column: str, before: datetime) -> int:
    """Erase what webhooks were told, where the end in this column was before that instant; how many those were."""
    # Not by `isnull`, which Tortoise writes so that SQLite does not see the index in it.
    old, erased = WebhookDelivery.filter(**{"body__gt": "", f"{column}__lt": before}), 0
    while page := await old.order_by(column).limit(BATCH).values_list("id", flat=True):
        erased += await old.filter(id__in=page).update(body=None)
        await asyncio.sleep(PAUSE_SECONDS)
    return erased


async def _remove_abandoned() -> int:
    unconfirmed = User.filter(email_confirmed_at=None)
    last, removed = UUID(int=0), 0
    while page := await unconfirmed.filter(id__gt=last).order_by("email_confirmed_at", "id").limit(BATCH).only("id"):
        ids = [user.id for user in page]
        waiting, links = (Subquery(t.filter(user_id__in=ids).values("user_id")) for t in (Registration, Link))
        removed += await _delete(unconfirmed.exclude(Q(id__in=waiting) | Q(id__in=links)), ids)
        last = ids[-1]
        await asyncio.sleep(PAUSE_SECONDS)
    return removed


async def _delete(rows: QuerySet[Any], ids: Sequence[UUID | str]) -> int:
    """Delete in one transaction those of the rows that have one of these keys, and that nobody else is working with."""
    async with transaction():
        # Locked, and then asked again: somebody may be registering one of these addresses right now.
        # With only(), for Tortoise leaves the lock out of values().
        locked = await rows.filter(pk__in=ids).only(_key(rows.model)).select_for_update(skip_locked=True)
        return await rows.filter(pk__in=[row.pk for row in locked]).delete()


def _key(table: type[Model]) -> str:
    return table._meta.pk_attr  # noqa: SLF001 - Tortoise's name for it
