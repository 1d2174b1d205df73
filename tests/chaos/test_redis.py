"""Redis dies, freezes, forgets"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
from redis.asyncio import Redis

from tests.chaos.faults import Told, nothing_is_lost
from tests.chaos.people import People, people
from tests.support.ports import free_port
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, Process, serving

pytestmark = [pytest.mark.anyio, pytest.mark.needs(bool(which("redis-server")), "redis-server is not installed")]
FROZEN_SECONDS = 10.0
LIMIT = 5
WRONG = "not the password of anybody"


@dataclass
class Counting:
    """A Redis of this test's own."""

    port: int
    child: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Come back when it answers."""
        command = (
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--loglevel",
            "warning",
        )
        self.child = await asyncio.create_subprocess_exec(*command)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except ConnectionError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.child
        if self.child.returncode is None:
            self.child.kill()
            await self.child.wait()

    def send(self, stopping: signal.Signals) -> None:
        assert self.child
        self.child.send_signal(stopping)


@pytest.fixture
async def redis() -> AsyncIterator[Counting]:
    counting = Counting(free_port())
    await counting.start()
    yield counting
    await counting.kill()


async def dies(redis: Counting, server: Process, guests: People) -> None:
    await redis.kill()
    await server.says("throttle_redis_lost")
    await guests.well(time.monotonic())
    await redis.start()


async def freezes(redis: Counting, server: Process, guests: People) -> None:
    redis.send(signal.SIGSTOP)
    try:
        await server.says("throttle_redis_lost")
        await asyncio.sleep(FROZEN_SECONDS)
    finally:
        redis.send(signal.SIGCONT)


async def forgets(redis: Counting, server: Process, guests: People) -> None:
    async with Redis.from_url(redis.url) as client:
        for _ in range(20):
            await client.flushall()
            await asyncio.sleep(0.02)


FAULTS: dict[str, Callable[[Counting, Process, People], Awaitable[None]]] = {
    "Redis killed, and started again": dies,
    f"Redis frozen for {FROZEN_SECONDS:.0f} s": freezes,
    "Redis emptied, twenty times": forgets,
}


async def _guesses_looked_at(server: Process) -> int:
    answers = [await server.login("somebody@example.com", WRONG) for _ in range(2 * LIMIT)]
    return sum(answer["__typename"] == "InvalidCredentials" for answer in answers)


@pytest.mark.parametrize("dialect", ["sqlite"])  # what Redis counts is the same for both
@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_with_redis_refuses_nobody_and_guesses_are_limited_all_the_while(
    tmp_path: Path, post: PostOffice, database_url: str, redis: Counting, *, fault: str, told: Told
) -> None:
    known = {"DATABASE_URL": database_url, "REDIS_URL": redis.url, "LOGIN_LIMIT_PER_ACCOUNT": f"{LIMIT} per 5 minutes"}
    async with serving(tmp_path, post, **known) as server:
        guests = await people(server, may_see=())
        async with guests.going_on():
            await guests.well(time.monotonic())
            await FAULTS[fault](redis, server, guests)
            ended_at = time.monotonic()
            if lost := server.log.count("throttle_redis_lost"):
                await server.says("throttle_redis_back", lost)
            back = time.monotonic() - ended_at
            await guests.well(ended_at)
            assert await _guesses_looked_at(server) == LIMIT
        kept = await nothing_is_lost(server, database_url, guests)
        assert server.log.count("throttle_redis_lost") <= 1
        assert "internal_error" not in server.log
    told.tell(fault, guests, back, kept)
