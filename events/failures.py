"""Failures: an attacker makes as many as they like, so one row a minute is kept for each account and kind."""

import asyncio
from collections import Counter
from uuid import UUID

import structlog

from events.event import Event
from events.rows import Origin, row_of
from models import AuditEvent, User

INTERVAL_SECONDS = 60
MOST = 10_000  # accounts in a minute; what goes beyond is counted without saying whose

waiting: dict[tuple[str, UUID | None], tuple[AuditEvent, Counter[str]]] = {}
log = structlog.get_logger()


def note(event: Event, origin: Origin | None) -> None:
    """Counts it, with where the first of its kind came from; `write` keeps it."""
    row = row_of(event, origin)
    reason = [str(row.details[event.counted_by])] if event.counted_by else []
    _add(row, Counter(["count", *reason]))


async def run() -> None:
    """Writes what was noted once a minute, and at last when it is cancelled."""
    try:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            await write()
    finally:
        await write()


async def write() -> None:
    """Writes what was noted since the last time. Where that fails, it is kept for the next."""
    noted = list(waiting.values())
    waiting.clear()
    subjects = [row.subject_id for row, _ in noted if row.subject_id]
    try:
        there = await User.filter(id__in=subjects).values_list("id", flat=True) if subjects else []
        for row, counted in noted:
            row.details = dict(counted)
            if row.subject_id and row.subject_id not in there:  # an account that was deleted leaves no address behind
                row.ip_address = row.user_agent = None
        await AuditEvent.bulk_create([row for row, _ in noted], batch_size=1_000)
    except Exception:
        log.exception("failures_not_written", rows=len(noted))
        for row, counted in noted:
            _add(row, counted)


def _add(row: AuditEvent, counted: Counter[str]) -> None:
    if (row.event, row.subject_id) not in waiting and len(waiting) >= MOST:
        row.subject_id = row.ip_address = row.user_agent = None
    waiting.setdefault((row.event, row.subject_id), (row, Counter()))[1].update(counted)
