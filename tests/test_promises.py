"""docs/security.md: every promise stands there, and every test that it names exists"""

import re

from settings import ROOT
from tests.support import named

TABLES = (ROOT / "docs/security.md").read_text().split("\n## ", 1)[1]


def test_every_promise_stands_there_with_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", TABLES, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [*range(1, 17), 101, 102, 103, *range(17, 85), 95, 100, *range(110, 116)]
    unproved = [row[0] for row in rows if "`tests/" not in row[2]]
    assert (unproved, named.unknown(TABLES)) == ([], [])
