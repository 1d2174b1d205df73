"""Three nodes behind docs/nginx.conf, on one PostgreSQL and one Redis: each request is another node's"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

import database
from models import User
from tests.support.account import (
    CONFIRM_CHANGE,
    DELETE,
    LOGOUT,
    NEW_EMAIL,
    NEW_PASSWORD,
    REFRESH,
    RESET,
    REVOKE_OTHERS,
    requested_change,
    requested_reset,
    works,
)
from tests.support.codes import by_mail
from tests.support.factors import in_steps, set_up
from tests.support.nginx import needs_nginx, nginx
from tests.support.passkeys import SoftKey, log_in, with_passkey
from tests.support.ports import free_ports
from tests.support.postern import EMAIL, HOOKS, PASSWORD, Postern
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, Process, production, serving

pytestmark = [pytest.mark.anyio, needs_nginx, pytest.mark.parametrize("dialect", ["postgres"])]
IN_TURN = {"worker_processes": "1", "limit_req": "zone=requests burst=10000 nodelay"}  # else each worker has turns
BEN = "ben@example.com"


@dataclass
class Nodes:
    """Who is behind the proxy, and by its id in which order each request came there."""

    nodes: list[Process]
    requests: list[str] = field(default_factory=list)

    async def heard(self, answer: httpx2.Response) -> None:
        if answer.headers.get("X-Request-ID"):
            self.requests.append(answer.headers["X-Request-ID"])

    async def turns(self) -> list[int]:
        """The number of the node that has answered, for each request."""
        for node in self.nodes:  # a line is written after its answer
            await node.http.get("/.well-known/jwks.json")
            await node.says("/.well-known/jwks.json")
        logs = [node.log for node in self.nodes]
        return [next(number for number, log in enumerate(logs) if one in log) for one in self.requests]


@asynccontextmanager
async def behind(
    folder: Path, post: PostOffice, database_url: str, redis_url: str
) -> AsyncIterator[tuple[Postern, Nodes]]:
    """Three nodes in production behind nginx, and people who know the address of nginx alone."""
    async with AsyncExitStack() as stack:
        http_port, https_port = free_ports(2)
        shared = production() | {
            "PUBLIC_URL": f"https://localhost:{https_port}",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SIGNING_KEYS": "database",
            "LOGIN_CODES": "true",
            "TRUSTED_PROXY_COUNT": "1",
        }
        nodes = Nodes([await stack.enter_async_context(serving(folder, post, **shared)) for _ in range(3)])
        ports = [node.settings.port for node in nodes.nodes]
        proxy = await stack.enter_async_context(nginx(folder / "nginx", http_port, https_port, *ports, **IN_TURN))
        hooks = HOOKS | {"response": [*HOOKS["response"], nodes.heard]}
        client = httpx2.AsyncClient(base_url=proxy.url, verify=proxy.trust, timeout=PATIENCE_SECONDS, event_hooks=hooks)
        http = await stack.enter_async_context(client)
        await stack.enter_async_context(database.opened(database_url, 1))
        yield Postern(nodes.nodes[0].settings, http, post), nodes


async def test_a_whole_life_at_three_nodes_in_turn(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    async with behind(tmp_path, post, database_url, redis_url) as (people, nodes):
        ben = await people.joined(BEN)
        ann = await people.joined()
        refreshed = await people.do(REFRESH, refreshToken=ann["refreshToken"])
        assert refreshed["__typename"] == "Refreshed"
        other = await people.login()
        assert (await people.ask(REVOKE_OTHERS, token=other["accessToken"]))["data"]["revokeOtherSessions"][
            "count"
        ] == 1
        for _ in nodes.nodes:  # none of them has it open any more
            assert not await works(people, refreshed)
            assert await works(people, other)

        app = await set_up(people, other)
        second = await in_steps(people, app)
        assert second["__typename"] == "LoggedIn"
        key = SoftKey(origin=str(people.http.base_url).rstrip("/"))
        await with_passkey(people, second, key)
        assert (await log_in(people, key))["user"]["email"] == EMAIL
        by_code = await by_mail(people, BEN)
        assert by_code["user"]["email"] == BEN

        token, _ = await requested_change(people, by_code, NEW_EMAIL)
        assert (await people.do(CONFIRM_CHANGE, token=token))["__typename"] == "EmailChanged"
        reset = await requested_reset(people, NEW_EMAIL)
        assert (await people.do(RESET, token=reset, newPassword=NEW_PASSWORD))["__typename"] == "PasswordReset"
        for _ in nodes.nodes:
            assert not await works(people, ben)
            assert not await works(people, by_code)
        again = await people.login(NEW_EMAIL, NEW_PASSWORD)
        assert (await people.ask(LOGOUT, token=again["accessToken"]))["data"]["logout"]["sessionId"]

        last = await in_steps(people, app)
        deleted = await people.do(DELETE, last["accessToken"], password=PASSWORD)
        assert deleted["__typename"] == "AccountDeleted"
        for _ in nodes.nodes:
            assert not await works(people, last)
        assert [user.canonical_email for user in await User.all()] == [NEW_EMAIL]

        turns = await nodes.turns()
        assert set(turns) == {0, 1, 2}
        assert not any(one == other for one, other in pairwise(turns)), turns


async def test_a_node_that_is_lost_or_restarted_is_nobodys_concern(
    tmp_path: Path, post: PostOffice, database_url: str, redis_url: str
) -> None:
    async with behind(tmp_path, post, database_url, redis_url) as (people, nodes):
        login: dict[str, Any] = await people.joined()
        await nodes.nodes[0].kill()
        for _ in range(10):
            assert await works(people, login)
            assert (await people.login())["__typename"] == "LoggedIn"
        nodes.nodes[1].child.terminate()
        assert await nodes.nodes[1].stopped() == 0
        for _ in range(10):
            assert await works(people, login)
            assert (await people.login())["__typename"] == "LoggedIn"
