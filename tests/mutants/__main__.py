"""Change the product in small ways, one at a time: does the suite notice?

`python -m tests.mutants 100` runs the suite once to see which test runs which line, draws a hundred changes by chance
(`--seed` for the same ones again), tries each on a copy of this checkout, and names those that no test has killed.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.changes import Mutant, everything
from tests.mutants.measuring import Measured, measure
from tests.mutants.trying import Copy


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


def survivors(drawn: list[Mutant], measured: Measured, copies: list[Copy], most: int | None) -> list[Mutant]:
    """Those that live, tried as many at a time as there are copies."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def try_out(mutant: Mutant) -> bool:
        copy, began = free.get(), time.monotonic()
        try:
            by = copy.killer(mutant, measured, most)
        finally:
            free.put(copy)
        _say(f"{time.monotonic() - began:4.0f} s  {mutant}\n        {f'killed by {by}' if by else 'ALIVE'}")
        return not by

    with ThreadPoolExecutor(len(copies)) as pool:
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
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        made = [Copy(Path(folder, str(number))) for number in range(os.cpu_count() or 1)]
        measured = measure(made[0].folder, options.measured or Path(folder, "measured"))
        copies = [stack.enter_context(copy) for copy in made]  # which loads it
        _say(
            "".join(f"fails without any mutant: {name}\n" for name in measured.failed())
            + f"{len(measured.tests)} tests"
        )
        alive = survivors(drawn, measured, copies, options.most)
    _say("\n".join([f"\n{len(drawn) - len(alive)} killed, {len(alive)} alive", *map(str, alive)]))
    return 1 if len(alive) * 20 > len(drawn) else 0


if __name__ == "__main__":
    sys.exit(main())
