"""Does everybody else get their turn while a flood is swept away? `python -m benchmarks.sweep [rows]`.

As many accounts that nobody has confirmed, and as many sessions that are over, beside a tenth of each that stay; on
SQLite and, where DATABASE_URL names an empty database of PostgreSQL, there too.
"""

import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.connection import get_connection
from uuid_utils.compat import uuid7

import database
from database.sqlite import Client as SqliteClient
from models import Session, User
from resolvers import housekeeping
from settings import Settings

ROWS = 100_000
AT_ONCE = 5_000  # rows that are written together
EVERY_SECONDS = 0.01  # between two writes of somebody else
AGO, AHEAD = timedelta(days=-1), timedelta(days=1)


async def fill(rows: int, *, swept: bool) -> None:
    """Write accounts with a session each: of two people, one unconfirmed and one whose session is over, or neither."""
    now = datetime.now(UTC)
    for first in range(0, rows, AT_ONCE):
        people = [person(now, confirmed=True) for _ in range(first, min(first + AT_ONCE, rows))]
        await User.bulk_create(people)
        await Session.bulk_create([session(user.id, now, now + (AGO if swept else AHEAD)) for user in people])
        if swept:
            await User.bulk_create([person(now, confirmed=False) for _ in people])


def person(now: datetime, *, confirmed: bool) -> User:
    """An account of nobody."""
    known: dict[str, Any] = {"password_hash": "", "locale": "en", "created_at": now}
    return User(canonical_email=f"{uuid7()}@example.com", email_confirmed_at=now if confirmed else None, **known)


def session(user_id: UUID, now: datetime, expires_at: datetime) -> Session:
    """A login of theirs."""
    return Session(user_id=user_id, created_at=now, rotated_at=now, last_used_at=now, expires_at=expires_at)


@contextmanager
def timed() -> Iterator[list[float]]:
    """How many milliseconds each statement takes, until it is told."""
    taken: list[float] = []

    def watched(execute: Any) -> Any:
        async def run(client: Any, *arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return await execute(client, *arguments)
            finally:
                taken.append((time.perf_counter() - started) * 1000)

        return run

    with (
        patch.object(AsyncpgDBClient, "execute_query", watched(AsyncpgDBClient.execute_query)),
        patch.object(SqliteClient, "execute_query", watched(SqliteClient.execute_query)),
    ):
        yield taken


async def writing(somebody: User, over: asyncio.Event) -> list[float]:
    """How many milliseconds each write of somebody else takes meanwhile."""
    taken = []
    while not over.is_set():
        started = time.perf_counter()
        await User.filter(id=somebody.id).update(locale="de")
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(EVERY_SECONDS)
    return taken


def told(taken: list[float]) -> str:
    """Median, 99 of 100, and the worst."""
    cuts = statistics.quantiles(taken, n=100)
    return f"p50 {cuts[49]:7.1f} ms   p99 {cuts[98]:7.1f} ms   max {max(taken):7.1f} ms   of {len(taken)}"


async def bench(name: str, url: str, rows: int) -> None:
    """Print the figures for one database."""
    await database.migrate(url)
    async with database.opened(url, 5):
        await fill(rows // 10, swept=False)
        await fill(rows, swept=True)
        if name == "PostgreSQL":
            await get_connection("postgres").execute_query("ANALYZE")
        somebody = await User.exclude(email_confirmed_at=None).first()
        assert somebody  # noqa: S101
        before, over, started = memory(), asyncio.Event(), time.perf_counter()
        other = asyncio.create_task(writing(somebody, over))
        with timed() as statements:
            swept = await housekeeping.sweep(Settings(_env_file=None))
        over.set()
        print(f"\n{name}: {swept.accounts} accounts and {swept.sessions} sessions "
              f"in {time.perf_counter() - started:.1f} s")  # fmt: skip
        print(f"  its statements      {told(statements)}")
        print(f"  another's writes    {told(await other)}")
        print(f"  memory              {before} MiB before, {memory()} MiB at most")
        left = await User.filter(email_confirmed_at=None).count(), await Session.all().count()
        print(f"  left                {left[0]} accounts to sweep, {left[1]} of {rows // 10} sessions that stay")


def memory() -> int:
    """The most that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def main() -> None:
    """Run them all."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        await bench("SQLite", f"sqlite://{folder}/postern.sqlite3", rows)
    if url := os.environ.get("DATABASE_URL"):
        await bench("PostgreSQL", url, rows)


if __name__ == "__main__":
    asyncio.run(main())
