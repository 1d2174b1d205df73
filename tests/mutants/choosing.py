"""A plugin for pytest: the chosen tests alone, in their order, and before them those that nobody has measured."""

import json
import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The new ones are likely to be there because of a mutant."""
    chosen = json.loads(Path(os.environ["MUTANTS_CHOSEN"]).read_text())
    places = {name: place for place, name in enumerate(chosen["tests"]) if name not in chosen["failed"]}
    known = set(chosen["known"]) - places.keys()
    items[:] = sorted(
        (item for item in items if item.nodeid not in known), key=lambda item: places.get(item.nodeid, -1)
    )
