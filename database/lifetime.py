"""From opening the database to closing it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.context import TortoiseContext

from database.cancellation import finish
from database.configuration import config


@asynccontextmanager
async def opened(url: str, pool_size: int) -> AsyncIterator[None]:
    """The database at `url`, for all tasks of the process; only one can be open at a time.

    Nothing is asked of it before the first query.
    """
    context = TortoiseContext()
    with context:  # only while it is set up: later every task falls back on the one of the process
        await context.init(config(url, pool_size), _enable_global_fallback=True)
    try:
        yield
    finally:
        await finish(context.close_connections())


@asynccontextmanager
async def opened_here(configuration: dict[str, Any]) -> AsyncIterator[TortoiseContext]:
    """The database for this task alone, whatever else is open."""
    with TortoiseContext() as context:
        try:
            await context.init(configuration)
            yield context
        finally:
            await finish(context.close_connections())
