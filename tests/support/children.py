"""Programs in processes of their own, with imports that were done once for all of them."""

import asyncio
import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import walk_packages

import cli
import database.asyncpg
import database.sqlite  # noqa: F401 - as the settings of a server ask for it
from main import create_app  # which takes longer to import than most programs take to end
from settings import ROOT
from tests.support.given import made

LATE = ("anyio._backends._asyncio", "encodings.idna", "uvicorn.lifespan.on", "uvicorn.loops.uvloop")
migrations = (f"models.migrations.{file.stem}" for file in (ROOT / "models/migrations").glob("[0-9]*.py"))
commands = (name for _, name, _ in walk_packages(cli.__path__, "cli.") if not name.endswith("__main__"))
for name in (*LATE, *migrations, *commands):
    import_module(name)  # as each program would, as soon as it needs it
with tempfile.TemporaryDirectory() as folder:  # and what is imported or built once, when it is first needed
    create_app(made(Path(folder)))

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])


def kill_group(leader: int) -> None:
    """End a process and whatever it has started: the workers of a server outlive it when it is killed alone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class Child:
    """A process as asyncio has them."""

    def __init__(self, process: BaseProcess) -> None:
        assert process.pid
        self._process = process
        self.pid = process.pid
        self.terminate = process.terminate

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        kill_group(self.pid)
        self._process.kill()

    async def wait(self) -> int:
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        return self._process.exitcode


def start(folder: Path, command: tuple[str, ...], environment: dict[str, str], output: str, complaint: str) -> Child:
    """A process of Python's that prints into two files of the folder, or into one."""
    for name in (output, complaint):
        (folder / name).write_text("")
    os.umask(umask := os.umask(0o077))
    child = _server.Process(target=_run, args=(folder, command, environment, (output, complaint), umask))
    child.start()
    return Child(child)


def _run(
    folder: Path, command: tuple[str, ...], environment: dict[str, str], files: tuple[str, str], umask: int
) -> None:
    os.setsid()
    multiprocessing.process._parent_process = None  # type: ignore[attr-defined]  # for who asks: it is nobody's worker
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate(files, 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_APPEND), number)
    os.dup2(sys.stdin.fileno(), 0)  # which is /dev/null, on a number that children of its own do not have
    sys.stdin = os.fdopen(0)
    if command[0] == "-m":
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
