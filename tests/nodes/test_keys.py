"""Two servers whose signing keys are in the database, while people log in at one and ask at the other"""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest

from settings import ROOT
from tests.nodes.clusters import clusters
from tests.nodes.programs import serving_from
from tests.support.account import LOGOUT
from tests.support.operators import POSTERN
from tests.support.postern import EMAIL, ME
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, SECRET, Ended, Process, run, serving
from tests.test_key_rotation import accepts, kid, published

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("dialect", ["postgres"])]  # where two really write at once
PAUSE_SECONDS = 0.02
CHANGES = 4
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@dataclass
class Load:
    """People who log in at each node in turn and ask at all of them who they are: nobody is refused."""

    nodes: list[Process]
    logins: dict[str, dict[str, Any]] = field(default_factory=dict)  # the first by each key
    asked: int = 0

    async def go_on(self) -> None:
        while True:
            for place in self.nodes:
                login = await place.login()
                kept = self.logins.setdefault(kid(login), login)
                for node in self.nodes:
                    for known in [login, *self.logins.values()]:
                        answer = await node.ask(ME, token=known["accessToken"])
                        assert "errors" not in answer, (kid(known), list(self.logins), answer)
                        self.asked += 1
                if kept is not login:  # an account has a hundred sessions, and then loses its oldest
                    await place.ask(LOGOUT, token=login["accessToken"])
            await asyncio.sleep(PAUSE_SECONDS)

    async def lasts_for(self, keys: int) -> None:
        """Come back once people have had tokens by so many keys, and all of these are good everywhere."""
        going_on = asyncio.create_task(self.go_on())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(self.logins) < keys:
                    assert not going_on.done(), going_on.exception()
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            going_on.cancel()
            await asyncio.wait([going_on])


@dataclass(frozen=True)
class Nodes:
    """Servers on one database."""

    folder: Path
    post: PostOffice
    database_url: str
    stack: AsyncExitStack

    @property
    def shared(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "SIGNING_KEYS": "database", "SECRET_KEY": SECRET}

    async def start(self, **more: str) -> Process:
        public = {"PUBLIC_URL": "http://postern.test", **self.shared, **more}
        return await self.stack.enter_async_context(serving(self.folder, self.post, **public))

    async def keys(self, *words: str, **more: str) -> Ended:
        return await run(self.folder, *POSTERN, "keys", *words, "--json", **self.shared, **more)


async def test_nobody_is_refused_while_nodes_that_started_at_once_change_their_keys_by_themselves(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    async with AsyncExitStack() as stack:
        nodes = Nodes(tmp_path, post, database_url, stack)
        quick = {"SIGNING_KEY_LIFETIME": "PT2S", "SIGNING_KEY_ANNOUNCEMENT": "PT1S"}
        load = Load([*await asyncio.gather(nodes.start(**quick), nodes.start(**quick))])
        first = [await published(node) for node in load.nodes]
        assert set(first[0]) & set(first[1]), "one key, to which another may have come meanwhile"
        assert sum(node.log.count("signs_in_seconds=0") for node in load.nodes) == 1
        await load.nodes[0].joined()
        await load.lasts_for(CHANGES)
        added = sum(node.log.count("signing_key_added") for node in load.nodes)
        listed = json.loads((await nodes.keys("list")).output)
        assert len(listed) in (added, added + 1), "each number was written once"
        assert set(load.logins) <= {one["kid"] for one in listed}


async def test_two_changes_at_once_are_one_and_a_key_that_strangers_know_is_worth_nothing_once_it_is_replaced(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    async with AsyncExitStack() as stack:
        nodes = Nodes(tmp_path, post, database_url, stack)
        old = await nodes.start()
        by_old = await old.joined()
        folders = [tmp_path / name for name in ("one", "other")]
        for folder in folders:
            folder.mkdir()
        ended = await asyncio.gather(*(run(one, *POSTERN, "keys", "rotate", **nodes.shared) for one in folders))
        assert sorted(one.code for one in ended) == [0, 1], [one.complaint for one in ended]
        assert "nothing has changed" in "".join(one.complaint for one in ended)
        assert len(json.loads((await nodes.keys("list")).output)) == 2

        replaced = await nodes.keys("rotate", "--at-once")
        assert json.loads(replaced.output)["signs_in_seconds"] == 0, replaced.complaint
        newer = await nodes.start()
        assert not await accepts(newer, by_old)
        by_new = await newer.login()
        assert kid(by_new) == json.loads(replaced.output)["kid"]
        assert (await old.ask(ME, token=by_new["accessToken"]))["data"]["me"]["email"] == EMAIL, "it looks for the key"
        assert await published(old) == [kid(by_new)]
        assert not await accepts(old, by_old), "it had verified this token, and knows better now"
        assert await accepts(old, await old.login())


@pytest.mark.needs(any(FAKETIME), "faketime is missing")
async def test_nobody_is_refused_where_clocks_are_thirty_seconds_apart(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    async with AsyncExitStack() as stack:
        nodes = Nodes(tmp_path, post, database_url, stack)
        quick = {
            "SIGNING_KEY_LIFETIME": "PT3S",
            "SIGNING_KEY_ANNOUNCEMENT": "PT1S",
            "PUBLIC_URL": "http://postern.test",
        }
        ahead = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": "+30s"}
        fast = await stack.enter_async_context(serving_from(ROOT, tmp_path, post, **nodes.shared, **quick, **ahead))
        load = Load([await nodes.start(**quick), fast])
        await load.nodes[0].joined()
        apart = [
            jwt.decode((await node.login())["accessToken"], options={"verify_signature": False})["iat"]
            for node in load.nodes
        ]
        assert apart[1] - apart[0] >= 29
        await load.lasts_for(CHANGES)


async def test_a_node_that_was_cut_off_from_the_database_signs_with_no_key_that_was_removed_meanwhile(
    tmp_path: Path, post: PostOffice, dialect: str
) -> None:
    async with AsyncExitStack() as stack:
        cluster, _ = await stack.enter_async_context(clusters())
        for name in ("here", "there"):
            await cluster.psql(f"CREATE ROLE {name} LOGIN SUPERUSER;")
        nodes = Nodes(tmp_path, post, cluster.url("postgres").replace("postgres@", "here@"), stack)
        quick = {"SIGNING_KEY_ANNOUNCEMENT": "PT2S"}
        here = await nodes.start(**quick)
        there = await nodes.start(**quick, DATABASE_URL=cluster.url("postgres").replace("postgres@", "there@"))
        login = await there.joined()
        await cluster.psql("ALTER ROLE there NOLOGIN;")
        await cluster.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'there';")
        ended = await nodes.keys("rotate", "--at-once")
        assert ended.code == 0, ended.complaint
        await there.says("signing_keys_failed", 6)  # by then it has not looked for too long
        for _ in range(2):
            answer = await there.ask(ME, token=login["accessToken"])
            assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        await cluster.psql("ALTER ROLE there LOGIN;")
        again = await there.login()
        assert kid(again) == json.loads(ended.output)["kid"]
        assert await accepts(here, again)
        assert not await accepts(there, login)
