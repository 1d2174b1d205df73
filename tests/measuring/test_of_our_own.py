"""benchmarks of Postern alone: in a tiny form, and no letter is counted that did not come"""

import re
import subprocess
import sys

import pytest

from benchmarks import outbox
from benchmarks.processes import CHILDREN
from settings import ROOT
from tests.support.databases import Databases

pytestmark = pytest.mark.needs(CHILDREN.exists(), "there is no /proc as Linux has it")


def test_letters_are_counted_where_they_arrive(all_databases: Databases) -> None:
    given = ("--processes", "1", "--letters", "40", "--rounds", "1", "--postgres", all_databases.server.url)
    command = (sys.executable, "-m", "benchmarks.outbox", *given)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[2]) > 0


def test_every_operation_is_measured_at_each_size(all_databases: Databases) -> None:
    given = ("--people", "100", "200", "--sqlite", "100", "--tries", "1", "--postgres", all_databases.server.url)
    command = (sys.executable, "-m", "benchmarks.scale", *given)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| (\w.*?) \| [\d.]+ \| [\d.]+ \| ([\d.]+) \| [\d.]+ \|$", done.stdout, re.MULTILINE)
    assert {"register", "login", "me", "deleteAccount", "housekeeping"} <= {name for name, _ in rows}
    assert all(float(ratio) > 0 for _, ratio in rows)


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "b"], ["a", "b", "c", "c"]])
def test_a_letter_that_is_missing_or_came_twice_ends_it(names: list[str]) -> None:
    outbox.check([(0.0, "a"), (1.0, "b"), (2.0, "c")], 3)
    with pytest.raises(SystemExit, match="Of 3 letters"):
        outbox.check([(0.0, name) for name in names], 3)
