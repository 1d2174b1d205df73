"""in which order one webhook is told, and that a server which stops begins nothing more"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from events import subscribers
from models import WebhookDelivery
from resolvers.webhook_delivery import Deliveries
from tests.support.admins import Admin, admin
from tests.support.databases import once
from tests.support.elsewhere import Asked, Elsewhere, answered
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from tests.support.webhooks import hook, until

pytestmark = pytest.mark.anyio


async def test_what_waits_for_the_longest_time_is_told_first(ada: Admin, there: Elsewhere) -> None:
    there.answer = lambda _: answered(status="500 Oh")
    told = await hook(ada)
    sent = [await told.test() for _ in range(2)]
    for one in sent:
        await told.tried(id=one)
    there.answer = lambda _: answered()
    await WebhookDelivery.filter(id=sent[1]).update(due_at=datetime.now(UTC) - timedelta(hours=1))
    await WebhookDelivery.filter(id=sent[0]).update(due_at=datetime.now(UTC))
    subscribers.wake()
    for one in sent:
        await told.tried(id=one, delivered_at__isnull=False)
    assert [asked.headers["webhook-id"] for asked in there.asked][2:] == sent[::-1]


@once
async def test_a_server_that_stops_ends_the_try_that_is_under_way_and_begins_no_other(
    make_settings: MakeSettings, database_url: str, post: PostOffice, there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, stopped = Deliveries.stop, list[Deliveries]()

    def noted(deliveries: Deliveries) -> None:
        stop(deliveries)
        stopped.append(deliveries)

    def once_it_stops(_: Asked) -> Iterator[bytes | float]:
        while not stopped:
            yield 0.01
        yield answered()

    monkeypatch.setattr(Deliveries, "stop", noted)
    there.answer = once_it_stops
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    async with running(settings, post) as server:
        told = await hook(await admin(server))
        sent = [await told.test() for _ in range(2)]
        await until(there, lambda: len(there.asked) == 1)
    assert [asked.headers["webhook-id"] for asked in there.asked] == sent[:1]
    async with running(settings, post):
        await until(there, lambda: len(there.asked) == 2)
        await told.tried(id=sent[1])
        assert {one.attempts for one in await WebhookDelivery.all()} == {1}, "what was told is not told again"
