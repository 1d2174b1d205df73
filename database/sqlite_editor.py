"""Tortoise's editor of SQLite's tables, made to keep their indexes and what is unique together."""

from typing import Any

from tortoise.migrations.schema_editor import SqliteSchemaEditor

INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
UNIQUE = "SELECT name FROM pragma_index_list(?) WHERE origin = 'u'"  # of constraints: those of CREATE INDEX are 'c'
COLUMNS = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"


class Editor(SqliteSchemaEditor):
    """SQLite changes most of a table by building a new one.

    Tortoise's own leaves it without indexes, and forgets of which columns together no two rows have the same.
    """

    async def _remake_table(
        self, model: Any, create_field: Any = None, delete_field: Any = None, alter_fields: Any = None
    ) -> None:
        table = model._meta.db_table  # noqa: SLF001 (where Tortoise keeps what it knows of a model)
        indexes = [
            (index["sql"], await self._names(f'PRAGMA index_info("{index["name"]}")'))
            for index in await self.client.execute_query_dict(INDEXES, [table])
        ]
        unique = [of for of in await self._unique(table) if len(of) > 1]
        await super()._remake_table(model, create_field, delete_field, alter_fields)
        columns = await self._names(f'PRAGMA table_info("{table}")')
        given_up = [{_column(old)} for old, new in alter_fields or () if old.index and not new.index]
        for sql, of in indexes:
            if of <= columns and of not in given_up:
                await self.client.execute_query(sql)
        for together in unique:
            if set(together) <= columns:
                name, listed = "_".join(["uid", table, *together]), ", ".join(f'"{column}"' for column in together)
                await self.client.execute_query(f'CREATE UNIQUE INDEX "{name}" ON "{table}" ({listed})')

    async def _unique(self, table: str) -> list[list[str]]:
        names = [row["name"] for row in await self.client.execute_query_dict(UNIQUE, [table])]
        return [[row["name"] for row in await self.client.execute_query_dict(COLUMNS, [name])] for name in names]

    async def _names(self, query: str) -> set[str]:
        return {row["name"] for row in await self.client.execute_query_dict(query)}


def _column(field: Any) -> str:
    return str(field.source_field or field.model_field_name)
