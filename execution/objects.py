"""Objects, and the abstract types that turn out to be one of several."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, is_object_type
from graphql.pyutils import inspect

from execution.awaiting import awaits
from execution.completion import Complete, absent
from execution.state import Execution, Field, Info, Operation, Place

Select: TypeAlias = Callable[[Execution, Any, Place | None], Any]
Selected: TypeAlias = Callable[[Execution, Info, Place, Any, GraphQLObjectType], Any]
Selections: TypeAlias = Mapping[GraphQLObjectType, Select]


def object_of(field: Field, type_: GraphQLObjectType, selections: Selections) -> Complete:
    """Completes what is selected of an object; raises GraphQLError where it is not of its type."""
    selected = _selected(field, selections)

    def complete_object(run: Execution, info: Info, place: Place, value: Any) -> Any:
        return None if absent(value) else selected(run, info, place, value, type_)

    return complete_object


def abstract_of(operation: Operation, field: Field, type_: GraphQLAbstractType, selections: Selections) -> Complete:
    """Completes what is selected of the type that the value is of; raises GraphQLError where it is of none."""
    resolve_type: Callable[..., Any] = type_.resolve_type or operation.type_resolver
    selected = _selected(field, selections)

    def concrete(name: Any, value: Any) -> GraphQLObjectType:
        known = operation.schema.get_type(name) if isinstance(name, str) else None
        if is_object_type(known) and operation.schema.is_sub_type(type_, known):
            return known
        raise GraphQLError(_mistake(operation, field, type_, name, value), field.nodes)

    async def later(run: Execution, info: Info, place: Place, value: Any, *, name: Awaitable[Any]) -> Any:
        completed = selected(run, info, place, value, concrete(await name, value))
        return await completed if awaits(completed) else completed

    def complete_abstract(run: Execution, info: Info, place: Place, value: Any) -> Any:
        if absent(value):
            return None
        name = resolve_type(value, info, type_)
        if awaits(name):
            return later(run, info, place, value, name=name)
        return selected(run, info, place, value, concrete(name, value))

    return complete_abstract


def _selected(field: Field, selections: Selections) -> Selected:
    def selected(run: Execution, info: Info, place: Place, value: Any, type_: GraphQLObjectType) -> Any:
        is_type_of: Callable[..., Any] | None = type_.is_type_of
        if is_type_of:
            right = is_type_of(value, info)
            if awaits(right):
                return later(run, place, value, type_, right=right)
            if not right:
                raise mistake(value, type_)
        return selections[type_](run, value, place)

    async def later(
        run: Execution, place: Place, value: Any, type_: GraphQLObjectType, *, right: Awaitable[bool]
    ) -> Any:
        if not await right:
            raise mistake(value, type_)
        completed = selections[type_](run, value, place)
        return await completed if awaits(completed) else completed

    def mistake(value: Any, type_: GraphQLObjectType) -> GraphQLError:
        return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", field.nodes)

    return selected


def _mistake(operation: Operation, field: Field, type_: GraphQLAbstractType, name: Any, value: Any) -> str:
    """What graphql-core says of a type's name that is none, or not one of those that it may be."""
    must = f"Abstract type '{type_}' must resolve to an Object type at runtime"
    asked = f"for field '{field.parent_type}.{field.name}'"
    if name is None:
        return (
            f"{must} {asked}. Either the '{type_}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function."
        )
    if not isinstance(name, str):
        received = f"with value {inspect(value)}, received '{inspect(name)}'"
        return f"{must} {asked} {received}, which is not a valid Object type name."
    known = operation.schema.get_type(name)
    if known is None:
        return f"Abstract type '{type_}' was resolved to a type '{name}' that does not exist inside the schema."
    if not is_object_type(known):
        return f"Abstract type '{type_}' was resolved to a non-object type '{name}'."
    return f"Runtime Object type '{known}' is not a possible type for '{type_}'."
