"""What chance seldom draws: what is left to graphql-core, what no validation has seen, what resolvers are told"""

import gc
from collections.abc import Callable, Iterator
from inspect import isawaitable
from typing import Any

import graphql
import pytest
from graphql import GraphQLResolveInfo, build_schema, get_introspection_query, parse

import execution
from execution import Plan, left_to_graphql_core
from execution.plans import VARIANTS
from tests.execution.engines import described

SCHEMA = build_schema("""
interface Named { name(short: Boolean): String! }
type Cat implements Named { name(short: Boolean): String! }
type Dog implements Named { name(short: Boolean): String! friends(first: Int!): [Named!] }
type Query { dog: Dog pets: [Named] strict: Named! told(what: [Int] = [1] nothing: Int): Int }
type Mutation { bark: Dog }
type Subscription { barks: Int }
""")
ASYNC = build_schema("type Query { one: Int! two: [Int!]! }")
LEFT = {
    "no such operation": (SCHEMA, "query One { __typename } query Two { __typename }"),
    "introspection": (SCHEMA, get_introspection_query()),
    "subscription": (SCHEMA, "subscription { barks }"),
    "no such root type": (ASYNC, "mutation { bark }"),
    "directive": (SCHEMA, "{ dog { ... @defer(if: false) { name } } }"),
    "variables of a fragment": (
        SCHEMA,
        "{ dog { ...F(on: true) } } fragment F($on: Boolean) on Dog { name(short: $on) }",
    ),
}


def pets() -> dict[str, Any]:
    cat = {"__typename": "Cat", "name": lambda _, short=False: "T" if short else "Tom"}
    dog = {"__typename": "Dog", "name": "Rex", "friends": lambda _, first: [cat] * first}
    return {"dog": dog, "pets": iter([cat, dog, None]), "told": lambda _, what, **__: len(what), "bark": dog}


@pytest.fixture(autouse=True)
def counted() -> Iterator[None]:
    left_to_graphql_core.clear()
    yield
    left_to_graphql_core.clear()


@pytest.mark.parametrize(("reason", "schema", "text"), [(reason, *left) for reason, left in LEFT.items()])
def test_what_a_plan_does_not_know_is_left_to_graphql_core_and_counted(
    reason: str, schema: graphql.GraphQLSchema, text: str
) -> None:
    document = parse(text, experimental_fragment_arguments=True)
    assert Plan.of(schema, document) is None
    theirs = graphql.execute(schema, document, pets())
    ours = execution.execute(schema, document, pets())
    assert isinstance(theirs, graphql.ExecutionResult)
    assert isinstance(ours, graphql.ExecutionResult)
    assert described(ours) == described(theirs)
    assert left_to_graphql_core == {reason: 2}


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ nothing dog { name nothing } }", {}),
        ("{ dog { friends { name } name } }", {}),
        ("{ dog { friends(first: x) { name } name } }", {}),
        ("{ dog { name @include(if: 1) } }", {}),
        ("{ dog @skip(if: null) { name } }", {}),
        ("query ($on: Boolean = true) { pets { name @include(if: $on) } dog { name } }", {"on": None}),
        ("query ($on: Boolean) { dog { name @include(if: $on) } }", {}),
        ("query ($on: [Int]) { dog { name @include(if: $on) } }", {"on": [1]}),
        ("query ($n: Int) { told(what: $n) dog { friends(first: $n) { name } } }", {}),
        ("query ($n: Nothing) { told }", {"n": 1}),
        ("query ($n: Int! $m: [Int!]) { told }", {"n": "x", "m": [1, None, 2.5]}),
        ("query ($m: [Int!]) { told }", {"m": [None] * 60}),
        ("{ told(what: [1 2 3] nothing: null) a: told(what: 5) b: told }", {}),
        ("mutation { a: bark { name } b: bark { name } nothing }", {}),
        ("{ dog { ...F } } fragment F on Dog { name ...F ...Nothing }", {}),
        ("{ strict { name } dog { name } }", {}),
    ],
)
def test_what_no_validation_has_seen(text: str, variables: dict[str, Any]) -> None:
    document = parse(text)
    theirs = graphql.execute(SCHEMA, document, pets(), variable_values=variables)
    ours = execution.execute(SCHEMA, document, pets(), variable_values=variables)
    assert isinstance(theirs, graphql.ExecutionResult)
    assert isinstance(ours, graphql.ExecutionResult)
    assert described(ours) == described(theirs)
    assert not left_to_graphql_core


def test_a_wrong_schema_is_refused_as_by_graphql_core() -> None:
    with pytest.raises(TypeError, match="Query root type must be provided"):
        execution.execute(graphql.GraphQLSchema(), parse("{ a }"))


def test_a_resolver_is_told_all_that_graphql_core_tells() -> None:
    """And at the end of a plan's life, too: nothing that one resolver is given is another's."""
    document = parse("query Q($f: Int!) { told(what: [1]) again: told dog { friends(first: $f) { ...N } ...D } } "
                     "fragment N on Named { name } fragment D on Dog { friends(first: $f) { name } }")  # fmt: skip

    def asked_by(execute: Callable[..., Any]) -> list[Any]:
        asked: list[Any] = []

        def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            told = {name: getattr(info, name) for name in GraphQLResolveInfo._fields if name != "async_helpers"}
            assert info.async_helpers._fields == ("gather", "track")
            asked.append(
                (
                    source,
                    told | {"field_nodes": [*info.field_nodes], "variable_values": info.variable_values.coerced},
                    repr(arguments),
                )
            )
            arguments.clear()
            info.field_nodes.clear()
            return source[info.field_name](info, first=1, what=[]) if info.field_name != "name" else "N"

        def resolve_type(value: Any, info: GraphQLResolveInfo[Any], type_: Any) -> str:
            asked.append((value, info.path, type_))
            return str(value["__typename"])

        execute(field_resolver=resolve, type_resolver=resolve_type)
        return asked

    cat = {"__typename": "Cat", "name": "Tom"}
    dog = {"__typename": "Dog", "friends": lambda *_, **__: [cat]}
    root = {"told": lambda *_, **__: 1, "dog": lambda *_, **__: dog}
    values = root, "context", {"f": 2}
    theirs = asked_by(lambda **resolvers: graphql.execute(SCHEMA, document, *values, **resolvers))

    def twice(**resolvers: Any) -> None:
        plan = Plan.of(SCHEMA, document, **resolvers)
        assert plan
        plan.execute(*values)
        plan.execute(*values)

    assert len(theirs) > 5
    assert asked_by(twice) == theirs + theirs


def test_a_plan_remembers_only_so_many_ways_to_be_asked() -> None:
    names = [f"v{n}" for n in range(7)]
    fields = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    plan = Plan.of(SCHEMA, parse(f"query ({' '.join(f'${name}: Boolean!' for name in names)}) {{ {fields} }}"))
    assert plan
    for n in (*range(128), *range(128)):
        given = {name: bool(n >> bit & 1) for bit, name in enumerate(names)}
        result = plan.execute(variable_values=given)
        assert isinstance(result, graphql.ExecutionResult)
        assert result.data == {name: "Query" for name, on in given.items() if on}
    assert len(plan._variants) == VARIANTS


def test_without_a_loop_what_would_have_to_be_awaited_never_begins() -> None:
    """And is closed, or it would be warned of: the error of the second field ends the first before it began."""

    class Awaitable:
        def __await__(self) -> Iterator[None]:
            raise AssertionError

    result = execution.execute(ASYNC, parse("{ one two }"), {"one": Awaitable(), "two": 5})
    assert not isawaitable(result)
    assert result.data is None
    gc.collect()


def test_selections_too_deep_are_an_error_and_no_crash() -> None:
    fragments = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(2_000))
    document = parse("{ ...F0 } " + fragments)
    theirs, ours = graphql.execute(SCHEMA, document), execution.execute(SCHEMA, document)
    assert ours == theirs
    assert "too deeply" in str(theirs)
