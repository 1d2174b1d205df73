"""Peers whose program is in a folder here."""

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks import processes
from benchmarks.peers import installing
from benchmarks.peers.peer import Peer
from benchmarks.postgres import Database

SECRET = "no secret at all, but as long as one"  # noqa: S105 - of servers that live for one run
UVICORN = ("--port", "0", "--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--no-access-log")


@dataclass(frozen=True, kw_only=True)
class Program(Peer):
    """One of them: `command` starts it in its folder; what its manifest names is `installed_by` npm or pip."""

    folder: str
    command: tuple[str, ...]
    installed_by: Literal["npm", "pip"] | None = None

    @property
    def versions(self) -> dict[str, str]:
        """What it is made of, of Postern's own and of its manifest."""
        return super().versions | (installing.asked_for(self.folder) if self.installed_by else {})

    def install(self) -> None:
        """Have what its manifest names."""
        if self.installed_by:
            {"npm": installing.npm, "pip": installing.pip}[self.installed_by](self.folder)

    def serving(self, folder: Path, database: Database) -> AbstractContextManager[processes.Server]:
        """One process of it, as in production, that listens; its log is in the folder given."""
        known = {"DATABASE_URL": database.url, "SECRET": SECRET, "NODE_ENV": "production", **self.environment}
        if self.installed_by == "pip":
            known["PYTHONPATH"] = str(installing.PLACE / self.folder)
        place = installing.PLACE if self.installed_by == "npm" else installing.PROGRAMS
        return processes.running(place / self.folder, self.command, known, folder / "log")


def uvicorn(module: str) -> tuple[str, ...]:
    """A Python server: one process with the faster loop and parser, and without a line of the log for each request."""
    return (sys.executable, "-m", "uvicorn", f"{module}:app", *UVICORN)
