"""A field: its resolver is called, and what it gives is completed."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLOutputType,
    GraphQLString,
    TypeNameMetaFieldDef,
    is_leaf_type,
    is_non_null_type,
)

from execution.arguments import arguments_of
from execution.completion import Guard
from execution.state import Execution, Field, Info, Operation, Place, Resolver

ExecuteField: TypeAlias = Callable[[Execution, Any, Place | None], Any]


class Attribute:
    """A resolver that gives an attribute of what it is asked of. A plan reads it without a call."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, source: Any, _info: Any) -> Any:
        """The attribute's value."""
        return getattr(source, self.name)


# What these types make of a value of exactly this type is the value itself.
KEPT: dict[GraphQLOutputType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


def executor_of(operation: Operation, field: Field, definition: GraphQLField, guard: Guard) -> ExecuteField:
    """What gives the field's part of the answer, perhaps to be awaited."""
    if definition is TypeNameMetaFieldDef:
        name = field.parent_type.name
        return lambda _run, _source, _parent: name
    arguments = arguments_of(definition, field.nodes[0])
    resolve = definition.resolve or operation.field_resolver
    type_ = definition.type.of_type if is_non_null_type(definition.type) else definition.type
    if is_leaf_type(type_) and not arguments:
        kept = KEPT.get(type_, Kept)
        if isinstance(resolve, Attribute):
            return _attribute(field, resolve.name, kept, guard)
        return _leaf(field, resolve, kept, guard)

    def execute_field(run: Execution, source: Any, parent: Place | None) -> Any:
        place, info = field.place(parent), Info(field, run, parent)
        try:
            value = resolve(source, info, **arguments(run.variable_values)) if arguments else resolve(source, info)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return guard.failed(run, error, place)
        return guard.completed(run, info, place, value)

    return execute_field


def _leaf(field: Field, resolve: Resolver, kept: type, guard: Guard) -> ExecuteField:
    """The same, without what a leaf only needs where something is wrong or awaited."""

    def execute_leaf(run: Execution, source: Any, parent: Place | None) -> Any:
        info = Info(field, run, parent)
        try:
            value = resolve(source, info)
        except Exception as error:  # noqa: BLE001
            return guard.failed(run, error, field.place(parent))
        return value if type(value) is kept else guard.completed(run, info, field.place(parent), value)

    return execute_leaf


def _attribute(field: Field, name: str, kept: type, guard: Guard) -> ExecuteField:
    """The same, without what no attribute needs."""

    def execute_attribute(run: Execution, source: Any, parent: Place | None) -> Any:
        try:
            value = getattr(source, name)
        except Exception as error:  # noqa: BLE001
            return guard.failed(run, error, field.place(parent))
        if type(value) is kept:
            return value
        return guard.completed(run, Info(field, run, parent), field.place(parent), value)

    return execute_attribute


class Kept:
    """No value's type."""
