"""A plugin for pytest: the chosen tests alone, in their order."""

import json
import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(json.loads(Path(os.environ["MUTANTS_CHOSEN"]).read_text()))}
    items[:] = sorted((item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid])
