"""PostgreSQL is restarted, dies, freezes, ends its connections, has none left"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.chaos.faults import Told, nothing_is_lost
from tests.chaos.people import AWAY, People, people
from tests.support.clusters import Cluster, cluster
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, serving

pytestmark = pytest.mark.anyio
NAME = "postern"
CONNECTIONS = 15
AWAY_SECONDS = 2.0
FROZEN_SECONDS = 10.0
ENDED = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{NAME}'"  # noqa: S608
OURS = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{NAME}'"  # noqa: S608


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[Cluster]:
    """A server that is there for all of these."""
    async with cluster(f"max_connections={CONNECTIONS}", "superuser_reserved_connections=0") as server:
        yield server


@pytest.fixture
async def database_url(postgres: Cluster) -> AsyncIterator[str]:
    """A new database of its, which the first server migrates."""
    await postgres.says(f"CREATE DATABASE {NAME}")
    yield postgres.url(NAME)
    await postgres.says(f"DROP DATABASE {NAME} WITH (FORCE)")


async def restarted(postgres: Cluster, guests: People) -> None:
    await postgres.ended(signal.SIGINT)
    await guests.seen(AWAY)
    await asyncio.sleep(AWAY_SECONDS)
    await postgres.start()


async def killed(postgres: Cluster, guests: People) -> None:
    await postgres.ended(signal.SIGKILL)
    await guests.seen(AWAY)
    await asyncio.sleep(AWAY_SECONDS)
    await postgres.start()


async def frozen(postgres: Cluster, guests: People) -> None:
    postgres.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_SECONDS)
        await guests.seen(AWAY)
    finally:
        postgres.send(signal.SIGCONT)


async def frozen_for_long(postgres: Cluster, guests: People) -> None:
    postgres.send(signal.SIGSTOP)
    try:
        await guests.seen(AWAY, guests.many)
    finally:
        postgres.send(signal.SIGCONT)


async def disconnected(postgres: Cluster, guests: People) -> None:
    for _ in range(20):
        await postgres.says(ENDED)
        await asyncio.sleep(0.05)


async def crowded(postgres: Cluster, guests: People) -> None:
    """Others take every connection that there is, and ours when they end."""
    others = []
    try:
        while guests.answers[AWAY] < 20:
            with suppress(asyncpg.PostgresError):
                others.append(await asyncpg.connect(postgres.url("postgres"), timeout=5))
                await others[0].execute(ENDED)
            await asyncio.sleep(0.01)
    finally:
        for other in others:
            await other.close()


FAULTS: dict[str, Callable[[Cluster, People], Awaitable[None]]] = {
    f"PostgreSQL restarted, away for {AWAY_SECONDS:.0f} s": restarted,
    f"PostgreSQL killed, away for {AWAY_SECONDS:.0f} s": killed,
    f"PostgreSQL frozen for {FROZEN_SECONDS:.0f} s": frozen,
    "PostgreSQL frozen until everybody knows": frozen_for_long,
    "PostgreSQL ends all connections, twenty times": disconnected,
    "PostgreSQL has no connection left": crowded,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_with_postgresql_is_told_in_time_and_over_as_soon_as_that_is(
    tmp_path: Path, post: PostOffice, postgres: Cluster, database_url: str, *, fault: str, told: Told
) -> None:
    async with serving(tmp_path, post, DATABASE_URL=database_url) as server:
        guests = await people(server)
        async with guests.going_on():
            await guests.well(time.monotonic())
            async with asyncio.timeout(2 * PATIENCE_SECONDS):
                await FAULTS[fault](postgres, guests)
            ended_at = time.monotonic()
            back = await guests.well(ended_at)
        kept = await nothing_is_lost(server, database_url, guests)
        assert (await server.http.get("/readyz")).json()["status"] == "ready"
        assert await postgres.says(OURS) <= 10, "connections that nobody uses"
        assert "internal_error" not in server.log
        told.tell(fault, guests, back, kept)
