"""what becomes of a delivery, whatever its receiver does"""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

import outside
from models import AuditEvent, User, Webhook, WebhookDelivery
from outside.addresses import is_public
from resolvers import housekeeping, roles, webhook_delivery
from resolvers.webhook_delivery import BACK_OFF
from tests.support.admins import Admin, role
from tests.support.databases import once
from tests.support.elsewhere import Answering, Asked, Elsewhere, answered
from tests.support.postern import EMAIL
from tests.support.postoffice import PostOffice, body
from tests.support.secrecy import Watch
from tests.support.told import logged
from tests.support.webhooks import DELETE, RETRY, ROTATE, UPDATE, due_now, hook, until

pytestmark = pytest.mark.anyio


@once
async def test_it_is_tried_again_ever_later_by_the_same_id_and_given_up_after_nine_more(
    ada: Admin, there: Elsewhere, watch: Watch
) -> None:
    there.answer = lambda _: answered(b"secret words of theirs", "503 Later", Retry_After="1")
    told = await hook(ada)
    sent = await told.test()
    for nth, wait in enumerate(BACK_OFF):
        waits = await told.tried(attempts=nth + 1)
        assert waits.due_at
        assert waits.created_at + wait <= waits.due_at <= datetime.now(UTC) + 1.2 * wait
        await due_now(told)
    dead = await told.tried(attempts=10, died_at__isnull=False)
    assert (str(dead.id), dead.due_at, dead.last_status, len(there.asked)) == (sent, None, 503, 10)
    assert {asked.headers["webhook-id"] for asked in there.asked} == {sent}
    assert len({asked.body for asked in there.asked}) == 1
    for asked in there.asked:
        told.verified(asked)
    died, delayed = await logged(watch, "webhook_died"), watch.events("webhook_delayed")
    assert [line["error"] for line in (*delayed, died)] == ["status 503"] * 10
    for wait, line in zip(BACK_OFF, delayed, strict=True):
        assert wait <= timedelta(seconds=line["seconds"]) <= 1.2 * wait
    which = {"webhook_id": told.id, "delivery_id": sent, "kind": "webhook.test"}
    assert all(which.items() <= line.items() for line in (*delayed, died))
    assert not [line for line in watch.lines if "secret words" in line.text]

    there.answer = lambda _: answered()
    assert (await ada.do(RETRY, deliveryId=sent))["delivery"]["state"] == "DUE"
    again = await told.tried(delivered_at__isnull=False)
    assert (again.attempts, again.died_at, (await told.at_rest()).failing_since) == (11, None, None)


def endless(_: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    yield from itertools.repeat(bytes(65_536))


def trickling(_asked: Asked) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(1000):
        yield 0.02
        yield b"x"


def never(_: Asked) -> Iterator[bytes | float]:
    yield 30.0


def a_slow_head(_asked: Asked) -> Iterator[bytes | float]:
    for _ in range(1000):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield 0.02


def hanging_up(_: Asked) -> Iterator[bytes]:
    raise ConnectionError


async def unthought_of(*_: Any, **__: Any) -> None:
    raise RuntimeError("hunter2")


# The status that is kept, and whether it was taken. Those that hang come after one whose connection serves again: the
# little time that they are given is not that of a handshake.
BEHAVIOURS: dict[str, tuple[Answering, int | None, bool]] = {
    "takes it": (lambda _: answered(status="204 No Content"), 204, True),
    "never answers": (never, None, False),
    "is broken": (lambda _: answered(status="500 Oh"), 500, False),
    "never gets to its answer": (a_slow_head, None, False),
    "refuses": (lambda _: answered(status="401 No"), 401, False),
    "hangs up": (hanging_up, None, False),
    "talks nonsense": (lambda _: b"hunter2\r\n\r\n", None, False),
    "sends on": (lambda _: answered(status="307 There", Location="https://169.254.169.254/latest/"), 307, False),
    "packs": (lambda _: answered(b"x", Content_Encoding="gzip"), 200, True),
    "has a status of its own": (lambda _: answered(status="999 Hm"), 999, False),
    "answers without end": (endless, 200, True),
    "trickles": (trickling, 200, True),
}


@once
async def test_whatever_a_receiver_does_its_status_alone_is_kept_and_the_next_one_is_told(
    ada: Admin, there: Elsewhere, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outside.guarded.UNKEPT_SECONDS", 0.1)
    told = await hook(ada)
    for name, (answer, status, taken) in BEHAVIOURS.items():
        there.answer = answer
        monkeypatch.setattr(webhook_delivery, "TRY_SECONDS", 0.2 if answer in (never, a_slow_head) else 10)
        sent = await told.test()
        tried = await told.tried(id=sent)
        assert (tried.last_status, tried.attempts, bool(tried.delivered_at)) == (status, 1, taken), name
        assert bool(tried.due_at) != taken
    monkeypatch.setattr("outside.guarded.GuardedClient.ask", unthought_of)
    sent = await told.test()
    assert (await told.tried(id=sent)).last_status is None
    delivered = [line["status"] for line in watch.events("webhook_delivered")]
    assert delivered == [status for _, status, taken in BEHAVIOURS.values() if taken]
    kept = str(await WebhookDelivery.all().values()) + str(await AuditEvent.all().values())
    assert not [word for word in ("hunter2", "latest", "169.254") if word in kept]
    assert len(there.asked) == len(BEHAVIOURS), "nothing was followed"


@once
async def test_where_a_name_leads_is_looked_at_each_time(
    ada: Admin, there: Elsewhere, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that has led somewhere public, for as long as somebody looked."""
    monkeypatch.setattr(outside, "client", lambda **_: there.client(allows=is_public))
    told = await hook(ada)
    await told.test()
    tried = await told.tried()
    assert (tried.last_status, there.connections) == (None, 0)
    assert (await logged(watch, "webhook_delayed"))["error"] == "is not at a public address"


@once
async def test_one_whose_secret_no_key_opens_is_told_nothing_until_it_has_another(
    ada: Admin, there: Elsewhere, watch: Watch
) -> None:
    told = await hook(ada)
    (row,) = await Webhook.all()
    await Webhook.filter(id=row.id).update(sealed_secret=bytes(row.sealed_secret[:-1]) + b"x")
    await told.test()
    assert (await told.tried()).last_status is None
    assert (await logged(watch, "webhook_delayed"))["error"] == "no key of SECRET_KEY opens its secret"
    await ada.do(ROTATE, webhookId=told.id)
    await Webhook.all().update(previous_until=datetime.now(UTC))
    await due_now(told)
    await told.tried(delivered_at__isnull=False)
    assert len(there.asked) == 1


@once
async def test_one_that_hangs_delays_no_letter_and_no_other_and_is_asked_one_thing_at_a_time(
    ada: Admin, there: Elsewhere
) -> None:
    there.answer = lambda asked: never(asked) if asked.target == "/slow" else answered()
    slow, quick = await hook(ada, url="https://elsewhere.example/slow"), await hook(ada)
    for email in (EMAIL, "bob@example.com", "carl@example.com"):
        await ada.server.registered(email)
    await until(there, lambda: [asked.target for asked in there.asked].count("/hooks") == 3)
    assert [asked.target for asked in there.asked].count("/slow") == 1
    assert await WebhookDelivery.filter(webhook_id=slow.id, due_at__isnull=False).count() == 3
    assert await WebhookDelivery.filter(webhook_id=quick.id, due_at__isnull=False).count() <= 1
    for writer in there.writers:  # or the server would wait for its answer at its end
        writer.transport.abort()


async def with_role(ada: Admin, email: str, name: str, *permissions: str) -> None:
    """Somebody who has a role, and may never log in with it."""
    await ada.server.confirm(await ada.server.registered(email))
    await roles.grant_first(email, await role(ada, name, *permissions))


@once
@pytest.mark.parametrize(
    "case", [("500 Oh", 5, "failing"), ("500 Oh", 4.9, None), ("410 Gone", 0, "gone")], ids=["failed", "fails", "gone"]
)
async def test_one_that_fails_for_five_days_or_is_gone_is_switched_off_and_whoever_may_change_it_is_told(
    ada: Admin, there: Elsewhere, post: PostOffice, case: tuple[str, float, str | None]
) -> None:
    status, days, off = case
    await with_role(ada, "bob@example.com", "hooks", "MANAGE_WEBHOOKS")
    await with_role(ada, "carl@example.com", "reader", "READ_USERS")
    await with_role(ada, "dora@example.com", "former", "MANAGE_WEBHOOKS")
    await User.filter(canonical_email="dora@example.com").update(disabled_at=datetime.now(UTC))
    there.answer = lambda asked: answered(status=status if asked.target == "/hooks" else "200 OK")
    told, works = await hook(ada), await hook(ada, url="https://elsewhere.example/works")
    since = datetime.now(UTC) - timedelta(days=days)
    await Webhook.all().update(failing_since=since)

    await works.test()
    assert (await works.tried()).delivered_at
    await told.test()
    await told.tried()
    await until(there, lambda: len(there.asked) == 2)
    if off:
        await post.until(lambda: len(notices(post)) == 2)
        assert sorted(letter["To"] for letter in notices(post)) == ["ada@example.com", "bob@example.com"]
        assert {("elsewhere.example" in body(one), "/hooks" in body(one)) for one in notices(post)} == {(True, False)}
        event = await AuditEvent.get(event="webhook_disabled")
        assert (event.actor_id, event.details) == (None, {"webhook_id": told.id, "reason": off})
    rows = [await told.at_rest(), await works.at_rest()]
    assert [(bool(one.disabled_at), bool(one.failing_since)) for one in rows] == [(bool(off), True), (False, False)]
    await ada.server.registered(EMAIL)
    await works.tried("user.registered")
    assert await WebhookDelivery.filter(webhook_id=told.id, event="user.registered").exists() == (not off)
    assert notices(post) == [] or off
    if off:
        on = await ada.do(UPDATE, webhookId=told.id, enabled=True)
        assert (on["webhook"]["disabledAt"], (await Webhook.get(id=told.id)).failing_since) == (None, None)


def notices(post: PostOffice) -> list[EmailMessage]:
    return [letter for letter in post.letters if "was switched off" in letter["Subject"]]


@once
async def test_one_that_is_deleted_while_it_is_told_is_told_no_more_and_breaks_nothing(
    ada: Admin, there: Elsewhere, watch: Watch
) -> None:
    there.answer = lambda asked: never(asked) if asked.target == "/slow" else answered()
    slow, quick = await hook(ada, url="https://elsewhere.example/slow"), await hook(ada)
    await slow.test()
    await slow.test()
    await until(there, lambda: len(there.asked) == 1)
    assert await ada.kind(DELETE, webhookId=slow.id) == "WebhookDeleted"
    there.writers[0].transport.abort()
    await quick.test()
    await quick.tried(delivered_at__isnull=False)
    assert [asked.target for asked in there.asked] == ["/slow", "/hooks"]
    assert watch.events("webhooks_failed") == []


async def test_what_was_told_is_erased_a_week_after_its_end_and_that_it_was_after_thirty_days(
    ada: Admin, there: Elsewhere
) -> None:
    told = await hook(ada)
    now = datetime.now(UTC)
    ends: dict[str, dict[str, Any]] = {
        "fresh": {"delivered_at": now - timedelta(days=6.9)},
        "delivered": {"delivered_at": now - timedelta(days=7.1)},
        "dead": {"died_at": now - timedelta(days=7.1)},
        "waiting": {"due_at": now + timedelta(hours=1), "created_at": now - timedelta(days=29)},
        "old": {"due_at": now + timedelta(hours=1), "created_at": now - timedelta(days=30.1)},
    }
    for name, end in ends.items():
        kept: dict[str, Any] = {
            "webhook_id": told.id,
            "event": name,
            "body": "{}",
            "created_at": now - timedelta(days=10),
        }
        await WebhookDelivery.create(**kept | end)
    swept = await housekeeping.sweep(ada.server.settings)
    assert (swept.deliveries, swept.bodies) == (1, 2)
    rows = {row.event: row for row in await WebhookDelivery.all()}
    assert {name: row.body for name, row in rows.items()} == {
        "fresh": "{}",
        "delivered": None,
        "dead": None,
        "waiting": "{}",
    }
    assert await ada.kind(RETRY, deliveryId=str(rows["dead"].id)) == "NotFound"
    assert await ada.kind(RETRY, deliveryId=str(rows["fresh"].id)) == "WebhookDeliveryQueued"
