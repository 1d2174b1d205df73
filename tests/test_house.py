"""The house's own rules: who imports whom, how large things are, and what is generated is up to date"""

import ast
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import schema
from database.differences import differences
from settings import ROOT

ROW = re.compile(r"^\| `(\w+)(?:/|\.py)` \| .+ \| (.+) \|$", re.MULTILINE)
TABLE: dict[str, str] = dict(ROW.findall((ROOT / "CONTRIBUTING.md").read_text()))
ROOMS = list(TABLE)
NO_ROOMS = {"benchmarks", "website", "tests"}
FEW_NEED = {  # each as the settings ask for it, webauthn as the first passkey does, and an operator the command line
    *(
        "cli",
        "redis",
        "asyncpg",
        "aiosqlite",
        "httpcore2",
        "prometheus_client",
        "opentelemetry",
        "opentelemetry",
        "tortoise.migrations.autodetector",
        "webauthn",
        "OpenSSL",
    ),
    "security.foreign_hashes",  # as the first login does whose account was imported
}
SECRET = re.compile(r"(?:.*_)?(?:token|secret|password|codes?|challenge)|uri|qr_code|passkey|state")
TEXTS = re.compile(r"(?:str|bytes|object|list\[str\])(?: \| None)?")
LONGEST_FILE, LONGEST_FUNCTION = 200, 40  # lines


def allowed(room: str) -> set[str]:
    """The rooms that a room may import, as the table for people has it."""
    words = TABLE[room]
    if words in ("everything below", "nothing of ours"):
        return set(ROOMS[ROOMS.index(room) + 1 :]) if words == "everything below" else set()
    assert re.fullmatch(r"(`\w+` ?)+", words), f"{room} may import: {words}"
    return set(re.findall(r"\w+", words))


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / f"{room}.py"]


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): ast.parse(file.read_text()) for room in ROOMS for file in files(room)}


def imports(module: str) -> Iterator[tuple[str, int, bool]]:
    """Every import of one of our modules: its name, the line, and whether it stands at the top."""
    tree = MODULES[module]
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else str(node.module) for name in inner]
        for name in names:
            if name.partition(".")[0] in {*ROOMS, *NO_ROOMS}:
                yield name, getattr(node, "lineno", 0), node in tree.body


def test_every_room_stands_in_the_table() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {path.stem for path in ROOT.glob("*.py")}
    assert rooms - NO_ROOMS == set(ROOMS)


def test_a_room_imports_only_what_the_table_allows() -> None:
    wrong = [
        f"{module}:{line} imports {imported}"
        for module in MODULES
        for imported, line, _ in imports(module)
        if imported.partition(".")[0] not in allowed(module.partition(".")[0]) | {module.partition(".")[0]}
    ]
    assert not wrong


@pytest.mark.parametrize("room", ROOMS)
def test_the_table_allows_imports_downwards_only(room: str) -> None:
    assert allowed(room) - {room} <= set(ROOMS[ROOMS.index(room) + 1 :])


def test_no_module_is_reached_by_going_in_a_circle() -> None:
    """Not even inside a room."""
    graph = {module: {imported for imported, _, _ in imports(module)} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' ← '.join(error.args[1])}")


def test_no_import_hides_in_a_function() -> None:
    hidden = [f"{module}:{line}" for module in MODULES for _, line, at_top in imports(module) if not at_top]
    assert not hidden


def test_no_benchmark_imports_a_test() -> None:
    """They measure from outside, as anybody might."""
    of_tests = re.compile(r"^\s*(?:from|import) tests\b", re.MULTILINE)
    assert [str(file) for file in files("benchmarks") if of_tests.search(file.read_text())] == []


def test_no_test_imports_from_a_conftest() -> None:
    """What tests share is in tests/support, or beside them under a name of its own."""
    shared = re.compile(r"^from tests[\w.]*\.conftest import", re.MULTILINE)
    assert [str(file) for file in (ROOT / "tests").rglob("*.py") if shared.search(file.read_text())] == []


def test_no_file_is_longer_than_it_should_be() -> None:
    lengths = {str(file.relative_to(ROOT)): file.read_text().count("\n") for room in ROOMS for file in files(room)}
    assert [file for file, lines in lengths.items() if lines > LONGEST_FILE] == []


def test_no_function_is_longer_than_it_should_be() -> None:
    functions = [
        (f"{module}.{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for name, lines in functions if lines > LONGEST_FUNCTION] == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [str(file) for room in ROOMS for file in files(room) if marks.search(file.read_text())] == []


def test_the_exported_schema_is_up_to_date() -> None:
    assert (ROOT / "schema.graphql").read_text() == schema.build().as_str() + "\n", "run make schema"


def test_the_clients_types_are_up_to_date() -> None:
    digest = hashlib.sha256((ROOT / "schema.graphql").read_bytes()).hexdigest()
    made = sorted((ROOT / "client/src/generated").glob("*.ts"))
    assert [file.name for file in made] == ["operations.ts", "possible-types.ts", "schema.ts"]
    assert [file.name for file in made if digest not in file.read_text()] == [], "run make schema"


@pytest.mark.anyio
async def test_models_and_migrations_agree() -> None:
    assert await differences() == [], "run make migration"


def test_importing_the_composition_root_reads_no_settings_and_leaves_out_what_few_servers_need() -> None:
    probe = f"""
import gc, os, sys
os.environ["PORT"] = "not a port"
import main
assert gc.isenabled()
assert not {FEW_NEED} & sys.modules.keys(), {FEW_NEED} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True)


def test_what_holds_a_secret_does_not_show_it_where_it_is_printed() -> None:
    classes = [node for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    data = [one for one in classes if any("dataclass" in ast.unparse(decorator) for decorator in one.decorator_list)]
    fields = [(one.name, field) for one in data for field in one.body if isinstance(field, ast.AnnAssign)]
    secret = [
        f"{name}: {ast.unparse(field)}"
        for name, field in fields
        if SECRET.fullmatch(ast.unparse(field.target)) and TEXTS.fullmatch(ast.unparse(field.annotation))
    ]
    assert len(secret) > 20
    assert [field for field in secret if "repr=False" not in field] == []
