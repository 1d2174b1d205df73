"""From what a resolver gave to what the answer holds: one function for each type of a field."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from graphql import GraphQLLeafType, GraphQLOutputType, Undefined, is_non_null_type
from graphql.pyutils import inspect

from execution.awaiting import awaits
from execution.state import Execution, Field, Info, Place

Complete: TypeAlias = Callable[[Execution, Info, Place, Any], Any]


def absent(value: Any) -> bool:
    """Whether the value is null. Raises it where it is an exception."""
    if isinstance(value, Exception):
        raise value
    return value is None or value is Undefined


def non_null(field: Field, complete: Complete) -> Complete:
    """Raises TypeError for null."""
    message = f"Cannot return null for non-nullable field {field.parent_type}.{field.name}."

    def complete_non_null(run: Execution, info: Info, place: Place, value: Any) -> Any:
        completed = complete(run, info, place, value)
        if completed is None:
            raise TypeError(message)
        return completed

    return complete_non_null


def leaf(type_: GraphQLLeafType) -> Complete:
    """Raises TypeError where the type makes nothing of the value."""
    serialize = type_.coerce_output_value

    def complete_leaf(_run: Execution, _info: Info, _place: Place, value: Any) -> Any:
        if absent(value):
            return None
        coerced = serialize(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced

    return complete_leaf


class Guard:
    """Completes a field or one item of a list; an error ends here, unless the type is non-null."""

    __slots__ = ("complete", "nodes", "nullable")

    def __init__(self, field: Field, type_: GraphQLOutputType, complete: Complete) -> None:
        self.complete = complete
        self.nodes = field.nodes
        self.nullable = not is_non_null_type(type_)

    def completed(self, run: Execution, info: Info, place: Place, value: Any) -> Any:
        """What the answer holds, perhaps to be awaited. Raises the located error of what must not be null."""
        if awaits(value):
            return self._later(run, info, place, value)
        try:
            completed = self.complete(run, info, place, value)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return self.failed(run, error, place)
        return self._awaited(run, place, completed) if awaits(completed) else completed

    def failed(self, run: Execution, error: Exception, place: Place) -> None:
        """Remember the error, or raise it located."""
        run.failed(error, self.nodes, place, nullable=self.nullable)

    async def _later(self, run: Execution, info: Info, place: Place, value: Awaitable[Any]) -> Any:
        try:
            completed = self.complete(run, info, place, await value)
            return await completed if awaits(completed) else completed
        except Exception as error:  # noqa: BLE001
            return self.failed(run, error, place)

    async def _awaited(self, run: Execution, place: Place, completed: Awaitable[Any]) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001
            return self.failed(run, error, place)
