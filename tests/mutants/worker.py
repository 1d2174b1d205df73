"""A plugin for pytest: it loads everything once, and tries each mutant in a process that is forked from there.

The first line of JSON that goes out names the tests there are. Then a line that comes in is a mutant: file, source,
changed source, and the tests to run until one fails. The one that answers it is that test's name, "" where all pass,
null where the change must be loaded to be seen, or how else they end.
"""

import asyncio
import gc
import itertools
import json
import os
import signal
from itertools import zip_longest
from multiprocessing.connection import Connection, Pipe
from typing import Any

import pytest

from settings import ROOT
from tests.mutants.measuring import TEST_SECONDS
from tests.mutants.swapping import Functions, NeedsLoading, loaded, swap
from tests.support.blank import blank
from tests.support.databases import OPENED, Databases

NUMBERS = 1_000  # of databases of one process


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Takes the place of running all tests."""
    blank()
    databases = session.config.stash[OPENED][1]
    functions, items = loaded(ROOT), {item.nodeid: item for item in session.items}
    gc.freeze()
    reading, writing = map(int, os.environ["MUTANTS_PIPES"].split(","))
    with open(reading) as asked, open(writing, "w", buffering=1) as answers:  # noqa: PTH123 - by their numbers
        print(json.dumps([*items]), file=answers)
        for number, line in enumerate(asked, 1):
            task = json.loads(line)
            asyncio.run(databases.have_one())
            databases.numbers = itertools.count(number * NUMBERS)
            trial = _Trial(session, databases, functions, task, [items[name] for name in task["tests"]])
            print(json.dumps(trial.result()), file=answers)
    return True


class _Trial:
    def __init__(
        self,
        session: pytest.Session,
        databases: Databases,
        functions: Functions,
        task: dict[str, Any],
        items: list[pytest.Item],
    ) -> None:
        self._session, self._databases, self._functions = session, databases, functions
        self._task, self._items = task, items

    def result(self) -> str | None:
        """How the tests end in a process of their own."""
        hears, tells = Pipe(duplex=False)
        if not (child := os.fork()):
            os.setsid()
            self._run(tells)
            os._exit(0)
        tells.close()
        try:
            return self._ending(hears)
        finally:
            os.killpg(child, signal.SIGKILL)  # with whatever it has started
            os.waitpid(child, 0)

    def _ending(self, hears: Connection) -> str | None:
        at = "the beginning"
        while hears.poll(TEST_SECONDS):
            try:
                told = hears.recv()
            except EOFError:
                self._databases.emptied.clear()
                return f"it ends in {at}"
            if isinstance(told, str):
                at = told
                continue
            result: str | None
            result, self._databases.emptied[:] = told
            return result
        self._databases.emptied.clear()
        return f"it hangs in {at}"

    def _run(self, tells: Connection) -> None:
        try:
            swap(self._functions, ROOT / self._task["file"], self._task["source"], self._task["changed"])
            result = self._failing(tells)
        except NeedsLoading:
            result = None
        tells.send((result, self._databases.emptied))

    def _failing(self, tells: Connection) -> str:
        for item, following in zip_longest(self._items, self._items[1:]):
            tells.send(item.nodeid)
            self._session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return item.nodeid
        return ""
