"""The statements that a server really sends, and how the database would go about them."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

import database.asyncpg_connecting
import database.sqlite
from benchmarks import filling

EXPLAINED = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
GROWING = f"(?:{'|'.join(filling.TABLES)}|webhook_deliveries|[tod])"  # or what database/lookup.py calls them
SCANNED = {"postgres": re.compile(rf"Seq Scan on {GROWING}\b"), "sqlite": re.compile(rf"SCAN {GROWING}\b")}


@dataclass
class Statements:
    """All that is sent from now on; on PostgreSQL with its arguments, which SQLite shows in their places."""

    dialect: str
    sent: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have each new connection tell."""
        connect, open_file = database.asyncpg_connecting.connect, database.sqlite.Client._connect

        async def to_server(*args: Any, **settings: Any) -> Any:
            connection = await connect(*args, **settings)
            connection.add_query_logger(lambda record: self._note(record.query, record.args))
            return connection

        async def to_file(client: Any, with_db: bool) -> None:
            await open_file(client, with_db)
            await client._connection.set_trace_callback(self._note)

        monkeypatch.setattr(database.asyncpg_connecting, "connect", to_server)
        monkeypatch.setattr(database.sqlite.Client, "_connect", to_file)

    def _note(self, query: str, args: Any = ()) -> None:
        if query.lstrip().upper().startswith(EXPLAINED):
            self.sent[query] = args[0] if isinstance(args, list) else args  # the first of many

    async def scans(self, url: str) -> dict[str, str]:
        """Each statement for which the database would read a whole table, by those tables, and the plan."""
        plans = await (self._of_server(url) if self.dialect == "postgres" else self._of_file(url))
        return {query: plan for query, plan in plans.items() if SCANNED[self.dialect].search(plan)}

    async def _of_server(self, url: str) -> dict[str, str]:
        plans: dict[str, str] = {}
        connection = await asyncpg.connect(url)
        try:
            for mode in ("force_custom_plan", "force_generic_plan"):
                await connection.execute(f"SET plan_cache_mode = {mode}")
                for query, args in self.sent.items():
                    rows = await connection.fetch(f"EXPLAIN {query}", *args)
                    plans[query] = plans.get(query, "") + "\n".join(row[0] for row in rows)
        finally:
            await connection.close()
        return plans

    async def _of_file(self, url: str) -> dict[str, str]:
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            return {
                query: "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
                for query in self.sent
            }
