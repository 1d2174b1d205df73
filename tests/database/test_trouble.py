"""A database that cannot serve is told as such, in bounded time."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError
from tortoise.transactions import in_transaction

import database
import database.asyncpg
from database import readiness
from database.lifetime import opened_here
from models import Session, User
from tests.database.rows import new_user, sign_in
from tests.support.databases import Databases

pytestmark = pytest.mark.anyio


@pytest.fixture
def nobody(free_tcp_port: int) -> str:
    """The address of a PostgreSQL that is not there."""
    return f"postgres://postgres@127.0.0.1:{free_tcp_port}/postern"


async def test_migrated(opened: None) -> None:
    """A migrated database is ready."""
    assert await database.unready_reason() is None


async def test_unmigrated(empty_url: str) -> None:
    """A database without tables is reached, but not ready."""
    async with database.opened(empty_url, 1):
        assert await database.unready_reason() == "the database has not been migrated"


async def test_stopped(nobody: str) -> None:
    """A server that is not running is told at once, by readiness and by every query."""
    started = time.monotonic()
    async with database.opened(nobody, 1):
        assert await database.unready_reason() == "the database cannot be reached"
        with pytest.raises(DBConnectionError):
            await User.all().count()
        with pytest.raises(DBConnectionError):
            await sign_in()
    assert time.monotonic() - started < 2


async def test_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and then says nothing does not hold readiness up."""
    monkeypatch.setattr(readiness, "READY_SECONDS", 0.1)
    monkeypatch.setattr(database.asyncpg, "POOL_SECONDS", 0.2)
    done = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with database.opened(f"postgres://postgres@127.0.0.1:{port}/postern?sslmode=disable", 1):
        assert await database.unready_reason() == "the database did not answer within 0.1 seconds"
        with pytest.raises(DBConnectionError):
            await User.all().count()
    done.set()
    server.close()
    await server.wait_closed()


async def test_no_connection_left(all_databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all connections are taken, the next query fails rather than waits for ever."""
    taken, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with in_transaction():
            taken.set()
            await done.wait()

    async with all_databases.fresh("postgres") as url, database.opened(url, 1), asyncio.timeout(5):
        holder = asyncio.create_task(hold())
        await taken.wait()
        monkeypatch.setattr(database.asyncpg, "POOL_SECONDS", 0.1)
        with pytest.raises(DBConnectionError, match="Timeout"):
            await User.all().count()
        done.set()
        await holder
        assert await User.all().count() == 0


async def test_connection_lost(all_databases: Databases) -> None:
    """A connection that breaks in a transaction, or does not answer in time, fails it, and the next gets another."""

    async def pid() -> int:
        (row,) = await get_connection("postgres").execute_query_dict("SELECT pg_backend_pid() AS pid")
        return int(row["pid"])

    async def lose() -> None:
        await all_databases.server.run(f"SELECT pg_terminate_backend({await pid()})")
        await new_user().save()

    async def take_too_long() -> None:
        await get_connection("postgres").execute_script("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)")

    async def begun(fail: Callable[[], Awaitable[None]]) -> None:
        async with in_transaction():
            await new_user().save()
            await fail()

    async with all_databases.fresh("postgres") as url, database.opened(url, 1):
        for fail in (lose, take_too_long):
            before = await pid()
            with pytest.raises(DBConnectionError):
                await begun(fail)
            await sign_in()
            assert await pid() != before
        assert await User.all().count() == 2


async def test_connection_lost_before_its_transaction(
    all_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that PostgreSQL ends as a transaction is about to begin is trouble like any other."""
    take = database.asyncpg.Client.take

    async def take_and_lose(client: database.asyncpg.Client) -> Any:
        connection = await take(client)
        pid = connection.get_server_pid()
        await all_databases.server.run(f"SELECT pg_terminate_backend({pid})")
        async with asyncio.timeout(5):
            while connection._con is not None:  # noqa: ASYNC110 - until the pool has noticed
                await asyncio.sleep(0.001)
        return connection

    async with all_databases.fresh("postgres") as url, database.opened(url, 1):
        with monkeypatch.context() as lossy:
            lossy.setattr(database.asyncpg.Client, "take", take_and_lose)
            with pytest.raises(DBConnectionError):
                await sign_in()
        await sign_in()
        assert await User.all().count() == 1


async def test_locked(all_databases: Databases) -> None:
    """A SQLite file that another process keeps locked is told in the same way."""
    async with all_databases.fresh("sqlite") as url, opened_here(database.config(url, 1, busy_timeout=1)):
        other = sqlite3.connect(url.removeprefix("sqlite://"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DBConnectionError, match="locked"):
            await new_user().save()
        with pytest.raises(DBConnectionError, match="locked"):
            await sign_in()
        other.close()
        await sign_in()


async def test_half_a_connection(tmp_path: Path) -> None:
    """A connection to SQLite that could not be set up whole is not used: the next one has every pragma."""
    file = tmp_path / "postern.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    async with opened_here(database.config(f"sqlite://{file}", 1, busy_timeout=1)):
        with pytest.raises(DBConnectionError, match="locked"):
            await get_connection("sqlite").execute_query("SELECT x FROM t")
        other.close()
        ((enforced,),) = (await get_connection("sqlite").execute_query("PRAGMA foreign_keys"))[1]
    assert enforced == 1


async def test_commit_that_fails(all_databases: Databases) -> None:
    """What SQLite does not commit is rolled back, and the next transaction begins anew."""

    async def orphan() -> None:
        async with in_transaction() as connection:
            await connection.execute_query("PRAGMA defer_foreign_keys = ON")  # until the commit
            await Session.all().update(user_id=uuid4())

    async with all_databases.fresh("sqlite") as url, database.opened(url, 1):
        await sign_in()
        with pytest.raises(sqlite3.IntegrityError):
            await orphan()
        await sign_in()
        users = await User.all().order_by("id").values_list("id", flat=True)
        assert await Session.all().order_by("user_id").values_list("user_id", flat=True) == users
        assert len(users) == 2


async def test_mistakes(opened: None, dialect: str) -> None:
    """Wrong SQL and broken constraints stay what they are: no retry would help."""
    with pytest.raises(OperationalError) as mistake:
        await get_connection(dialect).execute_query("SELECT nonsense")
    assert not isinstance(mistake.value, DBConnectionError)
    user = new_user()
    await user.save()
    with pytest.raises(IntegrityError):
        await User.create(canonical_email=user.canonical_email, password_hash="", locale="", created_at=user.created_at)
