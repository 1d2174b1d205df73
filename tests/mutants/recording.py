"""A plugin for pytest: which test runs which line, how long it takes, and whether it starts a program."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from tests.mutants.changes import ROOMS

FOLDER = Path(os.environ["MUTANTS_FOLDER"])
lines = Coverage(str(FOLDER / "lines"), data_suffix=True, config_file=False, include=[f"{room}/*" for room in ROOMS])
lines.set_option("run:relative_files", True)
lines.start()
tests: dict[str, dict[str, Any]] = {}
running: dict[str, Any] = {}


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """A program is started by subprocess, or by the fork server, which listens on a socket that has a name."""
    if event == "subprocess.Popen" or (event == "socket.connect" and isinstance(arguments[1], str)):
        running["starts"] = True


sys.addaudithook(_watch)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    global running  # noqa: PLW0603 - one test runs at a time
    running = tests[item.nodeid] = {"starts": False, "failed": False}
    began = time.monotonic()
    lines.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        lines.switch_context("")
        running["seconds"] = time.monotonic() - began


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed and report.nodeid in tests:
        tests[report.nodeid]["failed"] = True


def pytest_sessionfinish() -> None:
    lines.stop()
    lines.save()
    (FOLDER / f"{os.getpid()}.json").write_text(json.dumps(tests))
