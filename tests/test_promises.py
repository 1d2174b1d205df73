"""docs/security.md: every promise stands there, and every test that it names exists"""

import ast
import re

import pytest

from settings import ROOT

TABLES = (ROOT / "docs/security.md").read_text().split("\n## ", 1)[1]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TABLES)))


def test_every_promise_stands_there() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", TABLES, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 30))
    assert [row[0] for row in rows if "`tests/" not in row[2]] == []


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_test_that_proves_it_exists(file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not test or test in tests, f"{file} has no {test}"
