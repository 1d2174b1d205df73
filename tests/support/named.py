"""The tests that a page names as its proofs."""

import ast
import re
from functools import cache

from settings import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def unknown(page: str) -> list[str]:
    """What a page of Markdown names that is no file or no test of ours."""
    return [f"{file}::{test}" for file, test in sorted(set(NAMED.findall(page))) if not _exists(file, test)]


def _exists(file: str, test: str) -> bool:
    return test in _tests(file) if test else (ROOT / file).is_file()


@cache
def _tests(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text()) if (ROOT / file).is_file() else ast.Module([], [])
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in functions if name.startswith("test_")}
