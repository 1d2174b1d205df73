"""Every operation says who may ask for it: whoever adds one has to decide"""

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql import build_schema as parsed
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

import schema
from schema.permissions import Public, SignedIn
from tests.postern import Postern

pytestmark = pytest.mark.anyio

SCHEMA = schema.build()
SDL: GraphQLSchema = parsed(SCHEMA.as_str())
ROOTS = {"Query": "query", "Mutation": "mutation"}


def fields(root: str) -> list[StrawberryField]:
    definition = SCHEMA.get_type_by_name(root)
    assert isinstance(definition, StrawberryObjectDefinition)
    return definition.fields


OPERATIONS = {
    (root, SCHEMA.config.name_converter.get_graphql_name(field)): field.permission_classes
    for root in ROOTS
    for field in fields(root)
}
CLOSED = [operation for operation, permissions in OPERATIONS.items() if SignedIn in permissions]
OPEN = [operation for operation, permissions in OPERATIONS.items() if Public in permissions]


def example(kind: GraphQLInputType) -> Any:
    """A value that is good enough to be asked with."""
    if is_non_null_type(kind):
        return example(kind.of_type)
    if is_list_type(kind):
        return [example(kind.of_type)]
    if is_input_object_type(kind):
        return {name: example(part.type) for name, part in kind.fields.items() if is_required_input_field(part)}
    assert is_leaf_type(kind)
    return {"Int": 1, "Float": 1.0, "Boolean": True}.get(kind.name, "00000000-0000-0000-0000-000000000000")


def operation(root: str, name: str) -> tuple[str, dict[str, Any]]:
    """The text of an operation that asks for one field, and its variables."""
    kind = SDL.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    field: GraphQLField = kind.fields[name]
    declared = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    passed = ", ".join(f"{key}: ${key}" for key in field.args)
    selected = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    brackets = (f"({declared})", f"({passed})") if declared else ("", "")
    variables = {key: example(argument.type) for key, argument in field.args.items()}
    return f"{ROOTS[root]} {brackets[0]} {{ {name}{brackets[1]} {selected} }}", variables


async def codes(postern: Postern, root: str, name: str, token: str | None = None) -> list[str]:
    body = await postern.ask(*operation(root, name), token)
    return [error["extensions"]["code"] for error in body.get("errors", [])]


@pytest.mark.parametrize(("root", "name"), OPERATIONS)
def test_says_public_or_signed_in(root: str, name: str) -> None:
    assert OPERATIONS[root, name] in ([Public], [SignedIn])


def test_nothing_can_be_asked_for_that_was_not_looked_at() -> None:
    """No subscriptions, and no field that the printed schema has and the walk has not."""
    assert SDL.subscription_type is None
    printed = {(root, name) for root in ROOTS for name in SDL.type_map[root].fields}  # type: ignore[attr-defined]
    assert printed == set(OPERATIONS)
    assert ("Query", "me") in CLOSED
    assert len(CLOSED) + len(OPEN) == len(printed)


@pytest.mark.parametrize("token", [None, "", "a.b.c"])
@pytest.mark.parametrize(("root", "name"), CLOSED)
async def test_a_closed_one_is_refused_without_a_good_token(
    postern: Postern, root: str, name: str, token: str | None
) -> None:
    assert await codes(postern, root, name, token) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(("root", "name"), OPEN)
async def test_an_open_one_is_answered_without_a_token(postern: Postern, root: str, name: str) -> None:
    assert await codes(postern, root, name) == []
