"""Rows by a key, each with the row that it belongs to."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from tortoise.fields import CharField, DatetimeField, Field, IntField, UUIDField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

M = TypeVar("M", bound=Model)


async def with_owner(table: type[M], relation: str, keys: list[Any], *, by: str = "id") -> list[M | None]:
    """For each key the row as it is now, its relation filled in, or None; of a key that comes twice, two copies.

    `by` is the column of the keys, which is unique.

    One statement for all, as text that is prepared once a connection: the ORM would build its query anew each time,
    for longer than the database then works on it.
    """
    connection = table._meta.db  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
    typed = connection.capabilities.dialect == "postgres"
    among, asked = "= ANY($1)", cast("Any", keys)
    if not typed:
        keys = list(map(str, keys))
        among, asked = "IN (SELECT value FROM json_each(?))", json.dumps(keys)
    owner, joined = _joined(table, relation, by)
    _, rows = await connection.execute_query(f'{joined} WHERE t."{by}" {among}', [asked])
    found: dict[Any, Any] = {row[0]: row for row in rows}
    read = _reader(table, relation, owner, typed)
    return [cast("M", read(found[key])) if key in found else None for key in keys]


@cache
def _joined(table: type[Model], relation: str, by: str) -> tuple[type[Model], str]:
    field = table._meta.fields_map[relation]  # noqa: SLF001
    assert isinstance(field, ForeignKeyFieldInstance)  # noqa: S101 - or it names nobody's owner
    owner = field.related_model
    columns = ", ".join(
        f'{alias}."{column}"' for alias, of in (("t", table), ("o", owner)) for column in columns_of(of)
    )
    names = [f'"{of._meta.db_table}"' for of in (table, owner)]  # noqa: SLF001
    on = f'o."id" = t."{field.source_field}"'
    return owner, f'SELECT t."{by}", {columns} FROM {names[0]} t JOIN {names[1]} o ON {on}'  # noqa: S608 (names of ours)


def columns_of(table: type[Model]) -> list[str]:
    """The columns that `reader` expects, in this order."""
    return list(table._meta.fields_db_projection.values())  # noqa: SLF001


Read = Callable[[Sequence[Any]], Model]


@cache
def _reader(table: type[Model], relation: str, owner: type[Model], typed: bool) -> Read:
    """Makes of a row the instance with its owner."""
    own, theirs = reader(table, typed=typed), reader(owner, typed=typed)
    middle = 1 + len(table._meta.fields_db_projection)  # noqa: SLF001 (the first column is the key)
    held = f"_{relation}"  # where its property looks

    def read(row: Sequence[Any]) -> Model:
        instance = own(row[1:middle])
        instance.__dict__[held] = theirs(row[middle:])
        return instance

    return read


@cache
def reader(table: type[Model], *, typed: bool = False) -> Read:
    """Makes an instance of a row's values, in the order of `columns_of`: `_init_from_db` in a fifth of its time.

    `typed` are those of a database that knows instants and UUIDs, and gives them as they are in Python.
    """
    fields = [(name, table._meta.fields_map[name]) for name in table._meta.fields_db_projection]  # noqa: SLF001
    names = [name for name, _ in fields]
    kept = (IntField, CharField, DatetimeField, UUIDField) if typed else (IntField, CharField)
    converters = [(name, _converter(field)) for name, field in fields if type(field) not in kept]
    state = {"_partial": False, "_saved_in_db": True, "_custom_generated_pk": True}

    def make(values: Sequence[Any]) -> Model:
        instance = table.__new__(table)
        held = instance.__dict__
        held.update(state, _await_when_save={})
        held.update(zip(names, values, strict=True))
        for name, convert in converters:
            if held[name] is not None:
                held[name] = convert(held[name])
        return instance

    return make


def _converter(field: Field[Any]) -> Callable[[Any], Any]:
    if not isinstance(field, DatetimeField):
        return field.to_python_value
    return lambda value: value if type(value) is datetime else field.to_python_value(value)
