"""From the release before to this version, node by node: the older one serves on while tables become newer"""

import asyncio
import io
import subprocess
import tarfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

import database
from settings import ROOT
from tests.database.test_upgrade import only_up_to
from tests.nodes.figures import measured
from tests.nodes.people import People
from tests.nodes.programs import serving_from
from tests.support.account import NEW_EMAIL, works
from tests.support.databases import Databases
from tests.support.postern import PASSWORD
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, serving
from tests.test_key_rotation import new_key

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("dialect", ["postgres"])]
RELEASE = "fe393c4"  # 0.2.0, the newest that was released
MOST_REFUSED = 20  # in the moment in which tables change: a deadlock with the migration, a plan that was of before
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'letters'::regclass"
STATEMENTS = ROOT / "tests/data/statements_of_0.2.0.sql"


def archived() -> bytes:
    """The release, as far as this clone knows of it."""
    git = ["git", "-C", str(ROOT), "archive", RELEASE]
    return subprocess.run(git, capture_output=True, check=False).stdout


needs_history = pytest.mark.skipif(not archived(), reason=f"this copy has no history: {RELEASE} is not in it")


@needs_history
async def test_nobody_is_refused_while_the_database_is_migrated_and_node_after_node_is_of_this_version(
    tmp_path: Path, post: PostOffice, all_databases: Databases, dialect: str
) -> None:
    before = tmp_path / "before"
    with tarfile.open(fileobj=io.BytesIO(archived())) as release:
        release.extractall(before, filter="data")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(all_databases.fresh(dialect, migrated=False))
        shared = {
            "DATABASE_URL": url,
            "SECRET_KEY": "s" * 32,
            "SIGNING_KEYS": new_key("EdDSA"),
            "PUBLIC_URL": "http://postern.test",
        }
        older = [await stack.enter_async_context(serving_from(before, tmp_path, post, **shared)) for _ in range(2)]
        people = People([*older])
        logins: dict[str, dict[str, Any]] = {}
        for email in ("ann@example.com", "ben@example.com"):
            logins[email] = people.refreshed[email] = await older[0].joined(email)
        async with people.at_work():
            await people.goes_on()
            names = await database.migrate(url)
            assert names
            assert names[0].startswith("0007")
            await people.goes_on()  # the older ones, on tables that are newer than they are
            for place, old in enumerate(older):
                people.nodes[place] = await stack.enter_async_context(serving(tmp_path, post, **shared))
                await people.goes_on()  # both versions, and then this one alone
                old.child.terminate()
                assert await old.stopped() == 0
            await people.goes_on()
        await people.all_is_there()
        assert all([await works(node, login) for node in people.nodes for login in logins.values()])
        assert people.refused <= MOST_REFUSED
        measured.append(
            f"from 0.2.0 to this version under load, {len(names)} migrations: "
            f"{len(people.registered)} accounts registered, {people.refused} answers were 503"
        )


async def test_a_migration_that_comes_into_a_deadlock_with_a_server_begins_again(
    tmp_path: Path, all_databases: Databases, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with all_databases.fresh(dialect, migrated=False) as url:
        with monkeypatch.context() as older:
            only_up_to("0006", tmp_path, older)
            await database.migrate(url)
        writing, looking = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            async with writing.transaction():
                await writing.execute("LOCK TABLE letters IN ROW EXCLUSIVE MODE")
                migrating = asyncio.create_task(database.migrate(url))
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not await looking.fetchval(WAITS):  # noqa: ASYNC110 - PostgreSQL wakes nobody
                        await asyncio.sleep(0.01)
                assert await writing.fetchval("SELECT count(*) FROM sessions") == 0, "which it had locked before"
            assert (await migrating)[0].startswith("0007")
        finally:
            await writing.close()
            await looking.close()


async def test_what_the_release_before_sends_is_understood_by_the_tables_of_today(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for statement in STATEMENTS.read_text().splitlines():
            await connection.execute(statement)
    finally:
        await connection.close()
    async with serving(tmp_path, post, DATABASE_URL=database_url) as node:
        login = await node.login(NEW_EMAIL, PASSWORD)
        assert login["__typename"] == "LoggedIn"
        assert login["user"]["name"] == "Ann"
        assert (await node.login("eve@example.com", PASSWORD))["__typename"] == "InvalidCredentials", "it was deleted"
