"""two servers on one database: racers with one refresh token agree"""

import asyncio
from pathlib import Path

import pytest

from tests.support.account import REFRESH, works
from tests.support.postoffice import PostOffice
from tests.support.process import serving

pytestmark = pytest.mark.anyio


async def test_many_racers_at_two_servers_all_get_the_same_successor(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    shared = {"DATABASE_URL": database_url, "PUBLIC_URL": "http://postern.test"}
    async with serving(tmp_path, post, **shared) as one, serving(tmp_path, post, **shared) as other:
        login = await one.joined()
        servers = [one, other] * 10
        answers = await asyncio.gather(*(at.do(REFRESH, refreshToken=login["refreshToken"]) for at in servers))
        (successor,) = {answer["refreshToken"] for answer in answers}
        refreshed = await other.do(REFRESH, refreshToken=successor)
        assert refreshed["__typename"] == "Refreshed"
        assert await works(one, refreshed)
