"""A worker: takes rows of work as they become due, and does a few of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import anyio
import structlog
from tortoise.models import Model

from database.leases import ANY, held, lease

POLL_SECONDS = 5.0  # for what another process wrote, and what waits for its next try

Row = TypeVar("Row", bound=Model)
Outcome = TypeVar("Outcome")
log = structlog.get_logger()


@dataclass(frozen=True)
class Work(Generic[Row, Outcome]):
    """What there is to do: rows of a table, `which` of them (a condition in SQL), so many at once by one process.

    A hand is free as soon as it has gone through `do`; `note` then writes what came of it. Both have to come back
    within the lease. `facts` are in each of its log's lines, `idle` is called where nothing is left to do.
    Where looking for rows or noting fails, the log has a line `failure`.
    """

    table: type[Row]
    lease: timedelta
    hands: Callable[[], int]
    do: Callable[[Row], Awaitable[Outcome]]
    note: Callable[[Row, Outcome], Awaitable[None]]
    facts: Callable[[Row], Mapping[str, Any]]
    failure: str
    which: str = ANY
    linger: float = 0.0  # seconds that a free hand waits for others: one statement then serves them all
    idle: Callable[[], None] = lambda: None


class Worker(Generic[Row, Outcome]):
    """The worker of one process, which `woken` tells of work that was written here."""

    def __init__(self, work: Work[Row, Outcome], woken: asyncio.Event) -> None:
        self._work = work
        self._woken = woken
        self._stopping = False
        self.in_hand = 0

    def stop(self) -> None:
        """Have it end after the rows in its hands."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Do whatever is due until stopped. No failure ends it."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                self._woken.clear()
                try:
                    await self._start_due(tasks)
                except Exception:
                    log.exception(self._work.failure)
                with anyio.move_on_after(POLL_SECONDS):
                    await self._woken.wait()

    async def _start_due(self, tasks: asyncio.TaskGroup) -> None:
        work = self._work
        while not self._stopping and self.in_hand < work.hands():
            rows = await lease(work.table, work.hands() - self.in_hand, work.lease, work.which)
            if not rows:
                if not self.in_hand:
                    work.idle()
                return
            self.in_hand += len(rows)
            for row in rows:
                tasks.create_task(self._process(row))

    async def _process(self, row: Row) -> None:
        with structlog.contextvars.bound_contextvars(**self._work.facts(row)):
            try:
                try:
                    outcome = await self._work.do(row)
                finally:
                    self._free_hand()
                await self._work.note(row, outcome)
            except asyncio.CancelledError:
                with anyio.CancelScope(shield=True):
                    await held(row).filter(due_at__isnull=False).update(due_at=datetime.now(UTC))
                raise
            except Exception:
                log.exception(self._work.failure)

    def _free_hand(self) -> None:
        self.in_hand -= 1
        several = self.in_hand <= self._work.hands() // 2
        asyncio.get_running_loop().call_later(0 if several else self._work.linger, self._woken.set)
