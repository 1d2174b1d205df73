"""The house's own rules: who imports whom, and what is generated is up to date"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import database
import schema
from settings import ROOT

MAY_IMPORT = {
    "main": {"database", "errors", "logs", "resolvers", "schema", "settings", "web"},
    "schema": {"errors", "locales", "models", "resolvers", "settings"},
    "web": {"database", "errors", "locales", "mail", "resolvers", "settings"},
    "resolvers": {"errors", "locales", "mail", "models", "security", "settings"},
    "security": {"errors", "settings"},
    "mail": {"errors", "locales", "models", "settings"},
    "database": {"settings"},
    "models": set(),
    "locales": set(),
    "logs": {"settings"},
    "errors": set(),
    "settings": set(),
}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / f"{room}.py"]


def imports(module: Path) -> Iterator[tuple[str, int, bool]]:
    """Every import of one of our rooms: the room, the line, and whether it stands at the top of the module."""
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            yield name.partition(".")[0], getattr(node, "lineno", 0), node in tree.body


def test_every_room_stands_in_the_table() -> None:
    elsewhere = {"benchmarks", "tests"}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {path.stem for path in ROOT.glob("*.py")}
    assert rooms - elsewhere == MAY_IMPORT.keys()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    wrong = [
        f"{module.relative_to(ROOT)}:{line} imports {imported}"
        for module in modules(room)
        for imported, line, _ in imports(module)
        if imported in MAY_IMPORT.keys() - MAY_IMPORT[room] - {room}
    ]
    assert not wrong


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_import_hides_in_a_function(room: str) -> None:
    hidden = [f"{module}:{line}" for module in modules(room) for _, line, at_top in imports(module) if not at_top]
    assert not hidden


def test_no_room_is_reached_by_going_in_a_circle() -> None:
    reached: dict[str, set[str]] = {}

    def reach(room: str, path: tuple[str, ...]) -> set[str]:
        assert room not in path, f"a circle: {' → '.join([*path, room])}"
        if room not in reached:
            reached[room] = MAY_IMPORT[room].union(*(reach(next_room, (*path, room)) for next_room in MAY_IMPORT[room]))
        return reached[room]

    for room in MAY_IMPORT:
        reach(room, ())


def test_the_exported_schema_is_up_to_date() -> None:
    assert (ROOT / "schema.graphql").read_text() == schema.build().as_str() + "\n", "run make schema"


@pytest.mark.anyio
async def test_models_and_migrations_agree() -> None:
    assert await database.differences() == [], "run make migration"


def test_importing_the_composition_root_reads_no_settings_and_opens_no_file() -> None:
    probe = "import os; os.environ['PORT'] = 'not a port'; import main"
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True)
