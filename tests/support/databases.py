"""Databases for tests: a fresh migrated one within milliseconds."""

import asyncio
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
import pytest

import database
from settings import ROOT
from tests.support.blank import blank
from tests.support.servers import Server, found_server

MIGRATIONS = len(list((ROOT / "models/migrations").glob("[0-9]*.py")))
DIALECTS = ("sqlite", "postgres")
# On one database: what is refused before any SQL, and what asks nothing that others do not ask of PostgreSQL, too.
once = pytest.mark.parametrize("dialect", ["sqlite"])
ROOM_BYTES = 2**30
KEPT = "SELECT (SELECT count(*) FROM tortoise_migrations) = $1 AND (SELECT count(*) FROM users) <= $2"
FEW = 1_000  # users whose rows are quicker to delete than their database
EMPTIED = (
    "letters",
    "audit_events",
    "spent",
    "signing_keys",
    "login_tickets",
    "provider_logins",
    "roles",
    "webhooks",
    "users",
)  # and with these the rest
EMPTY = "; ".join(f"DELETE FROM {table}" for table in EMPTIED)  # noqa: S608
RUN = f"postern_test_{os.getpid()}_{secrets.token_hex(4)}"  # runs beside this one have other names


@dataclass
class Databases:
    """All databases of one test run; `folder` holds those of SQLite."""

    server: Server
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)
    template: str = ""
    emptied: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """The servers in a line, for pytest's header."""
        where = urlsplit(self.server.url).netloc.rpartition("@")[2] or "a socket"
        return f"PostgreSQL {self.server.version} at {where} ({self.server.origin}); SQLite in {self.folder}"

    @asynccontextmanager
    async def fresh(self, dialect: str, *, migrated: bool = True) -> AsyncIterator[str]:
        """The address of a database without rows, gone at the end."""
        create, take_back = {
            "sqlite": (self._create_sqlite, self._drop_sqlite),
            "postgres": (self._create_postgres, self._take_back_postgres),
        }[dialect]
        name = self.emptied.pop() if self.emptied and migrated and dialect == "postgres" else None
        if name is None:
            name = f"{RUN}_{next(self.numbers)}"
            await create(name, migrated)
        try:
            yield self._file_url(name) if dialect == "sqlite" else self.server.database(name)
        finally:
            await take_back(name)

    async def have_one(self) -> None:
        """Make one of PostgreSQL for a test to come, where none has been emptied."""
        if not self.emptied:
            name = f"{RUN}_{next(self.numbers)}"
            await self._create_postgres(name, migrated=True)
            self.emptied.append(name)

    def data_dir(self) -> Path:
        """A new folder."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    async def drop_rest(self) -> None:
        """Leave the server as it was found."""
        for name in [*self.emptied, *filter(None, [self.template])]:
            await self._drop_postgres(name)

    async def _template(self) -> str:
        if not self.template:
            name = f"{RUN}_template"
            await self._create_postgres(name, migrated=False)
            await database.migrate(self.server.database(name))
            self.template = name
        return self.template

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def _file_url(self, name: str) -> str:
        return f"sqlite://{self._file(name)}"

    async def _create_sqlite(self, name: str, migrated: bool) -> None:
        if migrated:
            self._file(name).write_bytes(blank())

    async def _drop_sqlite(self, name: str) -> None:
        for file in self.folder.glob(f"{name}.sqlite3*"):
            file.unlink()

    async def _create_postgres(self, name: str, migrated: bool) -> None:
        template = await self._template() if migrated else "template1"
        await self.server.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await self.server.run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')  # no test ends the server

    async def _take_back_postgres(self, name: str) -> None:
        """Keep it for the next test, without its rows: a new one takes a quarter of a second, as do many rows."""
        try:
            connection = await asyncpg.connect(self.server.database(name), timeout=10)
            try:
                kept = await connection.fetchval(KEPT, MIGRATIONS, FEW)
                if kept:
                    await connection.execute(EMPTY)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError):
            kept = False
        if kept:
            self.emptied.append(name)
        else:
            await self._drop_postgres(name)

    async def _drop_postgres(self, name: str) -> None:
        await self.server.run(f'DROP DATABASE "{name}" WITH (FORCE)')


OPENED = pytest.StashKey[tuple[ExitStack, Databases]]()  # where pytest keeps those of its run


@contextmanager
def databases() -> Iterator[Databases]:
    """Databases for a test run, all of them gone at the end. Not to be entered inside an event loop."""
    with tempfile.TemporaryDirectory(prefix="postern-test-", dir=_memory()) as folder, found_server() as server:
        found = Databases(server, Path(folder))
        try:
            yield found
        finally:
            asyncio.run(found.drop_rest())


def _memory() -> Path | None:
    """The folder whose files are in memory, where there is one with room: no test waits for a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - in it is a folder of our own
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM_BYTES else None
