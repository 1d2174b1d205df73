"""README.md, SECURITY.md and docs/: the names in the text are those of the code"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, build_schema
from pydantic.fields import FieldInfo
from starlette.routing import Route

from errors import InputErrorCode
from main import create_app
from models import LoginMethod, Permission
from schema.failures import CODES
from settings import ROOT, Settings
from tests.docs.blocks import FENCED, PAGES, blocks, code
from tests.support.given import MakeSettings

NAMES = [page.name for page in PAGES]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?", page.read_text())
    targets = [(page.parent / link if link else page, anchor) for link, anchor in links]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    assert [(str(target), anchor) for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in links, as GitHub has it."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    named = [words.partition("::")[0] for words in code(page) if words.startswith("tests/")]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_address_is_served(make_settings: MakeSettings) -> None:
    settings = make_settings(login_codes=True, passkey_origins="http://postern.test,https://shop.example")
    served = {route.path for route in create_app(settings).routes if isinstance(route, Route)}
    served.add("/metrics")  # on a port of its own
    named = [re.match(r"(?:GET|POST) (/[\w./-]+)", words) for page in PAGES for words in code(page)]
    assert {address[1] for address in named if address} - served == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_setting_is_one(page: Path) -> None:
    known = {name.upper() for name in Settings.model_fields} | {*CODES, *InputErrorCode, *Permission}
    known |= {*LoginMethod.__members__}
    named = {found[1] for words in code(page) if (found := re.match(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", words))}
    assert {name for name in named - known if not name.startswith("OTEL_")} == set()  # those are OpenTelemetry's


def test_the_readme_explains_the_settings_as_the_program_does() -> None:
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \| (.*?) ?\| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    told = [tuple(part.replace("`", "").lower() for part in row) for row in rows]
    assert sorted(told) == sorted((name, *explained(field)) for name, field in Settings.model_fields.items())


def explained(field: FieldInfo) -> tuple[str, str]:
    """A setting's default, and what it is for."""
    parts = re.fullmatch(r"(.*?)(?: \(default: (.+)\))?", str(field.description))
    assert parts
    default = field.default
    if isinstance(default, timedelta):
        default = int(default.total_seconds())
    elif isinstance(default, Path):
        default = f"{default.relative_to(ROOT)}/"
    usual = "" if default in (None, "", ()) else str(default)
    return (parts[2] or usual).lower(), parts[1].replace("`", "").lower()


def test_every_environment_file_sets_settings_only() -> None:
    found = [found for found in blocks("docs/production.md") if found.first_line.startswith("ENVIRONMENT=")]
    names = re.findall(r"^(?:# )?([A-Z_]+)=", "\n".join(each.text for each in found), re.MULTILINE)
    assert names
    assert {name.lower() for name in names} - Settings.model_fields.keys() == set()


def test_every_operation_in_a_table_is_in_the_schema() -> None:
    assert SCHEMA.mutation_type
    rows = re.findall(r"^\| `([a-z]\w+)` \|", (ROOT / "docs/accounts.md").read_text(), re.MULTILINE)
    assert rows
    assert set(rows) - SCHEMA.mutation_type.fields.keys() == set()


def test_every_code_of_an_error_is_listed() -> None:
    assert set(CODES) - set(code(ROOT / "README.md")) == set()


def test_the_client_knows_every_code_of_an_error() -> None:
    known = re.findall(r'^  \| "([A-Z_]+)"', (ROOT / "client/src/errors.ts").read_text(), re.MULTILINE)
    assert known == [*CODES, "NETWORK", "UNEXPECTED"]


def test_apollo_is_told_of_every_problem() -> None:
    (apollo,) = [found for found in blocks("docs/fetch.md") if "possibleTypes" in found.text]
    listed = re.search(r"Problem: \[(.*?)\]", apollo.text, re.DOTALL)
    problem = SCHEMA.type_map["Problem"]
    assert isinstance(problem, GraphQLInterfaceType)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == {kind.name for kind in SCHEMA.get_possible_types(problem)}
