"""Many clients at once, half of whom hang up: nobody ever gets another's answer, and nothing is left behind"""

import asyncio
import gc
import json
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from tortoise.connection import get_connections

import database.asyncpg
from models import Session, User
from security.keys import KeyRing
from security.passwords import Passwords
from security.tokens import AccessTokens
from settings import Settings
from tests.support.given import MakeSettings
from tests.support.listening import listening
from tests.support.postern import LOGIN, PASSWORD
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

PEOPLE = 20
REQUESTS = 300
AT_ONCE = 60
PATIENCE_SECONDS = 60
ME = "{ me { id email } }"


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    id: str
    email: str
    token: str


async def signed_in(settings: Settings, number: int, password_hash: str) -> Person:
    now = datetime.now(UTC)
    email = f"n{number}@example.com"
    user = await User.create(
        canonical_email=email, password_hash=password_hash, locale="en", created_at=now, email_confirmed_at=now
    )
    ends = now + timedelta(hours=1)
    session = await Session.create(user=user, created_at=now, rotated_at=now, last_used_at=now, expires_at=ends)
    token, _ = AccessTokens(settings, KeyRing(settings)).issue(
        user.id, session.id, methods=["pwd"], authenticated_at=now
    )
    return Person(str(user.id), email, token)


def request(query: str, variables: dict[str, Any] | None = None, token: str = "", more: str = "") -> bytes:
    """What a client sends, to the last byte."""
    body = json.dumps({"query": query, "variables": variables})
    head = f"POST /graphql HTTP/1.1\r\nHost: postern.test\r\nContent-Type: application/json\r\n{more}"
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{head}{authorization}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    body: dict[str, Any] = json.loads(await reader.readexactly(length))
    return body


async def ready(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address, verify=False) as http:
        (await http.get("/readyz")).raise_for_status()


class Crowd:
    """Clients of one server, each on a socket of its own."""

    def __init__(self, address: str, people: list[Person]) -> None:
        url = urlsplit(address)
        self._place = (url.hostname, url.port)
        self._people = people
        self._random = random.Random(1)  # noqa: S311 - the same crowd every time
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def stays(self, count: int) -> int:
        """Asks who it is, for several people on one connection, before reading any answer; how many were right."""
        async with self._turn:
            reader, writer = await asyncio.open_connection(*self._place)
            asked = self._random.choices(self._people, k=count)
            try:
                writer.write(b"".join(request(ME, token=person.token) for person in asked))
                answers = [await answer(reader) for _ in asked]
            finally:
                writer.close()
        right = [{"data": {"me": {"id": person.id, "email": person.email}}} for person in asked]
        assert answers == right
        return count

    async def leaves(self, kind: str) -> int:
        """Hangs up at some point."""
        person = self._random.choice(self._people)
        login = {"input": {"email": person.email, "password": PASSWORD}}
        whole = request(LOGIN, login) if kind == "login" else request(ME, token=person.token)
        async with self._turn:
            _, writer = await asyncio.open_connection(*self._place)
            writer.write(whole[: self._random.randrange(len(whole))] if kind == "half" else whole)
            await writer.drain()
            await asyncio.sleep(self._random.uniform(0, 0.03))
            if self._random.random() < 0.5:
                writer.transport.abort()
            else:
                writer.close()
        return 0

    async def all(self) -> int:
        kinds = ["half", "me", "login"]
        visits = [self.leaves(kinds[n % 3]) if n % 2 else self.stays(1 + n % 3) for n in range(REQUESTS)]
        return sum(await asyncio.gather(*visits))


async def settled(expected: tuple[int, int]) -> None:
    """Come back when no more tasks run and no more files are open than then."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(now > then for now, then in zip(held(), expected, strict=True)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"tasks and files are left: {held()} where there were {expected}\n{asyncio.all_tasks()}")


def held() -> tuple[int, int]:
    gc.collect()
    return len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a path for each is no use here


def lent() -> int:
    """How many of the pool's connections nobody gave back."""
    (client,) = get_connections().all()
    pool = getattr(client, "_pool", None)
    return pool.get_size() - pool.get_idle_size() if pool else 0


async def open_all() -> None:
    """Have the pool open every connection that it may: those are no files that anybody has left."""
    (client,) = get_connections().all()
    if isinstance(client, database.asyncpg.Client):
        for connection in [await client.take() for _ in range(client.pool_maxsize)]:
            await client.give_back(connection, usable=True)


async def test_nobody_gets_another_s_answer_and_nothing_is_left(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.asyncpg, "POOL_SECONDS", PATIENCE_SECONDS)  # on a machine that is busy elsewhere
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    async with asyncio.timeout(PATIENCE_SECONDS), listening(settings) as address:
        await ready(address)
        password_hash = await Passwords(settings).hash(PASSWORD)
        people = [await signed_in(settings, number, password_hash) for number in range(PEOPLE)]
        crowd = Crowd(address, people)
        await asyncio.gather(*(crowd.stays(2) for _ in range(AT_ONCE)), open_all())  # threads and connections are there
        await asyncio.sleep(0.2)
        before = held()
        assert await crowd.all() == 300
        await settled(before)
        assert lent() == 0
        assert await crowd.stays(20) == 20
