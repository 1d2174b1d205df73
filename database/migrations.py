"""Running the migrations, one process at a time, all of them or none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from filelock import AsyncFileLock
from tortoise.exceptions import DBConnectionError, IntegrityError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, BaseSchemaEditor
from tortoise.transactions import in_transaction

from database.configuration import config
from database.lifetime import opened_here
from database.sqlite_editor import Editor

LOCK_SECONDS = 300
TRIES = 10
DEADLOCK = "40P01"
LOCK_KEY = int.from_bytes(b"postern")  # any number, as long as all versions take the same


async def migrate(url: str) -> list[str]:
    """Bring the database at `url` to the newest migration, and give the names of those that it lacked."""
    return await (_migrate_sqlite if url.startswith("sqlite") else _migrate_postgres)(url)


async def _migrate_sqlite(url: str) -> list[str]:
    # SQLite changes a table by dropping it, which with foreign keys on deletes what hangs on its rows.
    configuration = config(url, 1, foreign_keys="OFF")
    async with (
        opened_here(configuration) as context,
        _file_lock(context.db()),
        in_transaction() as connection,
    ):
        names = await _run(connection, Editor, configuration)
        if orphans := await connection.execute_query_dict("PRAGMA foreign_key_check"):
            raise IntegrityError(f"The migrations would leave rows without their parents: {orphans[:5]}")
    return names


@asynccontextmanager
async def _file_lock(client: Any) -> AsyncIterator[None]:
    async with AsyncFileLock(f"{client.filename}.lock", timeout=LOCK_SECONDS):
        yield


async def _migrate_postgres(url: str) -> list[str]:
    for _ in range(TRIES - 1):
        try:
            return await _migrate_postgres_once(url)
        except DBConnectionError as error:
            # A server writes to tables in another order, and PostgreSQL has ended this one: nothing of it is there.
            if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
    return await _migrate_postgres_once(url)


async def _migrate_postgres_once(url: str) -> list[str]:
    configuration = config(url, 1, command_timeout=None)
    async with opened_here(configuration), in_transaction() as connection:
        await connection.execute_script(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY])
        return await _run(connection, AsyncpgSchemaEditor, configuration)


class _Executor(MigrationExecutor):
    def __init__(self, connection: Any, apps: dict[str, Any], editor: type[BaseSchemaEditor]) -> None:
        super().__init__(connection, apps)
        self.editor = editor

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        return self.editor(self.connection, atomic=atomic, collect_sql=collect_sql)

    async def prepare(self) -> None:
        # migrate() would first look into this table, and where there is none spoil the transaction.
        await self.recorder.ensure_schema(self._schema_editor(atomic=False))


async def _run(connection: Any, editor: type[BaseSchemaEditor], configuration: dict[str, Any]) -> list[str]:
    names: list[str] = []

    def progress(event: str, _: str, name: str) -> None:
        if event == "apply_done":
            names.append(name)

    executor = _Executor(connection, configuration["apps"], editor)
    await executor.prepare()
    await executor.migrate(direction="forward", progress=progress)
    return names
