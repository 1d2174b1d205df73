"""A PostgreSQL server that all share, with a database for each."""

import asyncio
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]

LOCAL = "127.0.0.1:5432"
OF_POSTGRES = "postgres"  # what the command line of its processes begins with


@dataclass(frozen=True)
class Database:
    """One of the server's, by its address."""

    url: str

    def run(self, *statements: str) -> None:
        """Run statements, one by one."""
        for statement in statements:
            query(self.url, statement)

    def backends(self) -> set[int]:
        """The processes that serve its connections, as far as they are on this machine."""
        rows = query(
            self.url,
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        return {row["pid"] for row in rows if _is_here(row["pid"])}


def server(given: str | None) -> str:
    """The address of a server where databases may be made: what is given, or one on this machine. Ends without one."""
    users = ("postgres", quote(getpass.getuser()))
    for url in [given] if given else [f"postgres://{user}@{LOCAL}/postgres" for user in users]:
        try:
            version(url)
        except (OSError, asyncpg.PostgresError):
            continue
        return url
    return sys.exit("This benchmark needs a PostgreSQL server: --postgres postgres://user:password@host:port/name")


def version(url: str) -> str:
    """That of a server."""
    return str(query(url, "SHOW server_version")[0][0]).partition(" ")[0]


@contextmanager
def fresh(url: str, name: str) -> Iterator[Database]:
    """An empty database on a server, gone at the end."""
    name = f"postern_bench_{os.getpid()}_{name}"
    query(url, f'CREATE DATABASE "{name}"')
    try:
        yield Database(urlunsplit(urlsplit(url)._replace(path=f"/{name}")))
    finally:
        query(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def query(url: str, statement: str) -> Any:
    """The rows of a statement, on a connection of its own."""

    async def ask() -> Any:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _is_here(pid: int) -> bool:
    try:
        return OF_POSTGRES in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
