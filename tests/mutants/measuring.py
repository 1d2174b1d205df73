"""One run of the whole suite, and what it tells of who is likely to notice a mutant."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverage import CoverageData

from tests.mutants.changes import Mutant

SUITE = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
TESTS = ("tests", "tests/processes", "tests/cli", "tests/docs")  # and of the suites apart those that take no minutes
READERS = ("tests/test_house.py::", "tests/docs/test_words.py::")  # they read the code, and run none of it
TEST_SECONDS = 120  # a test that takes longer hangs
NAMESAKES = 10  # tests of a file that is named after the subject, for one of any other


@dataclass(frozen=True)
class Measured:
    """What a run knows of each test, and which tests run which line of which file."""

    tests: dict[str, dict[str, Any]]
    lines: dict[str, dict[int, set[str]]]

    def failed(self) -> list[str]:
        """What fails without any mutant, and so proves nothing."""
        return [name for name, test in self.tests.items() if test["failed"]]

    def order(self, mutant: Mutant) -> list[str]:
        """All tests: those that run the line or read it; those that start programs, which may run it; the rest.

        A line that an import runs is in no test's hands more than in another's: those come first that run its file.
        """
        of_file = self.lines.get(mutant.file, {})
        near = set().union(*(of_file.get(line, set()) for line in mutant.lines))
        programs = {name for name, test in self.tests.items() if test["starts"]}
        if not near:
            near = programs.union(*of_file.values())
        elif len(near) > len(self.tests) / 3:  # what every server does, each does that is a program
            near |= programs
        near |= {name for name in self.tests if name.startswith(READERS)}
        groups = (near, programs - near, self.tests.keys() - near - programs)
        return [name for group in groups for name in self._mixed(group, Path(mutant.file))]

    def _mixed(self, names: Iterable[str], file: Path) -> list[str]:
        """SQLite first; files that are named after the subject; of each file the fastest test, then its second …."""
        ranks: Counter[tuple[bool, str]] = Counter()
        keys: dict[str, tuple[bool, int, bool, float]] = {}
        for name in sorted(names, key=lambda name: self.tests[name]["seconds"]):
            where, on_postgres = name.partition("::")[0], "postgres" in name
            namesake = file.parts[0] in where or file.stem in where
            ranks[on_postgres, where] += 1
            rank = ranks[on_postgres, where] // (NAMESAKES if namesake else 1)
            keys[name] = (on_postgres, rank, not namesake, self.tests[name]["seconds"])
        return sorted(keys, key=keys.__getitem__)


def measure(checkout: Path, folder: Path) -> Measured:
    """What a folder holds of an earlier run, or else a run of all tests of the checkout, kept in the folder."""
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(
            [*SUITE, "-n", "auto", "-p", "tests.mutants.recording", *TESTS],
            cwd=checkout,
            env={**os.environ, "MUTANTS_FOLDER": str(folder.absolute())},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    tests: dict[str, dict[str, Any]] = {}
    for file in folder.glob("*.json"):
        tests |= json.loads(file.read_text())
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for part in folder.glob("lines.*"):
        data = CoverageData(str(part))
        data.read()
        for name in data.measured_files():
            for line, contexts in data.contexts_by_lineno(name).items():
                lines[name][line] |= set(contexts) & tests.keys()
    return Measured(tests, lines)
