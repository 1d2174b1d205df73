"""The small changes to the product that are known here."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from settings import ROOT

ROOMS = (
    *("security", "resolvers", "schema", "edge", "mail", "events", "execution", "web"),
    *("database", "settings", "outside", "providers"),
)
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
Node = ast.expr | ast.stmt


@dataclass(frozen=True)
class Mutant:
    """One change: the `source` that a file has with it, and the lines of the statement that it is in."""

    file: str
    line: int
    lines: range
    what: str
    source: bytes

    def __str__(self) -> str:
        """Where and what, on one line."""
        return f"{self.file}:{self.line}: {self.what}"


def everything() -> list[Mutant]:
    """Every change to every room."""
    files = [file.relative_to(ROOT) for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return [mutant for file in files for mutant in mutants(file)]


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change to a file, each in its place: comments, and how the rest is written, stay as they are."""
    source = (ROOT / file).read_bytes()
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node, lines in _walk(ast.parse(source), range(0)):
        for old, new, what in _changes(node):
            start = starts[old.lineno - 1] + old.col_offset
            end = starts[(old.end_lineno or 0) - 1] + (old.end_col_offset or 0)
            changed = source[:start] + ast.unparse(new).encode() + source[end:]
            inside = _head(old) if isinstance(old, ast.stmt) else lines
            yield Mutant(str(file), old.lineno, inside, what, changed)


def _walk(node: ast.AST, lines: range) -> Iterator[tuple[ast.AST, range]]:
    """Everything, with the lines of its statement, but decorators and f-strings.

    Decorators say how a thing is made and not what it does; Python 3.11 does not know what stands where in an f-string.
    """
    lines = _head(node) or lines
    yield node, lines
    for name, value in ast.iter_fields(node):
        if name != "decorator_list":
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                    yield from _walk(child, lines)


def _head(node: ast.AST) -> range:
    """The lines of a statement, without those of the statements inside."""
    if not isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        return range(0)
    inside = [*getattr(node, "body", []), *getattr(node, "cases", [])]
    first = _first_line(node)
    then = _first_line(inside[0]) if inside else int(getattr(node, "end_lineno", first)) + 1
    return range(first, max(then, first + 1))


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else int(getattr(node, "lineno", 0))


def _changes(node: ast.AST) -> Iterator[tuple[Node, Node, str]]:
    """What stands there, what stands there instead, and that in words."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in TURNED:
            yield node, ast.Compare(node.left, [TURNED[type(op)]()], node.comparators), f"turned: {ast.unparse(node)}"
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield node, ast.BoolOp(other, node.values), f"and/or: {ast.unparse(node)}"
        case ast.UnaryOp(op=ast.Not()):
            yield node, ast.UnaryOp(ast.Not(), node), f"not: {ast.unparse(node)}"
        case ast.Constant(value=bool() | int() as value):
            yield node, ast.Constant(not value if isinstance(value, bool) else value + 1), f"was {value}"
        case ast.Call(func=ast.Attribute(attr=name)) if name in QUERIES:
            for dropped in node.keywords:
                rest = [keyword for keyword in node.keywords if keyword is not dropped]
                yield node, ast.Call(node.func, node.args, rest), f"dropped {dropped.arg}=: {ast.unparse(node)}"
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise(exc=ast.expr()):
            yield node, ast.Pass(), f"removed: {ast.unparse(node)}"
