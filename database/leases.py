"""Leases: rows that are work to do, each for one worker of all processes at a time."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model

from database.transactions import transaction

Row = TypeVar("Row", bound=Model)

# Without ARRAY the planner might ask for the rows again and again, and lease more than the limit.
LEASE = """
UPDATE "{0}" SET "attempts" = "attempts" + 1, "due_at" = $2
WHERE "id" = ANY(ARRAY(
    SELECT "id" FROM "{0}" WHERE "due_at" <= $1 AND {1} ORDER BY "due_at" LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING *
"""
DUE = 'SELECT "id" FROM "{0}" WHERE "due_at" <= ? AND {1} ORDER BY "due_at" LIMIT ?'
ANY = "TRUE"


async def lease(table: type[Row], at_most: int, length: timedelta, which: str = ANY) -> list[Row]:
    """Up to so many rows whose `due_at` has come, those that wait longest first, hidden from others for `length`.

    `which` is a condition in SQL, where $1 is now. `attempts` grows with each lease, and so tells an old lease's holder
    from the present one (`held`).
    """
    connection = table._meta.db  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
    if connection.capabilities.dialect != "postgres":
        return await _lease_locking_all(table, at_most, length, which)
    now = datetime.now(UTC)
    statement = LEASE.format(table._meta.db_table, which)  # noqa: SLF001
    rows = await connection.execute_query_dict(statement, [now, now + length, at_most])
    leased = [table._init_from_db(**row) for row in rows]  # noqa: SLF001
    return sorted(leased, key=attrgetter("pk"))  # as they were made, for they come in any order


async def _lease_locking_all(table: type[Row], at_most: int, length: timedelta, which: str) -> list[Row]:
    """Where a transaction is alone, and UPDATE may not give back what it has changed."""
    if not await _due(table, 1, which):  # most often, and no transaction is needed
        return []
    async with transaction():
        now = datetime.now(UTC)
        rows: list[Any] = await table.filter(id__in=await _due(table, at_most, which)).order_by("id")
        for row in rows:
            row.attempts, row.due_at = row.attempts + 1, now + length
        await table.bulk_update(rows, ["attempts", "due_at"])
    return rows


async def _due(table: type[Model], at_most: int, which: str) -> list[Any]:
    statement = DUE.format(table._meta.db_table, which.replace("$1", "?"))  # noqa: SLF001
    connection = table._meta.db  # noqa: SLF001
    values = [*[datetime.now(UTC)] * (1 + which.count("$1")), at_most]
    return [row["id"] for row in await connection.execute_query_dict(statement, values)]


def held(*rows: Any) -> Any:
    """Those of the rows whose lease has not passed to somebody else: for `update()` and `delete()`."""
    by_lease = groupby(sorted(rows, key=attrgetter("attempts")), attrgetter("attempts"))
    leases = [Q(id__in=[row.id for row in same], attempts=attempts) for attempts, same in by_lease]
    return type(rows[0]).filter(Q(*leases, join_type="OR"))
