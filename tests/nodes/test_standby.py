"""A standby of PostgreSQL, as docs/production.md makes it: the primary is killed, and nothing is lost"""

import asyncio
import re
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.docs.blocks import block
from tests.nodes.clusters import clusters, moved
from tests.nodes.figures import measured
from tests.nodes.people import People
from tests.support.clusters import Cluster
from tests.support.postern import ME, PASSWORD, REGISTER
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, serving

pytestmark = pytest.mark.anyio
DOCUMENT = "docs/production.md"
ROLE = block(DOCUMENT, "CREATE ROLE replicator LOGIN REPLICATION PASSWORD '…';")
COPY = block(DOCUMENT, "pg_basebackup --write-recovery-conf --checkpoint=fast \\")
WAIT = block(DOCUMENT, "ALTER SYSTEM SET synchronous_standby_names = 'standby';")
FOLLOWS = block(DOCUMENT, "SELECT application_name, sync_state FROM pg_stat_replication;")
ALONE = block(DOCUMENT, "ALTER SYSTEM RESET synchronous_standby_names;")
PROMOTE = block(DOCUMENT, "SELECT pg_promote();")
ADDRESS = re.compile(r"DATABASE_URL=(postgres://[^\s`]+,[^\s`]+)")
SHARED = {"SIGNING_KEYS": "database", "SECRET_KEY": "s" * 32, "PUBLIC_URL": "http://postern.test"}


def address(*ports: int) -> str:
    """DATABASE_URL as the documents have it, with hosts of this test."""
    (known,) = ADDRESS.findall((Path(__file__).parents[2] / DOCUMENT).read_text())
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return moved(known, {r"postern:password@[^/]+": f"postern:password@{hosts}"}) + "&sslmode=disable"


async def follow(primary: Cluster, standby: Cluster) -> None:
    """Make the standby, and have the primary wait for it."""
    await primary.psql("CREATE ROLE postern LOGIN PASSWORD 'password';")
    await primary.psql("CREATE DATABASE postern OWNER postern;")
    await primary.psql(ROLE.text)
    places = {
        "/var/lib/postgresql/15/main": str(standby.folder),
        "host=10.0.0.1": f"host=127.0.0.1 port={primary.port}",
    }
    await standby.run("bash", "-c", moved(COPY.text, places))
    await standby.start()
    await primary.psql(WAIT.text)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await primary.psql(FOLLOWS.text) != "standby|sync":  # noqa: ASYNC110 - PostgreSQL wakes nobody
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "silent"])
async def test_when_the_primary_dies_or_falls_silent_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, post: PostOffice, ending: signal.Signals
) -> None:
    async with AsyncExitStack() as stack:
        primary, standby = await stack.enter_async_context(clusters())
        await follow(primary, standby)
        shared = {"DATABASE_URL": address(primary.port, standby.port), **SHARED}
        nodes = [await stack.enter_async_context(serving(tmp_path, post, **shared)) for _ in range(2)]
        people = People(nodes)
        for email in ("ann@example.com", "ben@example.com"):
            people.refreshed[email] = await nodes[0].joined(email)
        async with people.at_work():
            await people.goes_on()
            primary.send(ending)
            began, done = time.monotonic(), len(people.registered)
            assert await standby.psql(PROMOTE.text) == "t"
            await people.until(lambda: len(people.registered) > done + len(nodes))
            seconds = time.monotonic() - began
            await people.goes_on()
        measured.append(
            f"{ending.name} for the primary, and the standby promoted at once: {seconds:.1f} s until new accounts are "
            f"acknowledged again; {people.refused} answers were 503, and none of {len(people.registered)} accounts and "
            f"{len(people.refreshed)} sessions was lost"
        )
        await people.all_is_there()
        for node in nodes:
            assert (await node.http.get("/readyz")).json()["status"] == "ready"


async def test_without_its_standby_the_primary_acknowledges_nothing_until_it_is_told_to_go_on_alone(
    tmp_path: Path, post: PostOffice
) -> None:
    async with AsyncExitStack() as stack:
        primary, standby = await stack.enter_async_context(clusters())
        await follow(primary, standby)
        url = address(primary.port, standby.port)
        node = await stack.enter_async_context(serving(tmp_path, post, DATABASE_URL=url))
        people = People([node])
        login = await node.joined()
        standby.send(signal.SIGKILL)
        began = time.monotonic()
        assert await people.done(0, REGISTER, email="eve@example.com", password=PASSWORD) is None
        seconds = time.monotonic() - began
        assert (await node.ask(ME, token=login["accessToken"]))["data"]["me"], "reading goes on"
        await primary.psql(ALONE.text)
        answer = await people.done(0, REGISTER, email="zoe@example.com", password=PASSWORD)
        assert answer
        assert answer["__typename"] == "Registered"
        measured.append(f"the standby is away: who writes gets a 503 after {seconds:.1f} s")
