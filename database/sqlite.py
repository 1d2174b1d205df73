"""Tortoise's SQLite client, made to survive cancellation and a second process."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

from database import sqlite_file
from database.cancellation import finish
from database.spans import Spanned
from database.sqlite_trouble import translated


class _Counting(SqliteClient):
    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        """The rows found, or how many were changed: Tortoise also counts those that their foreign keys changed."""
        if not query.startswith(("DELETE", "UPDATE")):
            found: tuple[int, Sequence[dict[str, Any]]] = await super().execute_query(query, values)
            return found
        async with self.acquire_connection() as connection:
            return (await connection.execute(query, values)).rowcount, []


class Client(Spanned, _Counting):
    """One connection for the process. A cancelled task leaves neither its lock nor a transaction behind."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        Path(file_path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def takes_writes(self) -> bool:
        """Whether a commit would succeed now."""
        return await asyncio.to_thread(sqlite_file.takes_writes, self.filename)

    async def create_connection(self, with_db: bool) -> None:
        """Connect with every pragma set, or not at all."""
        await finish(self._connect(with_db))

    async def _connect(self, with_db: bool) -> None:
        try:
            sqlite_file.make_private(self.filename)
            await super().create_connection(with_db)
        except BaseException:
            await self.close()  # half its pragmas may be missing
            raise

    def usage(self) -> tuple[int, int, int]:
        """Whether the connection is busy, or idle, and that there is one."""
        busy = self._lock.locked()
        return int(busy), int(not busy), 1

    def acquire_connection(self) -> Any:
        """The connection, for one statement."""
        return self._borrowed()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Any]:
        async with self._lock:
            with translated():
                if not self._connection:
                    await self.create_connection(with_db=True)
                yield self._connection

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_Transactional(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """All of them or none: Tortoise's own would leave its transaction open where it is cancelled."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


class _Transactional(Spanned, _Counting, SqliteTransactionWrapper):
    def acquire_connection(self) -> Any:
        """The connection, for one statement."""
        return self._borrowed()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Any]:
        async with self._lock:
            if self._finalized:
                raise TransactionManagementError("This transaction is over")
            with translated():
                yield self._connection

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transactional(self))

    async def begin(self) -> None:
        # Deferred, two processes that read and then write would both read, and one fail to write.
        await self._connection.execute("BEGIN IMMEDIATE")

    async def abandon(self) -> None:
        if self._connection:
            # The driver works in order: where BEGIN is still waiting, this follows it.
            await finish(self.rollback())

    async def end(self, *, failed: bool) -> None:
        if not self._finalized:
            with translated():
                await finish(self.rollback() if failed else self.commit())

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.Error:
            await self.rollback()
            raise

    async def execute_script(self, query: str) -> None:
        # The driver's own executescript() would commit first.
        for statement in _statements(query):
            await self.execute_query(statement)


class _Transaction(SqliteTransactionContext):
    connection: _Transactional

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self._begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def _begin(self) -> None:
        try:
            with translated():
                await self.ensure_connection()
                await self.connection.begin()
        except BaseException:
            await self.connection.abandon()
            raise

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await self.connection.end(failed=exc_type is not None)
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _utc_text(instant: datetime) -> str:
    """SQLite compares instants as texts, so all of them are written in one zone and one form."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(UTC).isoformat(" ", "microseconds")


sqlite3.register_adapter(datetime, _utc_text)  # in place of Tortoise's, which keeps the zone
client_class = Client
