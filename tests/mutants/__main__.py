"""Change the product in small ways, one at a time: does the suite notice?

`python -m tests.mutants 100` runs the suite once to see which test runs which line, draws a hundred changes by chance
(`--seed` for the same ones again), tries each on a copy of this checkout, and names those that no test has killed.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from settings import ROOT
from tests.mutants.changes import Mutant, everything
from tests.mutants.measuring import SUITE, TESTS, Measured, measure

# A test that hangs, or a suite, has noticed.
TEST_SECONDS, SUITE_SECONDS = 120, 1200
NEAREST = 40  # tests that come first, without the others' files being read
STOP = ("-x", "-p", "tests.mutants.choosing")
HANGING = ("-o", f"faulthandler_timeout={TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true")
IGNORED = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache")


def killer(mutant: Mutant, checkout: Path, measured: Measured, most: int | None) -> str:
    """The test that fails on it twice, or how else the suite ends; empty where it passes."""
    file, order = checkout / mutant.file, measured.order(mutant)[:most]
    before, unsure = file.read_bytes(), measured.failed()
    file.write_bytes(mutant.source)
    try:
        for tests in (order[:NEAREST], order):
            while by := _failing(checkout, tests, measured, unsure):
                if by not in measured.tests or _failing(checkout, [by], measured, unsure):
                    return by
                unsure.append(by)  # it failed once, as a test may where others keep the machine busy
        return ""
    finally:
        file.write_bytes(before)


def _failing(checkout: Path, tests: list[str], measured: Measured, unsure: list[str]) -> str:
    chosen = {"tests": tests, "known": [*measured.tests], "failed": unsure}
    (checkout / "chosen.json").write_text(json.dumps(chosen))
    files = sorted({name.partition("::")[0] for name in tests}) if len(tests) <= NEAREST else TESTS
    try:
        tried = subprocess.run(
            [*SUITE, *STOP, *HANGING, *files],
            cwd=checkout,
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


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _drawn(options: argparse.Namespace) -> list[Mutant]:
    known = [mutant for mutant in everything() if not mutant.file.startswith(tuple(options.without))]
    if options.only:
        return [mutant for mutant in known if str(mutant).startswith(tuple(options.only))]
    drawn = random.Random(options.seed).sample(known, options.number)  # noqa: S311
    _say(f"{len(drawn)} of {len(known)} mutants, seed {options.seed}")
    return drawn


def _copies(folder: Path) -> SimpleQueue[Path]:
    """A copy of this checkout for each core."""
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(os.cpu_count() or 1):
        copy = shutil.copytree(ROOT, folder / str(number), symlinks=True, ignore=IGNORED)
        (copy / ".venv").symlink_to(sys.prefix)
        copies.put(copy)
    return copies


def survivors(drawn: list[Mutant], measured: Measured, copies: SimpleQueue[Path], most: int | None) -> list[Mutant]:
    """Those that live, tried as many at a time as there are copies."""

    def try_out(mutant: Mutant) -> bool:
        copy, began = copies.get(), time.monotonic()
        try:
            by = killer(mutant, copy, measured, most)
        finally:
            copies.put(copy)
        _say(f"{time.monotonic() - began:4.0f} s  {mutant}\n        {f'killed by {by}' if by else 'ALIVE'}")
        return not by

    with ThreadPoolExecutor(copies.qsize()) as pool:
        return [mutant for mutant, lives in zip(drawn, pool.map(try_out, drawn), strict=True) if lives]


def main() -> int:
    """Exit code 1 where more than one in twenty live."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=100, help="how many to draw")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--without", action="append", default=[], help="a file or folder that nothing is drawn from")
    parser.add_argument("--only", action="append", default=[], help="nothing is drawn: those that begin so (file:line)")
    parser.add_argument(
        "--measured", type=Path, help="a folder that keeps the first run of the suite for the next time"
    )
    parser.add_argument("--most", type=int, help="how many tests to try on each, the likely ones first; without it all")
    options = parser.parse_args()
    drawn = _drawn(options)
    with tempfile.TemporaryDirectory() as folder:
        copies = _copies(Path(folder))
        measured = measure(Path(folder, "0"), options.measured or Path(folder, "measured"))
        _say(
            "".join(f"fails without any mutant: {name}\n" for name in measured.failed())
            + f"{len(measured.tests)} tests"
        )
        alive = survivors(drawn, measured, copies, options.most)
    _say("\n".join([f"\n{len(drawn) - len(alive)} killed, {len(alive)} alive", *map(str, alive)]))
    return 1 if len(alive) * 20 > len(drawn) else 0


if __name__ == "__main__":
    sys.exit(main())
