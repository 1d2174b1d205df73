"""Every field that does something says who may ask for it: whoever adds one has to decide"""

from itertools import product
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_input_field,
)
from graphql import build_schema as parsed
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

import schema
from schema.permissions import LoginCodes, May, Own, Public, SignedIn
from tests.support.postern import Postern
from tests.support.walks import each

pytestmark = pytest.mark.anyio

SCHEMA = schema.build()
SDL: GraphQLSchema = parsed(SCHEMA.as_str())
ROOTS = {"Query": "query", "Mutation": "mutation"}


@pytest.fixture
def dialect() -> str:
    """One database is enough where SQL decides nothing."""
    return "sqlite"


def fields(kind: str) -> dict[str, StrawberryField]:
    """What a type answers, by the names that clients know."""
    definition = SCHEMA.get_type_by_name(kind)
    assert isinstance(definition, StrawberryObjectDefinition)
    return {SCHEMA.config.name_converter.get_graphql_name(field): field for field in definition.fields}


def does(kind: str, field: StrawberryField) -> bool:
    """Whether a field does more than read what its object holds: somebody was let through to the object."""
    return kind in ROOTS or field.base_resolver is not None


def reached(kind: str, known: set[str]) -> set[str]:
    """The object types that can be come to from one, but only by data and by fields that say who may ask."""
    known.add(kind)
    for name, field in fields(kind).items():
        if field.permission_classes or not does(kind, field):
            answer = get_named_type(SDL.type_map[kind].fields[name].type)  # type: ignore[attr-defined]
            for one in SDL.get_possible_types(answer) if is_abstract_type(answer) else [answer]:
                if is_object_type(one) and one.name not in known:
                    reached(one.name, known)
    return known


OBJECTS = {name for name, kind in SDL.type_map.items() if is_object_type(kind) and not name.startswith("__")}
DOING = [(kind, name) for kind in sorted(OBJECTS) for name, field in fields(kind).items() if does(kind, field)]
OPERATIONS = {(root, name): field.permission_classes for root in ROOTS for name, field in fields(root).items()}
CLOSED = [operation for operation, permissions in OPERATIONS.items() if issubclass(permissions[0], SignedIn)]
OPEN = [operation for operation, permissions in OPERATIONS.items() if Public in permissions]
SWITCHED_OFF = [operation for operation, permissions in OPERATIONS.items() if LoginCodes in permissions]


def example(kind: GraphQLInputType) -> Any:
    """A value that is good enough to be asked with."""
    if is_non_null_type(kind):
        return example(kind.of_type)
    if is_list_type(kind):
        return [example(kind.of_type)]
    if is_input_object_type(kind) and kind.is_one_of:
        name, part = next(iter(kind.fields.items()))
        return {name: example(GraphQLNonNull(part.type))}
    if is_input_object_type(kind):
        return {name: example(part.type) for name, part in kind.fields.items() if is_required_input_field(part)}
    if is_enum_type(kind):
        return next(iter(kind.values))
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


@pytest.mark.parametrize(("kind", "name"), DOING)
def test_says_who_may_ask(kind: str, name: str) -> None:
    of_objects = [] if kind in ROOTS else [[Own]]
    (asked,) = fields(kind)[name].permission_classes
    assert issubclass(asked, May) or [asked] in [[Public], [LoginCodes], [SignedIn], *of_objects]


def test_no_object_is_come_to_but_by_fields_that_say_who_may_ask() -> None:
    assert reached("Query", set()) | reached("Mutation", set()) == OBJECTS
    assert {("User", "sessions"), ("User", "exportMyData")} <= set(DOING)


def test_nothing_can_be_asked_for_that_was_not_looked_at() -> None:
    """No subscriptions, and no field that the printed schema has and the walk has not."""
    assert SDL.subscription_type is None
    printed = {(root, name) for root in ROOTS for name in SDL.type_map[root].fields}  # type: ignore[attr-defined]
    assert printed == set(OPERATIONS)
    assert ("Query", "me") in CLOSED
    assert len(CLOSED) + len(OPEN) + len(SWITCHED_OFF) == len(printed)


async def test_a_closed_one_is_refused_without_a_good_token(postern: Postern) -> None:
    async def is_refused(case: tuple[tuple[str, str], str | None]) -> None:
        one, token = case
        assert await codes(postern, *one, token) == ["UNAUTHENTICATED"]

    await each(list(product(CLOSED, (None, "", "a.b.c"))), is_refused)


async def test_an_open_one_is_answered_without_a_token(postern: Postern) -> None:
    async def is_answered(one: tuple[str, str]) -> None:
        assert await codes(postern, *one) == []

    await each(OPEN, is_answered)


async def test_one_that_is_switched_off_is_refused(postern: Postern) -> None:
    async def is_refused(one: tuple[str, str]) -> None:
        assert await codes(postern, *one) == ["FORBIDDEN"]

    await each(SWITCHED_OFF, is_refused)
