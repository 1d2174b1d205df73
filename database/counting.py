"""Counting rows without reading all there are."""

from typing import Any

from tortoise.models import Model

from database.prepared import mark, name_of


async def count(table: type[Model], most: int, column: str, *, after: Any) -> int:
    """How many rows have more than `after` in an indexed column; `most` where there are more."""
    connection = table._meta.db  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
    condition = f'"{column}" > {mark(connection.capabilities.dialect, 1)}'
    some = f"SELECT 1 FROM {name_of(table)} WHERE {condition} LIMIT {most}"  # noqa: S608 - names of ours
    value = table._meta.fields_map[column].to_db_value(after, table)  # noqa: SLF001
    _, rows = await connection.execute_query(f"SELECT count(*) AS found FROM ({some}) AS counted", [value])  # noqa: S608
    return int(rows[0]["found"])
