"""kill -9 at any moment, again and again, while people register"""

import asyncio
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.faults import Told, nothing_is_lost
from tests.chaos.page import KILLS
from tests.chaos.people import AWAY, LOST, people
from tests.support.ports import free_port
from tests.support.postoffice import PostOffice
from tests.support.process import serving

pytestmark = pytest.mark.anyio
SHARE = {"postgres": 0.8, "sqlite": 0.2}
LIFE_SECONDS = 0.4  # of a server that is ready, at most
START_SECONDS = 0.5
IN_THE_START = 0.1  # of all kills


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
async def test_kill_9_loses_no_answered_registration_and_no_letter(
    tmp_path: Path, post: PostOffice, database_url: str, dialect: str, told: Told
) -> None:
    known = {"DATABASE_URL": database_url, "PORT": str(free_port()), "DATA_DIR": str(tmp_path / "var")}
    kills = int(KILLS * SHARE[dialect])
    back = 0.0
    async with serving(tmp_path, post, **known) as server:
        guests = await people(server, may_see=(AWAY,))
    async with guests.going_on():
        for _ in range(kills):
            limit = random.uniform(0, START_SECONDS) if random.random() < IN_THE_START else None
            with suppress(TimeoutError):
                async with asyncio.timeout(limit), serving(tmp_path, post, **known):  # which ends with kill -9
                    await asyncio.sleep(random.uniform(0, LIFE_SECONDS))
        killed_at = time.monotonic()
        async with serving(tmp_path, post, **known) as server:
            back = await guests.well(killed_at)
            kept = await nothing_is_lost(server, database_url, guests)
    assert guests.answers[LOST] > 0
    told.tell(f"`kill -9`, {kills} times, on {dialect}", guests, back, kept)
