"""Does an account server with a million accounts answer as quickly as one with a thousand?

Fills a database for each size, with a session, device, registration, link, letter and event of each person's,
and goes through whole lives of further accounts on all of them in turns: whatever else this machine does meanwhile, it
does to all. The hash is the cheapest there is, or nothing else would show. `python -m benchmarks.scale`
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import asyncpg  # type: ignore[import-untyped]

import database
from benchmarks import filling, postern, postgres
from benchmarks.lives import Lives, Times
from benchmarks.processes import needs_proc
from database.configuration import config
from database.leases import lease
from database.lifetime import opened_here
from mail.delivery import DELIVERIES, LEASE
from models import Letter
from resolvers import housekeeping
from settings import load

CHEAP = {"ARGON2_MEMORY_KIB": "8", "ARGON2_TIME_COST": "1"}
FILLING_SECONDS = 600.0
POSTGRES_SHARE = 0.7  # of the time, the rest being SQLite's


class Place:
    """A database of one size."""

    def __init__(self, url: str, people: int) -> None:
        self.url, self.people = url, people
        self.times: Times = defaultdict(list)

    async def fill(self) -> None:
        """Have so many people there."""
        await database.migrate(self.url)
        if not self.url.startswith("sqlite"):
            await self._fill_server()
            return
        async with opened_here(config(self.url, 1)) as context:
            for statement in filling.statements("sqlite", self.people):
                await context.db().execute_script(statement)

    async def _fill_server(self) -> None:
        connection = await asyncpg.connect(self.url, command_timeout=FILLING_SECONDS)
        try:
            # Foreign keys are right as they are written: nobody needs to look each of them up.
            await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            for statement in filling.statements("postgres", self.people):
                await connection.execute(statement)
            await connection.execute("VACUUM")
        finally:
            await connection.close()

    async def work(self) -> None:
        """What happens without a request: a turn of housekeeping, and leases of the outbox."""
        now = datetime.now(UTC)
        async with database.opened(self.url, 1):
            await self._timed("housekeeping", lambda: housekeeping.sweep(load()))
            for _ in range(DELIVERIES):
                await Letter.create(kind="confirm_email", created_at=now, due_at=now)
            await self._timed("outbox, lease of eight", lambda: lease(Letter, DELIVERIES, LEASE))
            await self._timed("outbox, lease of none", lambda: lease(Letter, DELIVERIES, LEASE))
            await Letter.filter(attempts__gt=0, delivered_at=None).delete()

    async def _timed(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        started = time.perf_counter()
        await work()
        self.times[name].append((time.perf_counter() - started) * 1000)


def measured(places: list[Place], tries: int, until: float) -> list[Times]:
    """The times of each place, taken in turns: so many, or as many as come to an end before `until` (monotonic)."""
    housekeeping.PAUSE_SECONDS = 0
    with ExitStack() as stack:
        lives = []
        for place in places:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(postern.serving(folder, DATABASE_URL=place.url, **CHEAP))
            lives.append(Lives(folder, server))
        for number in _turns(tries, until):
            for one in lives[:: -1 if number % 2 else 1]:
                one.live()
                if not number:
                    one.times.clear()  # each was warming up
            sys.stderr.write(f"\r{number} of {tries}")
    for number in range(tries + 1):
        for place in places:
            asyncio.run(place.work())
            if not number:
                place.times.clear()
    return [one.times | place.times for one, place in zip(lives, places, strict=True)]


def _turns(tries: int, until: float) -> Iterator[int]:
    """One to warm up, and those that count."""
    for number in range(tries + 1):
        yield number
        if number and time.monotonic() > until:
            return


def lower(times: list[float]) -> float:
    """The lower quartile: other work on the machine only adds to a time, so what is lowest is nearest to its own."""
    return quantiles(times, n=4, method="inclusive")[0] if len(times) > 1 else times[0]


def table(sizes: list[int], found: list[Times]) -> str:
    """Lower quartiles in milliseconds, how many times the greatest is that of the smallest, and what is noise in it."""
    head = ["", *(f"{size:,}" for size in sizes), "ratio", "noise"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name in found[0]:
        low = [lower(times[name]) for times in found]
        halves = [lower(found[0][name][start::2] or low[:1]) for start in (0, 1)]
        figures = [*(f"{one:.1f}" for one in low), f"{low[-1] / low[0]:.2f}"]
        lines.append([name, *figures, f"{max(halves) / min(halves):.2f}"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@contextmanager
def filled(kind: str, server: str, sizes: list[int]) -> Iterator[list[Place]]:
    """Databases of these sizes."""
    with ExitStack() as stack:
        places = []
        for size in sizes:
            if kind == "PostgreSQL":
                url = stack.enter_context(postgres.fresh(server, f"scale{size}")).url
            else:
                url = f"sqlite://{stack.enter_context(tempfile.TemporaryDirectory())}/db"
            places.append(Place(url, size))
            started = time.perf_counter()
            asyncio.run(places[-1].fill())
            sys.stderr.write(f"{kind}: {size:,} people in {time.perf_counter() - started:.0f} s\n")
        yield places


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--people", nargs="+", type=int, default=[1_000, 100_000, 1_000_000], metavar="N")
    parser.add_argument("--sqlite", nargs="+", type=int, default=[1_000, 100_000], metavar="N")
    parser.add_argument("--tries", type=int, default=40, help="lives whose lower quartile counts (default: 40)")
    parser.add_argument("--minutes", type=float, default=9, help="after which no further life begins (default: 9)")
    parser.add_argument("--postgres", metavar="URL", help="a server where databases may be made (default: a local one)")
    options = parser.parse_args()
    needs_proc()
    server, started = postgres.server(options.postgres), time.monotonic()
    for kind, sizes, share in (("PostgreSQL", options.people, POSTGRES_SHARE), ("SQLite", options.sqlite, 1)):
        with filled(kind, server, sizes) as places:
            found = measured(places, options.tries, started + options.minutes * 60 * share)
        print(f"\n{kind}, milliseconds\n\n{table(sizes, found)}", flush=True)


if __name__ == "__main__":
    main()
