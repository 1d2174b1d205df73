"""Programs that end by themselves, each in a process of its own, with imports that were done once for all of them."""

import multiprocessing
import os
import runpy
import sys
from pathlib import Path

import main  # noqa: F401 - which takes longer to import than most programs take to end

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__])


def start(folder: Path, command: tuple[str, ...], environment: dict[str, str]) -> multiprocessing.process.BaseProcess:
    """A process that prints into `output` and `complaint`, two files of the folder."""
    child = _server.Process(target=_run, args=(folder, command, environment))
    child.start()
    return child


def _run(folder: Path, command: tuple[str, ...], environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "output"), (2, "complaint")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    if command[0] == "-m":
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
