"""A mutant is tried on a copy of this checkout: do its tests notice?"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from settings import ROOT
from tests.mutants.changes import Mutant
from tests.mutants.measuring import SUITE, TEST_SECONDS, TESTS, Measured

SUITE_SECONDS = 1200  # what hangs has noticed
NEAREST = 40  # tests that come first, without the others' files being read
STOP = ("-x", "-p", "tests.mutants.choosing")
HANGING = ("-o", f"faulthandler_timeout={TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true")
IGNORED = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache")


class Copy:
    """A copy of this checkout in a folder, with a process that has loaded it and all tests (`tests.mutants.worker`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(ROOT, folder, symlinks=True, ignore=IGNORED)
        (folder / ".venv").symlink_to(sys.prefix)

    def __enter__(self) -> Self:
        reads, asks = os.pipe()
        answers, writes = os.pipe()
        self._worker = subprocess.Popen(
            [*SUITE, "-p", "tests.mutants.worker", *TESTS],
            cwd=self.folder,
            env={**os.environ, "MUTANTS_PIPES": f"{reads},{writes}", "PYTHONDONTWRITEBYTECODE": "1"},
            pass_fds=(reads, writes),
            stdout=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self._asks = os.fdopen(asks, "w", buffering=1)
        self._answers = os.fdopen(answers)
        self.tests: list[str] = json.loads(self._answers.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asks.close()
        self._worker.wait()
        self._answers.close()

    def killer(self, mutant: Mutant, measured: Measured, most: int | None) -> str:
        """The test that fails on it twice, or how else they end; empty where all pass."""
        new = [name for name in self.tests if name not in measured.tests]  # likely to be there because of a mutant
        order, unsure = [*new, *measured.order(mutant)][:most], measured.failed()
        file = self.folder / mutant.file
        before = file.read_bytes()
        file.write_bytes(mutant.source)
        try:
            while by := self._failing(mutant, before, [name for name in order if name not in unsure]):
                if by not in self.tests or self._failing(mutant, before, [by]):
                    return by
                unsure.append(by)  # it failed once, as a test may where others keep the machine busy
            return ""
        finally:
            file.write_bytes(before)

    def _failing(self, mutant: Mutant, before: bytes, tests: list[str]) -> str:
        task = {"file": mutant.file, "source": before.decode(), "changed": mutant.source.decode(), "tests": tests}
        print(json.dumps(task), file=self._asks)
        told: str | None = json.loads(self._answers.readline())
        return self._failing_anew(tests) if told is None else told

    def _failing_anew(self, tests: list[str]) -> str:
        """The same where everything is loaded with the change, which takes seconds."""
        return self._failing_of(tests[:NEAREST]) or (self._failing_of(tests) if len(tests) > NEAREST else "")

    def _failing_of(self, tests: list[str]) -> str:
        (self.folder / "chosen.json").write_text(json.dumps(tests))
        files = sorted({name.partition("::")[0] for name in tests}) if len(tests) <= NEAREST else TESTS
        try:
            tried = subprocess.run(
                [*SUITE, *STOP, *HANGING, *files],
                cwd=self.folder,
                env={**os.environ, "MUTANTS_CHOSEN": "chosen.json"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=SUITE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it hangs"
        if not tried.returncode:
            return ""
        named = re.search(r"^(?:FAILED|ERROR) (tests/.+?)(?: - |$)", tried.stdout, re.MULTILINE)
        return named[1] if named else f"exit code {tried.returncode}: {tried.stdout.strip()[-200:]!r}"
