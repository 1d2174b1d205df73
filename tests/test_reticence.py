"""Without introspection, no error names anything of the schema that the client has not written itself"""

import json
import re
from typing import Any

import graphql
import pytest

import schema
from tests.support.given import MakeSettings
from tests.support.postern import LOGIN, ME, running
from tests.support.postoffice import PostOffice

pytestmark = pytest.mark.anyio

# Names that are also words of the sentences.
COMMON = {"field", "input", "name", "message", "errors", "type", "query", "id", "required", "at", "since"}
MISTAKES: tuple[tuple[str, Any], ...] = (
    ("{ nothing }", None),
    ("{ me }", None),
    ("{ me { nothing } }", None),
    ("{ me { id { nothing } } }", None),
    ("{ me(nothing: 1) { id } }", None),
    ("{ me { ... on Nothing { id } } }", None),
    ("{ me { ... on LoggedIn { id } } }", None),
    ("{ me { x: id x: createdAt } }", None),
    ("mutation { login { __typename } }", None),
    ("mutation { login(input: {}) { __typename } }", None),
    ("mutation { login(input: 1) { __typename } }", None),
    ('mutation { login(input: {email: 1, password: "x"}) { __typename } }', None),
    ('mutation { login(input: {email: "it\'s", passwor: null}) { nothing } }', None),
    ("mutation ($x: Int) { login(input: $x) { __typename } }", None),
    ("mutation ($x: LoginInpu) { login(input: $x) { __typename } }", None),
    ("mutation ($x: User) { login(input: $x) { __typename } }", None),
    ("subscription { nothing }", None),
    (LOGIN, {"input": {}}),
    (LOGIN, {"input": None}),
    (LOGIN, {"input": 1}),
    (LOGIN, {"input": {"email": "it's", "it's": "'"}}),
    (LOGIN, {"input": {"email": ["'"], "password": None}}),
)


def schema_names() -> set[str]:
    names = set()
    for name, kind in schema.build()._schema.type_map.items():
        if graphql.is_introspection_type(kind):
            continue
        fields = getattr(kind, "fields", {})
        names |= {name, *fields, *(argument for field in fields.values() for argument in getattr(field, "args", {}))}
    return names - COMMON - graphql.specified_scalar_types.keys()


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("introspection", [True, False])
async def test_only_where_the_schema_is_told_do_errors_tell_of_it(
    make_settings: MakeSettings, post: PostOffice, introspection: bool
) -> None:
    told: set[str] = set()
    async with running(make_settings(smtp_url=post.url, introspection=introspection), post) as server:
        for query, variables in MISTAKES:
            body = await server.ask(query, variables)
            assert body["errors"], query
            said = words(" ".join(error["message"] for error in body["errors"]))
            told |= (said & schema_names()) - words(query + json.dumps(variables))
        assert "errors" in await server.ask(ME)
    assert bool(told) is introspection, told


async def test_what_the_client_wrote_is_named(make_settings: MakeSettings, post: PostOffice) -> None:
    async with running(make_settings(smtp_url=post.url, introspection=False), post) as server:
        (unknown,) = (await server.ask("{ passwort }"))["errors"]
        assert unknown["message"] == "Cannot query field 'passwort' on type '…'."
        errors = (await server.ask(LOGIN, {"input": {"emial": "x"}}))["errors"]
        assert any("field 'emial'" in error["message"] for error in errors)
