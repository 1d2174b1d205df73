"""Whether the database can serve: reached, at the newest migration, and writable."""

import asyncio
import pkgutil
from importlib import import_module
from typing import Any, Literal, NamedTuple

from tortoise.context import require_context
from tortoise.exceptions import DBConnectionError, OperationalError

from database import configuration

READY_SECONDS = 2
APPLIED = f"SELECT name FROM tortoise_migrations WHERE app = '{configuration.APP}'"  # noqa: S608 (a constant)


class Unready(NamedTuple):
    """Why the open database cannot serve: the part, and a sentence that holds nothing secret, for strangers may ask."""

    part: Literal["database", "migrations", "writes"]
    reason: str


async def unready() -> Unready | None:
    """Why the open database cannot serve now, or None where it can; answers in READY_SECONDS."""
    question = asyncio.ensure_future(_unready())
    try:
        answered, _ = await asyncio.wait([question], timeout=READY_SECONDS)
    finally:
        question.cancel()
    silent = Unready("database", f"the database did not answer within {READY_SECONDS} seconds")
    return question.result() if answered else silent


async def unready_reason() -> str | None:
    """Likewise, the sentence alone."""
    found = await unready()
    return found and found.reason


async def _unready() -> Unready | None:
    client: Any = require_context().db()
    try:
        rows = await client.execute_query_dict(APPLIED)
        writable = await client.takes_writes()
    except DBConnectionError:
        return Unready("database", "the database cannot be reached")
    except OperationalError:
        return Unready("migrations", "the database has not been migrated")
    if missing := _on_disk() - {row["name"] for row in rows}:
        return Unready("migrations", f"the database lacks migrations: {', '.join(sorted(missing))}")
    return None if writable else Unready("writes", "the database takes no writes: its disk is full, or it is read only")


def _on_disk() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(import_module(configuration.MIGRATIONS).__path__)}
