"""Single rows by statements whose text is prepared once a connection: the ORM would build its query anew each time."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar, cast

from tortoise.models import Model

from database.lookup import columns_of, reader

M = TypeVar("M", bound=Model)
O = TypeVar("O", bound=Model)  # noqa: E741 - an owner's

MARK = re.compile(r"\$(\d+)")
COMBINATIONS = 256  # of statements that are sent as one


class Write(NamedTuple):
    """A statement that changes rows, and gives none back."""

    table: type[Model]
    text: str
    values: Sequence[Any]


async def find(table: type[M], *, hold: bool = False, filled: str = "", **equal: Any) -> M | None:
    """The row whose columns have these values, and whose column `filled` is not empty, as it is now.

    To `hold` it has it stay so until the open transaction ends.
    """
    connection = table._meta.db  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
    text = _selecting(table, connection.capabilities.dialect, tuple(equal), filled, hold)
    _, rows = await connection.execute_query(text, _values(table, equal))
    return cast("M", reader(table)(list(rows[0]))) if rows else None


async def find_with_newest(
    owner: type[O], table: type[M], relation: str, unset: str, **equal: Any
) -> tuple[O | None, M | None]:
    """The row whose columns have these values, and of those of `table` that are its by `relation` the newest.

    Only of those counts it whose column `unset` is empty.
    """
    connection = owner._meta.db  # noqa: SLF001
    text = _joining(owner, table, connection.capabilities.dialect, (relation, unset), tuple(equal))
    _, rows = await connection.execute_query(text, _values(owner, equal))
    if not rows:
        return None, None
    values, count = list(rows[0]), len(columns_of(owner))
    newest = reader(table)(values[count:]) if values[count] is not None else None
    return cast("O", reader(owner)(values[:count])), cast("M | None", newest)


async def update(table: type[Model], where: Mapping[str, Any], **columns: Any) -> int:
    """Gives the rows whose columns have the values of `where` new ones; gives back how many those are."""
    connection = table._meta.db  # noqa: SLF001
    text = _updating(table, connection.capabilities.dialect, tuple(columns), tuple(where))
    values = [*_values(table, columns), *_values(table, where)]
    return int((await connection.execute_query(text, values))[0])


def inserting(row: Model) -> Write:
    """What writes a new row, of which every column has its value."""
    table = type(row)
    connection = table._meta.db  # noqa: SLF001
    executor = connection.executor_class(model=table, db=connection)
    fields = executor.regular_columns_all
    values = [table._meta.fields_map[name].to_db_value(getattr(row, name), row) for name in fields]  # noqa: SLF001
    return Write(table, executor.insert_query_all, values)


def making_room(table: type[Model], most: int, **equal: Any) -> Write:
    """What leaves room for one more row whose columns have these values among `most`: those used longest ago go."""
    dialect = table._meta.db.capabilities.dialect  # noqa: SLF001
    return Write(table, _trimming(table, dialect, tuple(equal)), [*_values(table, equal), most - 1])


async def write(*writes: Write) -> None:
    """Carry them out, in one statement where the database can: each of them then sees the rows as they were before."""
    if not writes:
        return
    connection = writes[0].table._meta.db  # noqa: SLF001
    if connection.capabilities.dialect != "postgres":
        for one in writes:
            await connection.execute_query(one.text, list(one.values))
        return
    text = _together(tuple(one.text for one in writes))
    await connection.execute_query(text, [value for one in writes for value in one.values])


@lru_cache(COMBINATIONS)
def _together(texts: tuple[str, ...]) -> str:
    """One statement, the marks of whose values are numbered through."""
    numbered, count = [], 0
    for text in texts:
        marks = [int(number) for number in MARK.findall(text)]
        numbered.append(MARK.sub(lambda mark, before=count: f"${before + int(mark[1])}", text))  # type: ignore[misc]
        count += max(marks)
    *first, last = numbered
    named = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(first))
    return f"WITH {named} {last}" if first else last


def _values(table: type[Model], columns: Mapping[str, Any]) -> list[Any]:
    known = table._meta.fields_map  # noqa: SLF001
    return [known[name].to_db_value(value, table) for name, value in columns.items()]


@cache
def _selecting(table: type[Model], dialect: str, equal: tuple[str, ...], filled: str, hold: bool) -> str:
    condition = _where(dialect, equal) + (f' AND "{filled}" IS NOT NULL' if filled else "")
    locking = " FOR UPDATE" if hold and dialect == "postgres" else ""  # SQLite's transactions are alone
    columns = ", ".join(f'"{column}"' for column in columns_of(table))
    return f"SELECT {columns} FROM {name_of(table)} WHERE {condition}{locking}"  # noqa: S608 - names of ours


@cache
def _joining(
    owner: type[Model], table: type[Model], dialect: str, those: tuple[str, str], equal: tuple[str, ...]
) -> str:
    relation, unset = those
    columns = [f'{alias}."{column}"' for alias, of in (("o", owner), ("t", table)) for column in columns_of(of)]
    newest = (
        f'SELECT n."id" FROM {name_of(table)} n WHERE n."{relation}_id" = o."id" AND n."{unset}" IS NULL'  # noqa: S608
        ' ORDER BY n."created_at" DESC LIMIT 1'
    )
    joined = f'{name_of(owner)} o LEFT JOIN {name_of(table)} t ON t."id" = ({newest})'
    return f"SELECT {', '.join(columns)} FROM {joined} WHERE {_where(dialect, equal, alias='o.')}"  # noqa: S608


@cache
def _updating(table: type[Model], dialect: str, columns: tuple[str, ...], where: tuple[str, ...]) -> str:
    changed = _where(dialect, columns, joint=", ")
    return f"UPDATE {name_of(table)} SET {changed} WHERE {_where(dialect, where, after=len(columns))}"  # noqa: S608


@cache
def _trimming(table: type[Model], dialect: str, equal: tuple[str, ...]) -> str:
    among, all_rows = ("= ANY(ARRAY({}))", "ALL") if dialect == "postgres" else ("IN ({})", "-1")
    surplus = (
        f'SELECT "id" FROM {name_of(table)} WHERE {_where(dialect, equal)}'  # noqa: S608
        f' ORDER BY "last_used_at" DESC, "id" DESC LIMIT {all_rows} OFFSET {mark(dialect, len(equal) + 1)}'
    )
    return f'DELETE FROM {name_of(table)} WHERE "id" {among.format(surplus)}'  # noqa: S608


def _where(dialect: str, columns: tuple[str, ...], *, after: int = 0, joint: str = " AND ", alias: str = "") -> str:
    marked = enumerate(columns, after + 1)
    return joint.join(f'{alias}"{column}" = {mark(dialect, number)}' for number, column in marked)


def mark(dialect: str, number: int) -> str:
    """The place of a value in a statement, from 1."""
    return f"${number}" if dialect == "postgres" else "?"


def name_of(table: type[Model]) -> str:
    """A table, as a statement names it."""
    return f'"{table._meta.db_table}"'  # noqa: SLF001
