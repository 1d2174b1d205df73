"""Transactions, and what waits for their end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from tortoise.transactions import in_transaction

Work = Callable[[], None]

_waiting: ContextVar[list[Work] | None] = ContextVar("after_commit", default=None)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All that is written in here, or nothing of it. Inside of another one it is a part of that."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[Work] = []
    token = _waiting.set(waiting)
    written = False
    try:
        async with in_transaction():
            yield
            written = True
    except asyncio.CancelledError:
        if written:  # who cancels a task in the midst of its commit hears so after the commit
            _do(waiting)
        raise
    finally:
        _waiting.reset(token)
    _do(waiting)


def after_commit(work: Work) -> None:
    """Do this once the open transaction has been committed, and never where it is rolled back; now where none is open.

    For whatever is told to the outside: a log line, a worker that is woken. `work` must not fail.
    """
    waiting = _waiting.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


def _do(waiting: list[Work]) -> None:
    for work in waiting:
        work()
