"""Mutation sampling: one small change at a time in the product, and whether the suite notices.

`python -m tests.mutants 100` draws a hundred by chance (`--seed` for the same ones again), tries each on a copy of this
checkout, and names those that no test has killed.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from settings import ROOT

ROOMS = ("security", "resolvers", "schema", "edge", "mail", "events", "execution", "web")
SUITE = ("-m", "pytest", "-x", "-q", "-n", "auto", "--ignore", "tests/browser", "-p", "no:cacheprovider")
SECONDS = 900  # a suite that hangs has noticed
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
QUERIES = {"filter", "exclude", "get", "get_or_none", "update"}
Change = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """One change: the `source` that a file has with it."""

    file: Path
    line: int
    what: str
    source: str

    def __str__(self) -> str:
        """Where and what, on one line."""
        return f"{self.file}:{self.line}: {self.what}"


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change to a file that is known here."""
    source = (ROOT / file).read_text()
    for number in count():
        tree = ast.parse(source)
        found = [(node, what, change) for node in _walk(tree) for what, change in _changes(node)]
        if number == len(found):
            return
        node, what, change = found[number]
        line = getattr(node, "lineno", 0)
        change()
        yield Mutant(file, line, what, ast.unparse(ast.fix_missing_locations(tree)))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Everything but decorators, which say how a thing is made and not what it does."""
    yield node
    for name, value in ast.iter_fields(node):
        if name != "decorator_list":
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    yield from _of_expressions(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUERIES:
        for dropped in node.keywords:
            yield f"dropped {dropped.arg}=: {ast.unparse(node)}", partial(node.keywords.remove, dropped)
    for block in ("body", "orelse", "finalbody"):
        held = getattr(node, block, None)
        statements: list[ast.AST] = held if isinstance(held, list) else []
        for place, statement in enumerate(statements):
            if _acts(statement):
                yield f"removed: {ast.unparse(statement)}", partial(statements.__setitem__, place, ast.Pass())


def _of_expressions(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in TURNED:
            yield f"turned: {ast.unparse(node)}", partial(node.ops.__setitem__, 0, TURNED[type(op)]())
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"and/or: {ast.unparse(node)}", partial(setattr, node, "op", other)
        case ast.UnaryOp(op=ast.Not()):
            twice = ast.UnaryOp(ast.Not(), node.operand)
            yield f"not: {ast.unparse(node)}", partial(setattr, node, "operand", twice)
        case ast.Constant(value=bool(value)):
            yield f"was {value}", partial(setattr, node, "value", not value)
        case ast.Constant(value=int(number)):
            yield f"was {number}", partial(setattr, node, "value", number + 1)


def _acts(statement: ast.AST) -> bool:
    match statement:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise(exc=ast.expr()):
            return True
    return False


def killed(mutant: Mutant, checkout: Path) -> bool:
    """Whether the suite fails on it."""
    file = checkout / mutant.file
    before = file.read_text()
    file.write_text(mutant.source)
    try:
        tried = subprocess.run(
            [sys.executable, *SUITE], cwd=checkout, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(before)
    return tried.returncode != 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Exit code 1 where more than one in twenty live."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, help="how many to draw")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    files = [file.relative_to(ROOT) for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    everything = [mutant for file in files for mutant in mutants(file)]
    drawn = random.Random(options.seed).sample(everything, options.number)  # noqa: S311
    _say(f"{len(drawn)} of {len(everything)} mutants, seed {options.seed}")
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "checkout")
        shutil.copytree(
            ROOT, checkout, symlinks=True, ignore=shutil.ignore_patterns(".git", ".venv", "var", ".*_cache")
        )
        for number, mutant in enumerate(drawn, 1):
            started = time.monotonic()
            dead = killed(mutant, checkout)
            _say(f"{number:4} {'killed' if dead else 'ALIVE '} {time.monotonic() - started:5.0f} s  {mutant}")
            alive += [] if dead else [mutant]
    _say("\n".join([f"\n{len(drawn) - len(alive)} killed, {len(alive)} alive", *map(str, alive)]))
    return 1 if len(alive) * 20 > len(drawn) else 0


if __name__ == "__main__":
    sys.exit(main())
