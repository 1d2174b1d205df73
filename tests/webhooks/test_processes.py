"""webhooks where processes are killed, and where there are several"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import database
from models import Webhook, WebhookDelivery
from tests.support.admins import admin
from tests.support.elsewhere import Asked, answered, elsewhere
from tests.support.postoffice import PostOffice
from tests.support.process import serving
from tests.support.webhooks import hook, until

pytestmark = pytest.mark.anyio


class Receiver:
    """Never answers what comes first; then counts how much comes at once."""

    def __init__(self) -> None:
        self.hangs = True
        self.now = self.most = 0

    def answer(self, _: Asked) -> Iterator[bytes | float]:
        if self.hangs:
            yield 60.0
        self.now += 1
        self.most = max(self.most, self.now)
        yield 0.01
        self.now -= 1
        yield answered()


@pytest.mark.parametrize("dialect", ["postgres"])
async def test_kill_9_loses_no_delivery_and_two_processes_ask_a_receiver_one_thing_at_a_time(
    tmp_path: Path, post: PostOffice, database_url: str
) -> None:
    receiver, shared = Receiver(), {"DATABASE_URL": database_url, "SECRET_KEY": "s" * 32}
    async with elsewhere(tmp_path, plain=True) as there, database.opened(database_url, 1):
        there.answer = receiver.answer
        async with serving(tmp_path, post, **shared) as first:
            told = await hook(await admin(first), "user.registered", url=f"http://127.0.0.1:{there.port}/hooks")
            for nth in range(5):
                await first.register(f"ann{nth}@example.com")
            await until(there, lambda: len(there.asked) == 1)
            await first.kill()
        receiver.hangs = False
        await Webhook.all().update(due_at=datetime.now(UTC))  # as if the lease were over
        async with serving(tmp_path, post, **shared) as one, serving(tmp_path, post, **shared) as other:
            for nth in range(20):
                await (one, other)[nth % 2].register(f"bob{nth}@example.com")
            await until(there, lambda: len(there.asked) == 26)
            await told.tried("user.registered", delivered_at__isnull=False, id=there.asked[-1].headers["webhook-id"])
    ids = [asked.headers["webhook-id"] for asked in there.asked]
    assert (len(set(ids)), ids.count(ids[0]), receiver.most) == (25, 2, 1)
    assert len({asked.body for asked in there.asked if asked.headers["webhook-id"] == ids[0]}) == 1
    for asked in there.asked:
        told.verified(asked)
    async with database.opened(database_url, 1):
        assert not await WebhookDelivery.filter(delivered_at=None).exists()
