"""Limits on an operation: what is over one is refused before anything of it is done"""

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from graphql import get_introspection_query

from models import Session, User
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, LOGIN, PASSWORD, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.walks import each

pytestmark = pytest.mark.anyio

CREDENTIALS = f'(input: {{email: "{EMAIL}", password: "{PASSWORD}"}})'
CHARGE = f"register{CREDENTIALS} {{ __typename }}"
INTROSPECTION = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
)


@pytest.fixture
def dialect() -> str:
    """One is enough: hardly anything here reaches the database."""
    return "sqlite"


def told(body: dict[str, Any]) -> tuple[str, str | None, int | None]:
    """The code of the one error, the limit and its number; nothing was executed."""
    (error,) = body["errors"]
    assert "data" not in body
    extensions = error["extensions"]
    return extensions["code"], extensions.get("limit"), extensions.get("maximum")


def exceeded(limit: str, maximum: int) -> tuple[str, str, int]:
    return "OPERATION_LIMIT_EXCEEDED", limit, maximum


def words(count: int) -> str:
    """Operations of five tokens each; what is left over makes the first longer."""
    more = "locale" * (count % 5)
    return " ".join(f"query a{n} {{ __typename {more * (n == 0)} }}" for n in range(count // 5))


def levels(count: int) -> str:
    return "{ me " + "{ ... " * (count - 2) + "{ id }" + " }" * (count - 1)


def levels_in_fragments(count: int) -> str:
    chain = " ".join(f"fragment f{n} on User {{ ...f{n + 1} }}" for n in range(count - 3))
    return f"{{ me {{ ...f0 }} }} {chain} fragment f{count - 3} on User {{ id }}"


def aliases(count: int) -> str:
    return "{" + " ".join(f"a{n}: __typename" for n in range(count)) + "}"


def aliases_in_fragments(count: int) -> str:
    """Three at each use of a fragment, the rest outside."""
    spreads, rest = "...Three " * (count // 3), " ".join(f"r{n}: id" for n in range(count % 3))
    return f"{{ me {{ {spreads} {rest} }} }} fragment Three on User {{ a: id b: email c: locale }}"


def directives(count: int) -> str:
    """Ten at each use of a fragment, the rest outside."""
    spreads, rest = "...Ten " * (count // 10), "email @skip(if: true) " * (count % 10)
    ten = " ".join(f"{name} @skip(if: false)" for name in ("id", "email", "name", "locale", "createdAt") * 2)
    return f"{{ me {{ {spreads} {rest} }} }} fragment Ten on User {{ {ten} }}"


def repeats(count: int) -> str:
    return f"{{ me {{ {'id ' * (count + 1)} }} }}"


def selections(count: int) -> str:
    """Fifteen in each operation, most of them in a fragment of six that all share, the rest in the first."""
    six = "fragment Six on User { id email emailConfirmed name locale createdAt }"
    rest = f"query a0 {{ me {{ ...Six {'id ' * (count % 15 - 8)} }} }}"
    return " ".join([rest, *(f"query b{n} {{ me {{ ...Six ...Six }} }}" for n in range(count // 15)), six])


LIMITS: list[tuple[str, int, Callable[[int], str]]] = [
    ("characters", 15_000, "{ __typename }".ljust),
    ("tokens", 1_000, words),
    ("tokens", 1_000, selections),
    ("depth", 10, levels),
    ("depth", 10, levels_in_fragments),
    ("aliases", 15, aliases),
    ("aliases", 15, aliases_in_fragments),
    ("directives", 50, directives),
    ("repeats", 50, repeats),
]


async def test_up_to_a_limit_is_answered_and_one_more_is_refused(postern: Postern) -> None:
    async def is_the_last_good(case: tuple[str, int, Callable[[int], str]]) -> None:
        limit, maximum, operation = case
        name = "a0" if limit == "tokens" else None
        within = await postern.http.post("/graphql", json={"query": operation(maximum), "operationName": name})
        assert "data" in within.json(), within.json()
        over = await postern.http.post("/graphql", json={"query": operation(maximum + 1), "operationName": name})
        assert told(over.json()) == exceeded(limit, maximum)
        assert str(maximum) in over.json()["errors"][0]["message"]

    await each(LIMITS, is_the_last_good)


async def test_what_is_open_at_a_time_counts_however_much_was_closed_before(postern: Postern) -> None:
    """Fifteen levels more than an operation may have, which are the introspection's."""

    def nested(count: int, before: str, opened: str, closed: str) -> str:
        return f"{{ me(of: [{before}{opened * (count - 2)}1{closed * (count - 2)}]) {{ id }} }}"

    async def counts(case: tuple[str, tuple[str, str]]) -> None:
        before, (opened, closed) = case
        assert told(await postern.ask(nested(25, before, opened, closed)))[0] == "GRAPHQL_VALIDATION_FAILED"
        assert told(await postern.ask(nested(26, before, opened, closed))) == exceeded("depth", 10)

    await each(list(product(("", "[] " * 30, "{} " * 30), (("[", "]"), ("{a: ", "}")))), counts)


async def test_each_number_is_a_setting(make_settings: MakeSettings, database_url: str, post: PostOffice) -> None:
    numbers = {"max_depth": 5, "max_aliases": 2, "max_directives": 3, "max_tokens": 100, "max_characters": 1_000}
    async with running(make_settings(database_url=database_url, smtp_url=post.url, **numbers), post) as server:
        for limit, operation in (
            ("depth", levels(6)),
            ("aliases", aliases(3)),
            ("directives", "{" + "__typename @skip(if: false) " * 4 + "}"),
            ("tokens", words(105)),
            ("characters", "{ __typename }".ljust(1_001)),
        ):
            assert told(await server.ask(operation)) == exceeded(limit, numbers[f"max_{limit}"])


async def test_it_has_the_status_of_other_wrong_requests(postern: Postern) -> None:
    for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        answer = await postern.http.post("/graphql", json={"query": aliases(16)}, headers={"Accept": accept})
        assert answer.status_code == status
    answer = await postern.http.get("/graphql", params={"query": aliases(16)})
    assert told(answer.json()) == exceeded("aliases", 15)


@pytest.mark.parametrize(
    "operation",
    [
        f"mutation {{ a: {CHARGE} b: {CHARGE} }}",
        f"mutation {{ a: {CHARGE} logout {{ sessionId }} }}",
        f"mutation {{ ...A ... {{ ...A b: {CHARGE} }} }} fragment A on Mutation {{ a: {CHARGE} }}",
    ],
)
async def test_an_operation_holds_one_mutation_wherever_it_hides(postern: Postern, operation: str) -> None:
    assert told(await postern.ask(operation)) == exceeded("mutations", 1)
    assert await User.all().count() == 0
    within = f"mutation {{ __typename ...A ...A }} fragment A on Mutation {{ other: __typename a: {CHARGE} }}"
    assert (await postern.ask(within))["data"]["a"] == {"__typename": "Registered"}


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_hundred_logins_in_one_operation_try_none(postern: Postern, hidden: bool) -> None:
    """CVE-2026-47707: aliases in a fragment count too."""
    await postern.logged_in()
    sessions = await Session.all().count()
    logins = " ".join(f"a{n}: login(input: $input) {{ __typename }}" for n in range(70))
    inner = f"...F }} fragment F on Mutation {{ {logins}" if hidden else logins
    body = await postern.ask(f"mutation ($input: LoginInput!) {{ {inner} }}", {"input": {}})
    assert told(body) == exceeded("mutations", 1)
    logins = " ".join(f'a{n}: login(input: {{email: "{n}", password: ""}}) {{ __typename }}' for n in range(100))
    assert told(await postern.ask(f"mutation {{ {logins} }}")) == exceeded("tokens", 1_000)
    assert await Session.all().count() == sessions


async def test_a_batch_is_refused_whole(postern: Postern) -> None:
    register = {"query": f"mutation {{ {CHARGE} }}"}
    answer = await postern.http.post("/graphql", json=[register] * 2)
    assert answer.status_code == 400
    assert told(answer.json())[0] == "BAD_USER_INPUT"
    assert await User.all().count() == 0


DOUBLING = " ".join(f"fragment f{n} on User {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
FLOODS = {
    "a bomb of fragments": (f"{{ me {{ ...f0 }} }} {DOUBLING} fragment f60 on User {{ a: id }}", "depth"),
    "a flat bomb of fragments": (
        f"{{ me {{ {'...f ' * 40} }} }} fragment f on User {{ {'...g ' * 40} }} fragment g on User {{ id }}",
        "repeats",
    ),
    "a bomb without a field": (
        f"{{ me {{ {'...f ' * 40} }} }} fragment f on User {{ {'...g ' * 40} }} fragment g on User {{ }}",
        "tokens",
    ),
    "5,000 equal fields": ("{ me {" + " id" * 5_000 + " } }", "characters"),
    "900 equal fields": ("{ me {" + " id" * 900 + " } }", "repeats"),
    "equal fields in a fragment that nobody uses": (
        f"{{ me {{ id }} }} fragment f on User {{ {'id ' * 900} }}",
        "repeats",
    ),
    "equal fields in the former of two of a name": (
        f"{{ me {{ ...f }} }} fragment f on User {{ {'id ' * 900} }} fragment f on User {{ id }}",
        "repeats",
    ),
    "60 × 60 inline fragments that overlap": ("{ me {" + ("...{" + "...{id}" * 60 + "}") * 60 + "} }", "characters"),
    "15 × 15 inline fragments that overlap": ("{ me {" + ("...{" + "...{id}" * 15 + "}") * 15 + "} }", "repeats"),
    "a flood of directives": ("{ __typename" + " @skip(if: false)" * 140 + " }", "directives"),
    "a flood of directives that do not exist": ("{ __typename" + " @x" * 490 + " }", "directives"),
    "directives of a variable": (f"query ($a: Int {'@x ' * 51}) {{ __typename }}", "directives"),
    "directives of an operation": (f"query {'@x ' * 51} {{ __typename }}", "directives"),
    "directives of a fragment": (f"{{ ...F }} fragment F on Query {'@x ' * 51} {{ __typename }}", "directives"),
    "directives of a spread": (f"{{ ...F {'@x ' * 51} }} fragment F on Query {{ __typename }}", "directives"),
    "a flood of comments": ("#\n" * 7_500 + "{ __typename }", "characters"),
    "300 nested fields": ("{ a " * 300 + "}" * 300, "depth"),
    "400 nested lists": ("{ a(b: " + "[" * 400 + "]" * 400 + ") }", "depth"),
    "a number of 6,000 digits": (f"query ($a: Int = {'9' * 6_000}) {{ __typename }}", "digits"),
    "90,000 nested braces": ("{" * 90_000, "characters"),
    "a long string": (
        f'mutation {{ confirmEmail(input: {{token: "{"x" * 90_000}"}}) {{ __typename }} }}',
        "characters",
    ),
}


async def test_a_flood_is_refused(postern: Postern) -> None:
    async def is_refused(flood: tuple[str, str]) -> None:
        query, limit = flood
        answer = await postern.http.post("/graphql", json={"query": query})
        assert answer.status_code == 200
        assert told(answer.json())[:2] == ("OPERATION_LIMIT_EXCEEDED", limit)

    await each(FLOODS, is_refused)
    assert await User.all().count() == 0


async def test_a_circle_of_fragments_is_told_as_one(postern: Postern) -> None:
    circle = "{ me { ...f } } fragment f on User { a: id ...g } fragment g on User { b: id ...f }"
    code, _, _ = told(await postern.ask(circle))
    assert code == "GRAPHQL_VALIDATION_FAILED"
    endless = " ".join(f"fragment f{n} on User {{ ...f{(n + 1) % 90} }}" for n in range(90))
    assert told(await postern.ask(f"{{ me {{ ...f0 }} }} {endless}")) == exceeded("depth", 10)


@pytest.mark.parametrize(
    "content",
    [
        b" " * 10_000_000,
        json.dumps({"query": "{" * 100_000}),
        json.dumps({"query": LOGIN, "variables": {"input": {"email": "x" * 10_000_000}}}),
    ],
)
async def test_a_body_of_megabytes_is_not_even_read(postern: Postern, content: bytes | str) -> None:
    answer = await postern.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"email":', "}")])
async def test_variables_may_be_deep(postern: Postern, opening: str, closing: str) -> None:
    async def is_answered(case: tuple[int, str]) -> None:
        depth, query = case
        within = min(depth, 90_000 // len(opening + closing))
        deep = opening * within + "1" + closing * within
        content = f'{{"query": {json.dumps(query)}, "variables": {{"input": {deep}}}}}'
        answer = await postern.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400)
        assert len(answer.content) < 10_000

    await each(list(product((100, 500, 900, 5_000, 40_000), (LOGIN, "{ __typename }"))), is_answered)


LARGE: list[Any] = [
    {f"a{n}": 1 for n in range(7_000)},
    {"email": list(range(15_000)), "password": PASSWORD},
    [[[]] * 100] * 200,
    {"email": "x" * 45_000, "password": "x" * 45_000},
    {"email": "a@" + "b." * 22_000, "password": PASSWORD},
]


async def test_variables_may_be_large(postern: Postern) -> None:
    async def is_answered(value: Any) -> None:
        answer = await postern.http.post("/graphql", json={"query": LOGIN, "variables": {"input": value}})
        assert answer.status_code == 200
        assert len(answer.json().get("errors", [])) <= 10
        assert len(answer.content) < 10_000

    await each(LARGE, is_answered)


async def test_only_the_first_ten_mistakes_are_told(postern: Postern) -> None:
    for names, mistakes in ((9, 9), (10, 10), (300, 10)):
        body = await postern.ask("{" + " ".join(f"nothing{n}" for n in range(names)) + "}")
        assert len(body["errors"]) == mistakes
        assert {error["extensions"]["code"] for error in body["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    refused = await postern.ask("{" + " ".join(f"a{n}: me {{ id }}" for n in range(15)) + "}")
    assert [error["path"] for error in refused["errors"]] == [[f"a{n}"] for n in range(15)], "and each refusal"


async def test_tools_can_read_the_schema_but_not_in_circles(postern: Postern) -> None:
    assert (await postern.ask(INTROSPECTION))["data"]["__schema"]["types"]
    circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert told(await postern.ask(circle))[0] == "GRAPHQL_VALIDATION_FAILED"
    deep = "{ __schema { queryType " + "{ ofType " * 23 + "{ name }" + " }" * 23 + " } }"
    assert told(await postern.ask(deep))[:2] == ("OPERATION_LIMIT_EXCEEDED", "depth")
    elsewhere = "{ me { __schema " + "{ ... " * 9 + "{ id }" + " }" * 9 + " } }"
    assert told(await postern.ask(elsewhere))[:2] == ("OPERATION_LIMIT_EXCEEDED", "depth")
