"""The database's clock beside our own."""

import time
from typing import Any

from tortoise.context import require_context

SECONDS = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400 AS seconds",
    "postgres": "SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds",
}


async def seconds_ahead() -> float:
    """By how much the clock of the open database is ahead of this machine's. Raises DBConnectionError."""
    client: Any = require_context().db()
    before = time.time()
    rows = await client.execute_query_dict(SECONDS[client.capabilities.dialect])
    return float(rows[0]["seconds"]) - (before + time.time()) / 2
