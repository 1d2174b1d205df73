"""Several processes count together in Redis, and each for itself where that is lost"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from security import redis_windows, throttle
from tests.support.databases import once
from tests.support.ports import free_port
from tests.support.postern import EMAIL
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, serving
from tests.support.secrecy import Watch
from tests.throttle.asking import WRONG, Throttled, kinds, tries
from tests.throttle.relay import relaying

pytestmark = pytest.mark.anyio

RULES = {"login_per_account", "login_per_address", "mail_per_address", "mail_per_recipient", "links_per_address"}


@pytest.fixture
async def redis_url() -> AsyncIterator[str]:
    """A Redis database of this test's own, emptied at its end."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 15  # not that of a test beside this one
    async with Redis.from_url(f"{url}/{number}") as redis:
        try:
            await redis.ping()
        except RedisError:
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
        answers = await asyncio.gather(*(tries(server, 30) for server in (one, other)))
    assert kinds([*answers[0], *answers[1]]) == {"InvalidCredentials": 5, "TooManyAttempts": 55}


@pytest.mark.parametrize("dialect", ["postgres"])  # what Redis counts is the same for both
async def test_the_processes_of_one_server_count_together(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "WEB_CONCURRENCY": "2"}
    async with serving(tmp_path, post, LOGIN_LIMIT_PER_ACCOUNT="5 per 5 minutes", **shared) as server:
        await server.says("] serving ", times=2)
        assert kinds(await tries(server, 60)) == {"InvalidCredentials": 5, "TooManyAttempts": 55}
        server.child.terminate()
        assert await server.stopped() == 0
    assert server.log.count("] stopped") == 2


@pytest.mark.parametrize("dialect", ["sqlite"])  # what Redis holds is the same for both
async def test_what_redis_holds_tells_nobodys_address(throttled: Throttled, redis_url: str) -> None:
    async with throttled(redis_url=redis_url, trusted_proxy_count=1) as server, Redis.from_url(redis_url) as redis:
        server.http.headers["X-Forwarded-For"] = "203.0.113.7"
        await server.login(password=WRONG)
        await server.confirm(await server.registered("ben@example.com"))
        held = {key.decode(): str(await redis.lrange(key, 0, -1)) async for key in redis.scan_iter()}
    assert {key.split("/")[1] for key in held} == RULES
    for known in (EMAIL, "ben", "example.com", "203.0.113"):
        assert known not in str(held)


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
@once
async def test_where_redis_is_lost_each_process_counts_for_itself_until_it_is_back(
    throttled: Throttled, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "WITHOUT_REDIS_SECONDS", 0.1)
    port = free_port()
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


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_connections_that_have_died_without_a_word_are_noticed_once_and_not_one_by_one(
    throttled: Throttled, redis_url: str, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "WITHOUT_REDIS_SECONDS", 0.1)
    monkeypatch.setattr(redis_windows, "REDIS_SECONDS", 2.0)
    there = urlsplit(redis_url)
    here_to_there = relaying(there.hostname or "", there.port or 6379)
    async with asyncio.timeout(PATIENCE_SECONDS), here_to_there as (relay, port):
        redis = f"redis://127.0.0.1:{port}{there.path}"
        async with throttled(login_limit_per_account="5 per 5 minutes", redis_url=redis) as server:
            await tries(server, 20, email="somebody@example.com")  # over as many connections as are kept
            relay.forget()
            while not watch.events("throttle_redis_back"):
                await server.login("somebody@example.com")
                await asyncio.sleep(0.05)
            assert kinds(await tries(server, 20)) == {"InvalidCredentials": 5, "TooManyAttempts": 15}
            assert len(watch.events("throttle_redis_lost")) == 1
