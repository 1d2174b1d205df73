"""Tortoise's asyncpg client, made to survive cancellation and to notice trouble in bounded time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, TransactionManagementError

from database import asyncpg_connecting
from database.asyncpg_trouble import translated
from database.cancellation import finish
from database.spans import Spanned

POOL_SECONDS = 5


class Client(Spanned, AsyncpgDBClient):
    """A pool whose connections always come back, outside any transaction."""

    async def create_pool(self, **_: Any) -> Any:
        """A pool to the whole of the address, which asyncpg reads better than Tortoise.

        It opens no connection before one is needed: a database that is away fails queries, not the pool.
        """
        return await asyncpg.create_pool(
            min_size=0, max_size=self.pool_maxsize, connect=asyncpg_connecting.connect, reset=_kept, **self.extra
        )

    async def takes_writes(self) -> bool:
        """Whether it is no standby, nor set to be read only."""
        return bool((await self.execute_query_dict("SHOW transaction_read_only"))[0]["transaction_read_only"] == "off")

    def usage(self) -> tuple[int, int, int]:
        """Busy and idle connections, and how many there may be."""
        size, idle = (self._pool.get_size(), self._pool.get_idle_size()) if self._pool else (0, 0)
        return size - idle, idle, self.pool_maxsize

    def acquire_connection(self) -> Any:
        """A connection, for one statement."""
        return self._borrowed()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Any]:
        connection, usable = await self.take(), True
        try:
            with translated():
                yield connection
        except DBConnectionError:
            usable = False
            raise
        finally:
            await self.give_back(connection, usable=usable)

    async def take(self) -> Any:
        """A connection of the pool. Raises DBConnectionError where none is to be had in POOL_SECONDS."""
        with translated():
            async with asyncio.timeout(POOL_SECONDS):
                return await (await self._ready_pool()).acquire()

    async def _ready_pool(self) -> Any:
        async with self._pool_init_lock:
            if not self._pool:
                await self.create_connection(with_db=True)
        return self._pool

    async def give_back(self, connection: Any, *, usable: bool) -> None:
        """Return it; where that fails the pool drops it, and what was done with it stays done.

        One that is not `usable` is ended: it may be silent, and nobody waits a second time for it.
        """
        if not usable:
            with suppress(asyncpg.InterfaceError):  # it was lost already
                connection.terminate()  # and with it whatever became of its transaction
        if self._pool:  # else it was closed, and the connection with it
            with suppress(DBConnectionError), translated():
                await self._pool.release(connection, timeout=POOL_SECONDS)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_Transactional(self), self._pool_init_lock)

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """All of them or none: Tortoise's own would leave its transaction open where it is cancelled."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


class _Transactional(Spanned, TransactionWrapper):
    _parent: Client

    def acquire_connection(self) -> Any:
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

    async def open(self) -> None:
        self._connection = await self._parent.take()
        try:
            with translated():
                await finish(self.begin())
        except BaseException as error:
            await self.end(error)
            raise

    async def end(self, error: BaseException | None) -> None:
        """Commit, or roll back where the block has failed; where the database was away there is nobody to tell."""
        usable = False
        try:
            if not isinstance(error, DBConnectionError):
                await self._finish(failed=bool(error))
                usable = True
        except DBConnectionError:
            if not error:  # which tells more
                raise
        finally:
            await self._parent.give_back(self._connection, usable=usable)

    async def _finish(self, *, failed: bool) -> None:
        if not self._finalized:
            with translated():
                await finish(self.rollback() if failed else self.commit())


class _Transaction(TransactionContextPooled):
    client: _Transactional

    async def __aenter__(self) -> TransactionalDBClient:
        await self.client.open()
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            await self.client.end(exc_val)
        finally:
            get_connections().reset(self.token)


async def _kept(_: Any) -> None:
    """Instead of asyncpg's reset, a round trip: we leave no session state (SET, LISTEN, locks) to undo."""


client_class = Client
