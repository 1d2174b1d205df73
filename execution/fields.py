"""A field: its resolver is called, and what it gives is completed."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import GraphQLField, TypeNameMetaFieldDef

from execution.arguments import arguments_of
from execution.completion import Guard
from execution.state import Execution, Field, Info, Operation, Place

ExecuteField: TypeAlias = Callable[[Execution, Any, Place | None], Any]


def executor_of(operation: Operation, field: Field, definition: GraphQLField, guard: Guard) -> ExecuteField:
    """What gives the field's part of the answer, perhaps to be awaited."""
    if definition is TypeNameMetaFieldDef:
        name = field.parent_type.name
        return lambda _run, _source, _parent: name
    arguments = arguments_of(definition, field.nodes[0])
    resolve = definition.resolve or operation.field_resolver
    key, typename = field.key, field.parent_type.name

    def execute_field(run: Execution, source: Any, parent: Place | None) -> Any:
        place, info = (parent, key, typename), Info(field, run, parent)
        try:
            given = arguments(run.variable_values) if arguments else {}
            value = resolve(source, info, **given)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return guard.failed(run, error, place)
        return guard.completed(run, info, place, value)

    return execute_field
