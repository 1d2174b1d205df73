"""Transactions, and what waits for their end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from tortoise.models import Model
from tortoise.transactions import in_transaction

from database import prepared
from database.prepared import Write

Work = Callable[[], None]

_waiting: ContextVar[list[Work] | None] = ContextVar("after_commit", default=None)
_last: ContextVar[list[Write]] = ContextVar("with_commit")


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All that is written in here, or nothing of it. Inside of another one it is a part of that."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[Work] = []
    last: list[Write] = []
    tokens = _waiting.set(waiting), _last.set(last)
    written = False
    try:
        async with in_transaction():
            yield
            await prepared.write(*last)
            written = True
    except asyncio.CancelledError:
        if written:  # who cancels a task in the midst of its commit hears so after the commit
            _do(waiting)
        raise
    finally:
        _waiting.reset(tokens[0])
        _last.reset(tokens[1])
    _do(waiting)


async def with_commit(write: Write) -> None:
    """Write this at the end of the open transaction, in one statement with all that waits for it; now where none is.

    For what nobody reads in that transaction.
    """
    if _waiting.get() is None:
        await prepared.write(write)
    else:
        _last.get().append(write)


def after_commit(work: Work) -> None:
    """Do this once the open transaction has been committed, and never where it is rolled back; now where none is open.

    For whatever is told to the outside: a log line, a worker that is woken. `work` must not fail.
    """
    waiting = _waiting.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


async def plan_by_values(table: type[Model]) -> None:
    """Has PostgreSQL plan each statement of the open transaction for its values, as SQLite does anyway.

    A table that grows from nothing within one connection would be read from end to end for as long as the first plan
    is kept: until the table is next analysed, a minute later or more.
    """
    connection = table._meta.db  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query("SET LOCAL plan_cache_mode = force_custom_plan")


def _do(waiting: list[Work]) -> None:
    for work in waiting:
        work()
