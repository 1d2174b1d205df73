"""A DATABASE_URL of several hosts: one connection is kept, and no other stays open at any of them."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]
import pytest

from database import asyncpg_connecting
from tests.support.databases import Databases
from tests.support.postoffice import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio
HOSTS = 3


async def test_of_hosts_that_all_take_writes_one_is_kept_and_the_others_are_left(
    all_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, connect = [], asyncpg.connect

    async def noted(*given: Any, **more: Any) -> Any:
        made.append(await connect(*given, **more))
        return made[-1]

    async with all_databases.fresh("postgres") as url:
        monkeypatch.setattr(asyncpg, "connect", noted)
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        several = urlunsplit(parts._replace(netloc=f"{user}{at}{','.join([host] * HOSTS)}"))
        kept = await asyncpg_connecting.connect(several, timeout=PATIENCE_SECONDS)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while [one.is_closed() for one in made if one is not kept] != [True] * (HOSTS - 1):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert await kept.fetchval("SELECT 1") == 1
        finally:
            for one in made:
                one.terminate()
