"""A field's arguments: coerced once where no variable can change them."""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLString,
    Undefined,
    VariableNode,
    get_argument_values,
    get_named_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from graphql.execution.values import VariableValues
from graphql.language import ValueNode

Arguments: TypeAlias = Callable[[VariableValues], dict[str, Any]]
One: TypeAlias = Callable[[VariableValues, dict[str, Any]], None]


def arguments_of(definition: GraphQLField, node: FieldNode) -> Arguments | None:
    """What gives the arguments by their Python names, or raises a GraphQLError. None where the field takes none."""
    if not definition.args:
        return None
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    fixed: dict[str, Any] = {}
    changing: list[One] = []
    for name, argument in definition.args.items():
        alone = GraphQLField(GraphQLString, args={name: argument})
        value = given.get(name)
        if _is_fixed(argument, value) and (values := _coerced(alone, node)) is not None:
            if changing:
                changing.append(_constant(values))
            else:
                fixed |= values
        else:
            changing.append(_changing(name, alone, node, value))
    if not changing:
        return lambda _: fixed

    def coerce(variables: VariableValues) -> dict[str, Any]:
        values = fixed.copy()
        for one in changing:
            one(variables, values)
        return values

    return coerce


def _is_fixed(argument: GraphQLArgument, value: ValueNode | None) -> bool:
    """Whether it is the default, or a literal that is read as the same immutable value each time."""
    if value is None:
        return True
    named = get_named_type(argument.type)
    kind = argument.type.of_type if is_non_null_type(argument.type) else argument.type
    return (
        not isinstance(value, VariableNode)
        and not is_list_type(kind)
        and (is_specified_scalar_type(named) or is_enum_type(named))
    )


def _coerced(alone: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    try:
        return get_argument_values(alone, node)
    except Exception:  # noqa: BLE001 - whatever it is, it is told in each execution
        return None


def _constant(constant: dict[str, Any]) -> One:
    return lambda _, values: values.update(constant)


def _changing(name: str, alone: GraphQLField, node: FieldNode, value: ValueNode | None) -> One:
    def coerce(variables: VariableValues, values: dict[str, Any]) -> None:
        values.update(get_argument_values(alone, node, variables))

    if not isinstance(value, VariableNode):
        return coerce
    argument = alone.args[name]
    variable, out_name = value.name.value, argument.out_name or name
    nullable = not is_non_null_type(argument.type)

    def take(variables: VariableValues, values: dict[str, Any]) -> None:
        known = variables.coerced.get(variable, Undefined)
        if known is Undefined or (known is None and not nullable):
            coerce(variables, values)
        else:
            values[out_name] = known

    return take
