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
            assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
        for other in ("", "package.json", "react/package.json", "../package.json", "graphiql@0/graphiql.min.js"):
            answer = await postern.http.get(f"/graphiql/assets/{other}")
            assert (answer.status_code, answer.headers.get("Cache-Control")) == (404, None), other


@pytest.mark.needs(bool(assets()), "GraphiQL's files are not installed")
def test_no_script_stands_in_the_page_itself(make_settings: MakeSettings) -> None:
    page = graphiql_page(make_settings())
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", bytes(page.body).decode())
    assert scripts
    assert all("src=" in attributes and not text for attributes, text in scripts)
    assert not re.search(r"\son\w+=", bytes(page.body).decode())
