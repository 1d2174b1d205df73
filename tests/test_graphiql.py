"""GraphiQL's menu: the operations that are ready in it"""

import json
import re

import graphql
import pytest
from graphql.execution.values import get_variable_values

from settings import ROOT
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from web.graphiql import Operation, assets, graphiql_page, groups

SCHEMA = graphql.build_schema((ROOT / "schema.graphql").read_text())
OPERATIONS = [operation for group in groups() for operation in group.operations]


def definition(operation: Operation) -> graphql.OperationDefinitionNode:
    (node,) = graphql.parse(operation.document).definitions
    assert isinstance(node, graphql.OperationDefinitionNode)
    return node


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_and_its_variables_fit_the_schema(operation: Operation) -> None:
    assert graphql.validate(SCHEMA, graphql.parse(operation.document)) == []
    node, variables = definition(operation), json.loads(operation.variables or "{}")
    assert node.name
    assert node.name.value == operation.name
    definitions = node.variable_definitions or ()
    assert variables.keys() == {each.variable.name.value for each in definitions}
    values = get_variable_values(SCHEMA, definitions, variables)
    assert not isinstance(values, list), values


def test_everything_that_the_schema_can_do_is_in_the_menu_once() -> None:
    fields = [definition(each).selection_set.selections[0] for each in OPERATIONS if "mutation" in each.document]
    names = sorted(field.name.value for field in fields if isinstance(field, graphql.FieldNode))
    assert SCHEMA.mutation_type
    assert names == sorted(SCHEMA.mutation_type.fields)
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert [group.title for group in groups()] == [
        *("Getting started", "Sessions", "Code by mail", "Password", "Address", "Second factor", "Passkeys", "Account"),
        *("Other services", "Accounts of others", "Roles", "Webhooks", "What has happened"),
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_its_own_files_can_be_fetched_for_good_and_no_others(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        for address in assets():
            answer = await postern.http.get(f"/graphiql/assets/{address}")
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        for other in ("", "package.json", "react/package.json", "../package.json", "graphiql@0/graphiql.min.js"):
            answer = await postern.http.get(f"/graphiql/assets/{other}")
            assert (answer.status_code, answer.headers.get("Cache-Control")) == (404, None), other


@pytest.mark.needs(bool(assets()), "GraphiQL's files are not installed")
def test_no_script_stands_in_the_page_itself(make_settings: MakeSettings) -> None:
    page = graphiql_page(make_settings())
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert page.headers["Cache-Control"] == "no-store"
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", bytes(page.body).decode())
    assert scripts
    assert all("src=" in attributes and not text for attributes, text in scripts)
    assert not re.search(r"\son\w+=", bytes(page.body).decode())


@pytest.mark.needs(bool(assets()), "GraphiQL's files are not installed")
def test_the_mailbox_is_there_where_letters_go_nowhere_else(make_settings: MakeSettings) -> None:
    for settings, is_there in ((make_settings(), True), (make_settings(smtp_url="smtp://mail.example.com"), False)):
        assert (b'href="/mailbox"' in graphiql_page(settings).body) == is_there


def test_without_its_own_files_it_takes_strawberrys_and_nothing_that_is_not_held_to_a_hash(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.graphiql.assets", dict)
    page = graphiql_page(make_settings())
    html, policy = bytes(page.body).decode(), page.headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    held = re.findall(r'<(script|link)\b[^>]*?(?:src|href)="(https://[^/"]+)/[^>]*integrity="sha384-', html)
    assert len(held) == len(re.findall(r'(?:src|href)="https:', html)) > 0
    for tag, origin in held:
        assert origin in rules["script-src" if tag == "script" else "style-src"].split()
    assert "'unsafe-inline'" in rules["script-src"], "its own script stands in the page"
