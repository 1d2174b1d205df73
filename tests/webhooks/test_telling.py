"""what webhooks are told: signed, by ids alone, and written with what it tells of"""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from tortoise.context import require_context

from events import subscribers
from models import User, Webhook, WebhookDelivery
from tests.support.account import UPDATE_PROFILE
from tests.support.admins import DISABLE, Admin, admin
from tests.support.databases import once
from tests.support.elsewhere import Elsewhere
from tests.support.given import MakeSettings
from tests.support.postern import EMAIL, PASSWORD, REGISTER, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice
from tests.support.secrecy import Watch
from tests.support.told import told
from tests.support.webhooks import ROTATE, UPDATE, hook, until

pytestmark = pytest.mark.anyio


async def test_it_is_told_what_it_wants_to_hear_signed_and_by_ids_alone(ada: Admin, there: Elsewhere) -> None:
    wants = await hook(ada, "user.confirmed", "session.opened")
    everything = await hook(ada, url="https://elsewhere.example/all?of=it")
    before = datetime.now(UTC)
    login = await ada.server.joined()
    ann = login["user"]["id"]
    assert await ada.kind(DISABLE, userId=ann, reason="Ticket 17") == "AccountChanged"
    await until(there, lambda: len(there.asked) == 6)

    told = [asked for asked in there.asked if asked.target == "/hooks"]
    (confirmed, opened) = [wants.verified(asked) for asked in told]
    assert confirmed == {"type": "user.confirmed", "timestamp": confirmed["timestamp"], "data": {"userId": ann}}
    assert before <= datetime.fromisoformat(confirmed["timestamp"]) <= datetime.now(UTC)
    assert (opened["type"], list(opened["data"])) == ("session.opened", ["userId", "sessionId"])
    assert {(asked.method, asked.headers["content-type"]) for asked in told} == {("POST", "application/json")}
    rest = [everything.verified(asked) for asked in there.asked if asked.target == "/all?of=it"]
    assert [one["type"] for one in rest] == ["user.registered", "user.confirmed", "session.opened", "user.disabled"]
    assert rest[-1]["data"] == {"userId": ann, "byUserId": ada.id}
    for one in (confirmed, opened, *rest):
        assert all(UUID(value) for value in one["data"].values())
    ids = [asked.headers["webhook-id"] for asked in there.asked]
    assert sorted(ids) == sorted(str(one.id) for one in await WebhookDelivery.all())
    with pytest.raises(WebhookVerificationError):
        everything.verified(told[0])


@once
async def test_what_it_is_told_holds_nothing_that_could_be_anybodys_name_or_address(
    ada: Admin, there: Elsewhere
) -> None:
    told = await hook(ada)
    login = await ada.server.logged_in(name="Annabel Lee")
    await ada.server.do(UPDATE_PROFILE, login["accessToken"], name="Anne Lee")
    await told.tried("user.updated", delivered_at__isnull=False)
    said = b"".join(asked.body for asked in there.asked).decode().lower()
    for secret in (EMAIL, "lee", "127.0.0.1", PASSWORD, login["accessToken"].lower(), "httpx"):
        assert secret not in said


async def test_a_delivery_is_written_with_its_event_or_not_at_all(ada: Admin, there: Elsewhere) -> None:
    told = await hook(ada)
    await ada.server.registered()
    await told.tried("user.registered", delivered_at__isnull=False)
    await require_context().db().execute_script("ALTER TABLE webhook_deliveries RENAME TO lost")
    answer = await ada.server.ask(REGISTER, {"input": {"email": "bob@example.com", "password": PASSWORD}})
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    await require_context().db().execute_script("ALTER TABLE lost RENAME TO webhook_deliveries")
    assert not await User.filter(canonical_email="bob@example.com").exists()
    assert await WebhookDelivery.all().count() == 1


async def test_what_another_process_has_just_deleted_is_told_nothing_and_breaks_nothing(
    ada: Admin, there: Elsewhere
) -> None:
    """Both knew of it a moment ago."""
    gone, stays = await hook(ada), await hook(ada, url="https://elsewhere.example/stays")
    await Webhook.filter(id=gone.id).delete()
    await ada.server.registered()
    await until(there, lambda: len(there.asked) == 1)
    assert [str(one.webhook_id) for one in await WebhookDelivery.all()] == [stays.id]


@once
async def test_two_secrets_sign_for_a_day(ada: Admin, there: Elsewhere) -> None:
    first = await hook(ada)
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32
    before = datetime.now(UTC)
    rotated = await ada.do(ROTATE, webhookId=first.id)
    day = datetime.fromisoformat(rotated["previousUntil"]) - before
    assert timedelta(days=1) <= day < timedelta(days=1, minutes=1)
    kept = {"by": ada.id, "from": "127.0.0.1", "webhook_id": first.id}
    assert await told("webhook_secret_rotated") == kept
    await first.test()
    await until(there, lambda: len(there.asked) == 1)
    for secret in (first.secret, rotated["secret"]):
        assert Verifier(secret).verify(there.asked[0].body, there.asked[0].headers)["type"] == "webhook.test"

    await Webhook.all().update(previous_until=datetime.now(UTC))
    await first.test()
    await until(there, lambda: len(there.asked) == 2)
    Verifier(rotated["secret"]).verify(there.asked[1].body, there.asked[1].headers)
    with pytest.raises(WebhookVerificationError):
        first.verified(there.asked[1])
    (row,) = await Webhook.all().values()
    for secret in (first.secret, rotated["secret"]):
        assert base64.b64decode(secret[6:]) not in row["sealed_secret"] + row["previous_secret"]
        assert secret[6:] not in json.dumps(row, default=str)


@once
async def test_where_no_webhook_is_switched_on_an_event_costs_nothing_more(ada: Admin) -> None:
    told, server = await hook(ada), ada.server
    await ada.do(UPDATE, webhookId=told.id, enabled=False)
    await server.logged_in()
    asked: list[str] = []
    client: Any = require_context().db()
    await client._connection.set_trace_callback(asked.append)
    await server.login()
    assert any("INSERT" in query for query in asked)
    assert not [query for query in asked if "webhook" in query and '"due_at" <=' not in query]


@once
async def test_what_another_process_has_changed_is_known_in_a_moment_and_whatever_else_goes_wrong_meanwhile(
    make_settings: MakeSettings,
    database_url: str,
    post: PostOffice,
    *,
    there: Elsewhere,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscribers, "REFRESH_SECONDS", 0.01)
    settings = make_settings(database_url=database_url, smtp_url=post.url, log_format="json")
    async with running(settings, post) as server:
        ada = await admin(server)
        told = await hook(ada, "user.registered")
        await ada.do(UPDATE, webhookId=told.id, enabled=False)
        await require_context().db().execute_script("ALTER TABLE webhooks RENAME TO lost")
        await until(there, lambda: bool(watch.events("webhooks_not_read")))
        await require_context().db().execute_script("ALTER TABLE lost RENAME TO webhooks")
        await Webhook.all().update(disabled_at=None)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await WebhookDelivery.all().exists():
                await server.register(f"{uuid4()}@example.com")
        await until(there, lambda: bool(there.asked))
