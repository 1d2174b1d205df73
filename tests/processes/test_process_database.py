"""the server as a process: a database that takes no writes, and who may read its file"""

import asyncio
import os
import resource
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.databases import Databases
from tests.support.given import MakeSettings
from tests.support.postern import PASSWORD, REGISTER, Postern, running
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, Process, serving

pytestmark = pytest.mark.anyio

LOG = "postern.sqlite3-wal"
FILES = ("postern.sqlite3", "postern.sqlite3-shm", LOG)
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


async def readiness(server: Postern, status: int) -> str:
    """The reason that /readyz gives with that status."""
    answer = await server.http.get("/readyz")
    assert answer.status_code == status, answer.text
    return str(answer.json().get("reason", ""))


async def fails_to_register(server: Process, email: str) -> bool:
    answer = await server.ask(REGISTER, {"input": {"email": email, "password": PASSWORD}})
    return "errors" in answer


@contextmanager
def full_disk(server: Process, log: Path) -> Iterator[None]:
    """No file of the server's grows beyond the size of SQLite's log, as on a disk that is full."""
    before = resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.child.pid, resource.RLIMIT_FSIZE, before)


async def test_it_is_not_ready_while_the_disk_under_sqlite_is_full_and_is_again_afterwards(
    tmp_path: Path, post: PostOffice
) -> None:
    async with serving(tmp_path, post) as server:
        await server.registered()
        with full_disk(server, tmp_path / "var" / LOG):
            assert "takes no writes" in await readiness(server, 503)
            assert [await fails_to_register(server, f"p{nth}@example.com") for nth in range(20)][-1]
            assert "takes no writes" in await readiness(server, 503)
            assert (await server.http.get("/healthz")).status_code == 200
        assert await readiness(server, 200) == ""
        await server.registered("cleo@example.com")


async def test_asking_whether_it_is_ready_leaves_nothing_in_the_database_and_does_not_make_its_log_grow(
    tmp_path: Path, post: PostOffice
) -> None:
    file = tmp_path / "var" / "postern.sqlite3"
    async with serving(tmp_path, post) as server:
        await readiness(server, 200)
        before = file.stat().st_size, (tmp_path / "var" / LOG).stat().st_size
        for _ in range(50):
            await readiness(server, 200)
        assert (file.stat().st_size, (tmp_path / "var" / LOG).stat().st_size) == before
        with closing(sqlite3.connect(file)) as other:
            assert other.execute("SELECT count(*) FROM sqlite_master WHERE name = 'room'").fetchone() == (0,)
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_it_is_ready_while_somebody_else_writes(tmp_path: Path, post: PostOffice) -> None:
    async with serving(tmp_path, post) as server:
        with closing(sqlite3.connect(tmp_path / "var" / "postern.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await readiness(server, 200) == ""
            other.execute("ROLLBACK")


async def becomes(server: Postern, status: int, words: str) -> None:
    """Come back when /readyz says so: connections that are ended take a moment to go."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await server.http.get("/readyz")).status_code != status or words not in answer.text:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_it_is_not_ready_where_postgresql_is_read_only_as_a_standby_is(
    all_databases: Databases, make_settings: MakeSettings, post: PostOffice
) -> None:
    async with all_databases.fresh("postgres") as url:
        name = urlsplit(url).path.removeprefix("/")
        async with running(make_settings(database_url=url, smtp_url=post.url), post) as postern:
            await becomes(postern, 200, '"ready"')
            await all_databases.server.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            await all_databases.server.run(ENDED.format(name))  # as a primary's are that becomes a standby
            await becomes(postern, 503, "takes no writes")
            await all_databases.server.run(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            await all_databases.server.run(ENDED.format(name))
            await becomes(postern, 200, '"ready"')


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
async def test_sqlites_files_are_made_for_their_owner_alone_whoever_may_enter_their_folder(
    tmp_path: Path, post: PostOffice, mask: int
) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    with umask(mask):
        async with serving(tmp_path, post, DATABASE_URL=f"sqlite://{tmp_path}/var/postern.sqlite3") as server:
            await server.registered()
            modes = {file.name: stat.filemode(file.stat().st_mode) for file in (tmp_path / "var").glob("*.sqlite3*")}
    assert {name: modes[name] for name in FILES} == dict.fromkeys(FILES, "-rw-------")
    assert "database_is_public" not in server.log


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, False), (0o600, False)])
async def test_a_file_that_everybody_reads_is_left_so_and_told_with_the_remedy(
    tmp_path: Path, post: PostOffice, mode: int, warned: bool
) -> None:
    file = tmp_path / "postern.sqlite3"
    os.chmod(tmp_path, 0o755)  # noqa: PTH101, S103 - pathlib's are thought to block; it is the point
    file.touch()
    os.chmod(file, mode)  # noqa: PTH101
    async with serving(tmp_path, post, DATABASE_URL=f"sqlite://{file}") as server:
        assert ("database_is_public" in server.log) == warned
        assert (f"chmod o= {file}*" in server.log) == warned
    assert stat.S_IMODE(file.stat().st_mode) == mode
