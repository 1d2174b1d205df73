"""kill -9 at any moment, again and again, while people register and a webhook is told of it"""

import asyncio
import time
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

import database
from models import Webhook, WebhookDelivery
from tests.chaos.faults import Told, nothing_is_lost
from tests.chaos.page import KILLS
from tests.chaos.people import LOST, People, people
from tests.support.admins import admin
from tests.support.elsewhere import Elsewhere, elsewhere
from tests.support.ports import free_port
from tests.support.postoffice import PostOffice
from tests.support.process import PATIENCE_SECONDS, serving
from tests.support.webhooks import Hook, hook

pytestmark = pytest.mark.anyio
EVENT = "user.registered"
SHARE = {"postgres": 0.8, "sqlite": 0.2}
LIFE = 30  # good answers of a server that is ready, at most
MOMENT_SECONDS = 0.05
START_SECONDS = 0.5
IN_THE_START = 0.1  # of all kills
TURNS = 5  # a receiver is told one thing at a time, and nothing for a minute after each kill: there is a lot to tell


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
async def test_kill_9_loses_no_answered_registration_no_letter_and_no_delivery(
    tmp_path: Path, post: PostOffice, database_url: str, dialect: str, told: Told
) -> None:
    known = {"DATABASE_URL": database_url, "PORT": str(free_port()), "DATA_DIR": str(tmp_path / "var")}
    kills, by_chance = int(KILLS * SHARE[dialect]), Random()  # noqa: S311
    async with elsewhere(tmp_path, plain=True) as there:
        async with serving(tmp_path, post, **known) as server:
            guests = await people(server)
            async with database.opened(database_url, 1):
                ours = await hook(await admin(server), EVENT, url=f"http://127.0.0.1:{there.port}/hooks")
        async with guests.going_on():
            for _ in range(kills):
                limit = by_chance.uniform(0, START_SECONDS) if by_chance.random() < IN_THE_START else None
                answered = guests.answers["200"]
                with suppress(TimeoutError) if limit else nullcontext():
                    async with asyncio.timeout(limit), serving(tmp_path, post, **known):  # which ends with kill -9
                        await guests.seen("200", answered + by_chance.randint(1, LIFE))
                        await asyncio.sleep(by_chance.uniform(0, MOMENT_SECONDS))
            killed_at = time.monotonic()
            async with serving(tmp_path, post, **known) as server:
                back = await guests.well(killed_at)
        async with serving(tmp_path, post, **known) as server:
            kept = await nothing_is_lost(server, database_url, guests)
            kept += await _no_delivery_is_lost(database_url, there, ours, guests)
    assert guests.answers[LOST] > 0
    told.tell(f"`kill -9`, {kills} times, on {dialect}", guests, back, kept)


async def _no_delivery_is_lost(database_url: str, there: Elsewhere, ours: Hook, guests: People) -> str:
    """Each is there as often as somebody has registered, and one that comes again is the same, to the byte."""
    async with database.opened(database_url, 1):
        await Webhook.all().update(due_at=datetime.now(UTC))  # as if the lease were over
        async with asyncio.timeout(TURNS * PATIENCE_SECONDS):
            while await WebhookDelivery.filter(delivered_at=None).exists():  # noqa: ASYNC110 - a row wakes nobody
                await asyncio.sleep(0.05)
        deliveries = {str(one) for one in await WebhookDelivery.all().values_list("id", flat=True)}
    came = {(asked.headers["webhook-id"], asked.body) for asked in there.asked}
    assert {one for one, _ in came} == deliveries
    assert len(came) == len(deliveries) >= len(guests.registered)
    for asked in there.asked:
        ours.verified(asked)
    return f"; {len(deliveries):,} deliveries of a webhook, {len(there.asked) - len(came)} of them twice"
