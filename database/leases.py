"""Leases: rows that are work to do, each for one worker of all processes at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tortoise.models import Model

from database.transactions import transaction

Row = TypeVar("Row", bound=Model)


async def lease(table: type[Row], at_most: int, length: timedelta) -> list[Row]:
    """Up to so many rows whose `due_at` has come, those that wait longest first, hidden from others for `length`.

    `attempts` grows with each lease, and so tells an old lease's holder from the present one (`held`).
    """
    if not await table.filter(due_at__lte=datetime.now(UTC)).exists():  # most often, and no transaction is needed
        return []
    async with transaction():
        now = datetime.now(UTC)
        due = table.filter(due_at__lte=now).order_by("due_at").limit(at_most)
        rows: list[Any] = await due.select_for_update(skip_locked=True)
        for row in rows:
            row.attempts, row.due_at = row.attempts + 1, now + length
        await table.bulk_update(rows, ["attempts", "due_at"])
    return rows


def held(row: Any) -> Any:
    """The row, unless its lease has passed to somebody else: for `update()` and `delete()`."""
    return type(row).filter(id=row.id, attempts=row.attempts)
