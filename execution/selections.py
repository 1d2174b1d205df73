"""What is selected of an object: its fields in the document's order, compiled for each type that comes."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from execution.awaiting import PLAIN, awaits, filled
from execution.completion import Complete, Guard, leaf, non_null
from execution.fields import ExecuteField, executor_of
from execution.lists import list_of
from execution.objects import Select, abstract_of, object_of
from execution.state import Execution, Field, Operation, Place

Fields: TypeAlias = Iterable[tuple[str, ExecuteField]]


class Selections(dict[GraphQLObjectType, Select]):
    """What is selected below a field. Each type is compiled when a value of it first comes: most never do."""

    def __init__(self, operation: Operation, conditions: VariableValues, details: FieldDetailsList) -> None:
        self._operation = operation
        self._conditions = conditions
        self._details = details

    def __missing__(self, type_: GraphQLObjectType) -> Select:
        operation = self._operation
        collected = collect_subfields(
            operation.schema, operation.fragments, self._conditions, operation.node, type_, self._details
        )
        self[type_] = select = parallel([*_fields(operation, self._conditions, type_, collected.grouped_field_set)])
        return select


def root(operation: Operation, conditions: VariableValues, type_: GraphQLObjectType) -> Select:
    """What is selected of the root; a mutation's fields are executed one after the other."""
    collected = collect_fields(operation.schema, operation.fragments, conditions, type_, operation.node)
    fields = [*_fields(operation, conditions, type_, collected.grouped_field_set)]
    return serial(fields) if operation.node.operation is OperationType.MUTATION else parallel(fields)


def _fields(
    operation: Operation, conditions: VariableValues, type_: GraphQLObjectType, grouped: GroupedFieldSet
) -> Iterator[tuple[str, ExecuteField]]:
    for key, details in grouped.items():
        name = details[0].node.name.value
        if definition := operation.schema.get_field(type_, name):
            field = Field(key, name, [detail.node for detail in details], definition.type, type_)
            complete = _completer(operation, field, field.return_type, Selections(operation, conditions, details))
            yield key, executor_of(operation, field, definition, Guard(field, field.return_type, complete))


def _completer(operation: Operation, field: Field, type_: GraphQLOutputType, selections: Selections) -> Complete:
    if is_non_null_type(type_):
        return non_null(field, _completer(operation, field, type_.of_type, selections))
    if is_list_type(type_):
        item = Guard(field, type_.of_type, _completer(operation, field, type_.of_type, selections))
        return list_of(field, item)
    if is_leaf_type(type_):
        return leaf(type_)
    if is_abstract_type(type_):
        return abstract_of(operation, field, type_, selections)
    assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - there is no other kind of output
    return object_of(field, type_, selections)


def parallel(fields: Fields) -> Select:
    """Executes the fields, and awaits those that have to be awaited together."""

    def execute_fields(run: Execution, source: Any, parent: Place | None) -> Any:
        results: dict[str, Any] = {}
        awaited: list[str] = []
        try:
            for key, execute in fields:
                results[key] = result = execute(run, source, parent)
                if type(result) not in PLAIN and is_awaitable(result):
                    awaited.append(key)
        except Exception:
            if awaited:
                run.background.settle([results[key] for key in awaited])
            raise
        return filled(results, awaited) if awaited else results

    return execute_fields


def serial(fields: Fields) -> Select:
    """Executes each field when the one before it is complete."""

    def execute_fields(run: Execution, source: Any, parent: Place | None) -> Any:
        results: dict[str, Any] = {}
        rest = iter(fields)
        for key, execute in rest:
            results[key] = result = execute(run, source, parent)
            if awaits(result):
                return await_fields(run, source, parent, results, rest)
        return results

    async def await_fields(
        run: Execution, source: Any, parent: Place | None, results: dict[str, Any], rest: Fields
    ) -> dict[str, Any]:
        last = next(reversed(results))
        results[last] = await results[last]
        for key, execute in rest:
            result = execute(run, source, parent)
            results[key] = await result if awaits(result) else result
        return results

    return execute_fields
