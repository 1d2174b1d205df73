"""setting webhooks up, changing, trying and deleting them"""

from datetime import UTC, datetime
from typing import Any

import pytest

from events import subscribers
from models import AuditEvent, Session, Webhook, WebhookDelivery
from resolvers import webhooks
from security import throttle
from tests.outside.test_guarded import SPECIAL
from tests.support.admins import Admin, admin
from tests.support.databases import once
from tests.support.elsewhere import Elsewhere, answered
from tests.support.given import MakeSettings
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from tests.support.process import production
from tests.support.webhooks import CREATE, DELETE, RETRY, ROTATE, TEST, UPDATE, URL, WEBHOOKS, hook, until

pytestmark = pytest.mark.anyio

NOBODYS = "00000000-0000-0000-0000-000000000000"
LONG = "https://example.com/" + "x" * 1980
TAKEN = {
    "https://example.com": "https://example.com/",
    "HTTPS://Example.COM:443/A?b=c": "https://example.com/A?b=c",
    "https://example.com:8443/": "https://example.com:8443/",
    "https://bücher.example/ä?ö": "https://xn--bcher-kva.example/%C3%A4?%C3%B6",
    "https://example.com\\hooks": "https://example.com/hooks",
    " https://example.com/ ": "https://example.com/",
    "https://1.1.1.1/": "https://1.1.1.1/",
    "https://[2606:4700:4700::1111]/": "https://[2606:4700:4700::1111]/",
    "https://:@example.com/": "https://example.com/",
    LONG: LONG,
}
REFUSED = {
    "INVALID": (
        *("x", "example.com", "http://example.com/", "ftp://example.com/", "https://", "//example.com", "javascript:x"),
        *("https://user@example.com/", "https://user:password@example.com/", "https://:password@example.com/"),
        *("https://example.com/#x", "https://example.com:0/", "https://example.com:65536/", "https://exa mple.com/"),
        *("https://example.com:x/", "http://localhost/", "https://localhost/", "https://x.localhost/", "\0", "\ud800"),
        *("https://localhost./", "https://127.0.0.1./", "https://%31%32%37.0.0.1/", "https://１２７.0.0.1/"),
        *(f"https://{host}/" for host in SPECIAL.split()),
    ),
    "REQUIRED": ("", "  "),
    "TOO_LONG": (LONG + "x", "https://example.com/" + "ä" * 1000),
}


def read(webhook: dict[str, Any], *names: str) -> list[Any]:
    return [webhook[name] for name in names]


@once
async def test_an_address_that_cannot_be_told_is_refused_with_its_field(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    known = {name.lower(): value for name, value in production().items()}
    async with running(make_settings(**known, database_url=database_url, smtp_url=post.url), post) as server:
        await refuses(await admin(server))


async def refuses(ada: Admin) -> None:
    for code, urls in REFUSED.items():
        for url in urls:
            made = await ada.do(CREATE, url=url, events=[])
            assert made["__typename"] == "InvalidInput", (url, made)
            assert [read(one, "field", "code") for one in made["errors"]] == [["url", code]], url
            assert "password" not in made["errors"][0]["message"].replace("user, password or", "")
    assert not await Webhook.all().exists()
    for given, known in TAKEN.items():
        made = await ada.do(CREATE, url=given, events=[])
        assert made["webhook"]["url"] == known


@once
async def test_an_event_that_there_is_none_of_and_one_webhook_too_many_are_refused(
    ada: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await hook(ada, "user.deleted", "user.confirmed", "user.deleted")
    for names in (["user.confirmed", "user_confirmed"], ["webhook.test"], ["*"], [""], ["ä" * 1000]):
        for query, which in ((CREATE, {"url": URL}), (UPDATE, {"webhookId": told.id})):
            made = await ada.do(query, **which, events=names)
            assert [read(one, "field", "code") for one in made["errors"]] == [["events", "INVALID"]], names
    monkeypatch.setattr(webhooks, "MOST", 1)
    made = await ada.do(CREATE, url=URL, events=[])
    assert [read(one, "field", "code") for one in made["errors"]] == [["url", "INVALID"]]
    (row,) = await Webhook.all()
    assert row.events == ["user.confirmed", "user.deleted"]


async def test_it_is_changed_switched_and_taken_away_and_the_others_stay(ada: Admin, there: Elsewhere) -> None:
    one, other = await hook(ada, "user.registered"), await hook(ada, url="https://elsewhere.example/other")
    there.answer = lambda asked: answered(status="500 Broken" if asked.target == "/hooks" else "200 OK")
    await ada.server.registered()
    await one.tried("user.registered")

    off = (await ada.do(UPDATE, webhookId=one.id, enabled=False))["webhook"]
    assert (off["disabledAt"] is None, off["events"]) == (False, ["user.registered"])
    for change in ({"events": ["user.registered"]}, {"enabled": False}):
        still = (await ada.do(UPDATE, webhookId=one.id, **change))["webhook"]
        assert still == off, "since then, whatever else is changed"
    await ada.server.registered("bob@example.com")
    await WebhookDelivery.filter(webhook_id=one.id).update(due_at=datetime.now(UTC))
    await other.tried("user.registered", delivered_at__isnull=False)
    await one.test()
    assert (await one.tried()).last_status == 500, "one that is switched off is tried by hand alone"
    assert [read(sent, "event", "attempts") for sent in await one.deliveries()] == [
        ["webhook.test", 1],
        ["user.registered", 1],
    ]

    there.answer = lambda _: answered()
    on = (await ada.do(UPDATE, webhookId=one.id, enabled=True, events=[]))["webhook"]
    assert (on["disabledAt"], on["events"]) == (None, [])
    assert (await one.tried("user.registered", delivered_at__isnull=False)).attempts == 2
    assert await ada.kind(DELETE, webhookId=one.id) == "WebhookDeleted"
    assert await ada.kind(DELETE, webhookId=one.id) == "NotFound"
    (left,) = (await ada.ask(WEBHOOKS))["data"]["webhooks"]
    assert (left["id"], left["url"]) == (other.id, "https://elsewhere.example/other")
    assert {str(sent.webhook_id) for sent in await WebhookDelivery.all()} == {other.id}

    told = await AuditEvent.filter(event__startswith="webhook").order_by("id").values("event", "actor_id", "details")
    assert {str(event["actor_id"]) for event in told} == {ada.id}
    assert [event["event"] for event in told] == [
        *("webhook_created", "webhook_created"),
        *("webhook_updated", "webhook_updated", "webhook_updated", "webhook_updated"),
        "webhook_deleted",
    ]
    assert told[0]["details"] == {"webhook_id": one.id, "events": ["user.registered"]}
    assert told[2]["details"] == {"webhook_id": one.id, "events": ["user.registered"], "enabled": False}
    assert told[6]["details"] == {"webhook_id": one.id}
    assert told[5]["details"] == {"webhook_id": one.id, "events": [], "enabled": True}
    assert "elsewhere" not in str(told)


@once
async def test_trying_and_trying_again_is_limited_for_each_webhook(
    make_settings: MakeSettings,
    database_url: str,
    post: PostOffice,
    there: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "TRIES_PER_WEBHOOK", "2 per hour")
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as server:
        ada = await admin(server)
        told, other = await hook(ada), await hook(ada)
        sent = await told.test()
        await told.tried(delivered_at__isnull=False)
        again = await ada.do(RETRY, deliveryId=sent)
        assert read(again["delivery"], "id", "state", "attempts") == [sent, "DUE", 1]
        await told.tried(attempts=2, delivered_at__isnull=False)
        for query, which in ((TEST, {"webhookId": told.id}), (RETRY, {"deliveryId": sent})):
            limited = await ada.do(query, **which)
            assert (limited["__typename"], 3000 < limited["retryAfter"] <= 3600) == ("TooManyAttempts", True)
        await other.test()
        await other.tried(delivered_at__isnull=False)
        assert [asked.headers["webhook-id"] for asked in there.asked][:2] == [sent, sent]
        assert (len(there.asked), await WebhookDelivery.all().count()) == (3, 2)


@once
async def test_what_is_not_there_is_not_found_and_what_matters_asks_who_is_there(ada: Admin) -> None:
    told = await hook(ada)
    for given in (NOBODYS, "x", "", "\0"):
        for query in (UPDATE, ROTATE, DELETE, TEST):
            assert await ada.kind(query, webhookId=given) == "NotFound", query
        assert await ada.kind(RETRY, deliveryId=given) == "NotFound"
    await Session.all().update(stepped_up_at=None)
    before = await Webhook.all().values()
    for query in (UPDATE, ROTATE, DELETE):
        assert await ada.kind(query, webhookId=told.id) == "StepUpNeeded", query
    assert await ada.kind(CREATE, url=URL, events=[]) == "StepUpNeeded"
    assert (await Webhook.all().values(), await WebhookDelivery.all().count()) == (before, 0)


@once
async def test_in_development_this_machine_is_told_without_tls_and_no_other(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    given = make_settings(environment="development", database_url=database_url, smtp_url=post.url)
    async with running(given, post) as server:
        ada = await admin(server)
        for url in ("http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "https://127.0.0.1/"):
            assert await ada.kind(CREATE, url=url, events=[]) == "WebhookCreated", url
        for url in ("http://1.1.1.1/", "http://10.0.0.1/", "https://10.0.0.1/", "http://example.com/"):
            assert await ada.kind(CREATE, url=url, events=[]) == "InvalidInput", url


@once
async def test_who_is_no_server_tells_webhooks_too(ada: Admin, there: Elsewhere) -> None:
    """As a command does: it asks which there are before its first event."""
    told = await hook(ada)
    subscribers.known.subscribers = None
    await ada.server.registered()
    await told.tried("user.registered", delivered_at__isnull=False)
    await until(there, lambda: len(there.asked) == 1)
