"""docs/upstream.md: where we reach into a library, and what tells when we need not any more"""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from settings import ROOT
from tests.support import named

PAGE = (ROOT / "docs/upstream.md").read_text()
LIBRARIES: list[tuple[str, str]] = re.findall(r"^## (\S+) ([\d.]+)$", PAGE, re.MULTILINE)
PATCHES = re.split(r"^\*\*", PAGE, flags=re.MULTILINE)[1:]
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED: dict[str, str] = dict(re.findall(r"^([\w-]+)==([\w.]+)", LOCK, re.MULTILINE))


def dependency(library: str) -> Requirement:
    """What pyproject.toml asks for: `Tortoise` is `tortoise-orm`."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (one,) = [one for one in map(Requirement, listed) if f"{one.name}-".startswith(f"{library.lower()}-")]
    return one


@pytest.mark.parametrize(("library", "seen"), LIBRARIES)
def test_a_library_that_we_reach_into_stays_below_the_version_that_may_move_it(library: str, seen: str) -> None:
    asked, version = dependency(library), Version(seen)
    locked = Version(LOCKED[asked.name])
    mover = f"0.{locked.minor + 1}" if locked.major == 0 else f"{locked.major + 1}"
    assert version <= locked, "the version that it was seen with is not even locked"
    assert asked.specifier.contains(locked)
    assert not asked.specifier.contains(mover), f"pyproject.toml lets {asked.name} {mover} in"


def test_every_patch_says_where_it_is_and_which_test_tells_when_it_can_go() -> None:
    places = {place for patch in PATCHES for place in re.findall(r"`((?!tests/)[\w/]+\.py)`", patch)}
    assert [place for place in places if not (ROOT / place).is_file()] == []
    assert [patch for patch in PATCHES if not re.search(r"^Tests?: `tests/", patch, re.MULTILINE)] == []
    assert named.unknown(PAGE) == []
    assert LIBRARIES
