"""Statements as spans: what is done to which table, and never with which values."""

import re
from collections.abc import Coroutine
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

import tracing

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)")
T = TypeVar("T")


class Spanned(BaseDBAsyncClient):
    """A client each of whose statements is a span, where spans are wanted; in front of that which it changes."""

    def execute_query(self, query: str, values: list[Any] | None = None) -> Coroutine[Any, Any, tuple[int, Any]]:
        """Rows that were changed, and rows that were found."""
        return _spanned(self, query, super().execute_query(query, values))

    def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> Coroutine[Any, Any, list[dict[str, Any]]]:
        """Rows that were found."""
        return _spanned(self, query, super().execute_query_dict(query, values))

    def execute_insert(self, query: str, values: list[Any]) -> Coroutine[Any, Any, Any]:
        """What the database has given the new row."""
        return _spanned(self, query, super().execute_insert(query, values))


def _spanned(client: BaseDBAsyncClient, query: str, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
    return _awaited(client, query, work) if tracing.is_on() else work


async def _awaited(client: BaseDBAsyncClient, query: str, work: Coroutine[Any, Any, T]) -> T:
    operation = query.lstrip().partition(" ")[0].upper()
    table = TABLE.search(query)
    named = {"db.collection.name": table[1]} if table else {}
    system = "postgresql" if client.capabilities.dialect == "postgres" else "sqlite"
    attributes = {"db.system.name": system, "db.operation.name": operation, **named}
    with tracing.span(f"{operation} {table[1] if table else ''}".strip(), "CLIENT", attributes=attributes):
        return await work
