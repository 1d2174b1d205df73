"""Several processes count together in Redis, and each for itself where that is lost"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest
from redis.asyncio import Redis

from security import throttle
from tests.postoffice import PostOffice
from tests.process import PATIENCE_SECONDS, serving
from tests.secrecy import Watch
from tests.throttle.asking import Throttled, kinds, tries

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis_url() -> AsyncIterator[str]:
    """A Redis database of this test's own, emptied at its end."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 15  # not that of a test beside this one
    async with Redis.from_url(f"{url}/{number}") as redis:
        try:
            await redis.ping()
        except OSError:
            assert not os.environ.get("CI"), f"no Redis at {url}"
            pytest.skip(f"no Redis at {url}")
        await redis.flushdb()
        yield f"{url}/{number}"
        await redis.flushdb()


@pytest.mark.parametrize("dialect", ["postgres"])  # what Redis counts is the same for both
async def test_two_processes_with_redis_count_together(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    shared = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": "http://postern.test",
        "LOGIN_LIMIT_PER_ACCOUNT": "5 per 5 minutes",
    }
    async with serving(tmp_path, post, **shared) as one, serving(tmp_path, post, **shared) as other:
        answers = await asyncio.gather(*(tries(server, 100) for server in (one, other)))
    assert kinds([*answers[0], *answers[1]]) == {"InvalidCredentials": 5, "TooManyAttempts": 195}


@pytest.mark.parametrize("dialect", ["postgres"])  # what Redis counts is the same for both
async def test_the_processes_of_one_server_count_together(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "WEB_CONCURRENCY": "2"}
    async with serving(tmp_path, post, LOGIN_LIMIT_PER_ACCOUNT="5 per 5 minutes", **shared) as server:
        await server.says("] serving ", times=2)
        assert kinds(await tries(server, 100)) == {"InvalidCredentials": 5, "TooManyAttempts": 95}
        server.child.terminate()
        assert await server.stopped() == 0
    assert server.log.count("] stopped") == 2


@asynccontextmanager
async def redis_server(port: int) -> AsyncIterator[None]:
    """A Redis of this test's own, killed at the end as if its machine had failed."""
    command = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning")
    child = await asyncio.create_subprocess_exec(*command)
    try:
        yield
    finally:
        child.kill()
        await child.wait()


@pytest.mark.needs(bool(which("redis-server")), "redis-server is not installed")
async def test_where_redis_is_lost_each_process_counts_for_itself_until_it_is_back(
    throttled: Throttled, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "WITHOUT_REDIS_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async with throttled(login_limit_per_account="5 per 5 minutes", redis_url=f"redis://127.0.0.1:{port}") as server:
        for round_ in (1, 2):
            email = f"p{round_}@example.com"
            assert kinds(await tries(server, 20, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 15}
            assert (await server.http.get("/readyz")).status_code == 200
            assert len(watch.events("throttle_redis_lost")) == round_
            async with redis_server(port), asyncio.timeout(PATIENCE_SECONDS):
                while len(watch.events("throttle_redis_back")) < round_:
                    await server.login("somebody@example.com")  # which asks whether it is back
                    await asyncio.sleep(0.05)
                # What Redis counts: nobody has tried this account there.
                assert kinds(await tries(server, 20, email=email)) == {"InvalidCredentials": 5, "TooManyAttempts": 15}
