"""Events on their way to webhooks: one delivery for each that wants it, written with what it tells of."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from database import after_commit, with_commit
from database.prepared import Write
from events.event import Event
from models import Webhook, WebhookDelivery

REFRESH_SECONDS = 5.0  # after which other processes know of a new webhook
TEST = "webhook.test"  # what somebody has it sent to try it

# The row that is there decides, not what was known a moment ago: no key fails where it has just been deleted, which is
# waited for. A lease or a success, which change no key, wait for nobody and keep nobody waiting.
INSERT = """INSERT INTO "webhook_deliveries" ("id", "webhook_id", "event", "body", "created_at", "due_at", "attempts")
SELECT {}, "id", {}, {}, {}, {}, 0 FROM "webhooks" WHERE "id" = {} AND "disabled_at" IS NULL"""
KINDS = ("uuid", "text", "text", "timestamptz", "timestamptz", "uuid")
ON_POSTGRES = INSERT.format(*(f"${nth}::{kind}" for nth, kind in enumerate(KINDS, 1))) + " FOR KEY SHARE"
ON_SQLITE = INSERT.format(*"?" * len(KINDS))  # without numbers, which Python 3.12.1 takes for names
WORD_ENDS = re.compile(r"_([a-z])")
log = structlog.get_logger()


@dataclass(frozen=True)
class Subscriber:
    """A webhook that is told of these events, of all where there is none."""

    id: UUID
    events: frozenset[str]


@dataclass
class Known:
    """Those that are switched on, as they were a moment ago; None where nobody has asked. Most often there is none."""

    subscribers: list[Subscriber] | None = None


known = Known()
listeners: set[Callable[[], None]] = set()  # called once something is on its way


def names() -> list[str]:
    """What webhooks can be told of."""
    return sorted({kind.webhook for kind in Event.__subclasses__() if kind.webhook})


async def refresh() -> list[Subscriber]:
    """Asks the database which webhooks there are."""
    rows = await Webhook.filter(disabled_at=None).values_list("id", "events")
    known.subscribers = [Subscriber(webhook_id, frozenset(wanted)) for webhook_id, wanted in rows]
    return known.subscribers


async def run() -> None:
    """Asks again and again, until cancelled. Who is no server asks before the first event alone."""
    try:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await refresh()
            except Exception:
                log.exception("webhooks_not_read")
    finally:
        known.subscribers = None


async def tell(event: Event) -> None:
    """Writes the event's deliveries with the end of the open transaction, where any webhook wants to hear of it."""
    if event.webhook is None:
        return
    subscribers = await refresh() if known.subscribers is None else known.subscribers
    wanting = [one for one in subscribers if not one.events or event.webhook in one.events]
    if wanting:
        now = datetime.now(UTC)
        body = body_of(event.webhook, now, _ids(event))
        for one in wanting:
            await with_commit(_inserting(uuid7(), event.webhook, body, now, now, one.id))
        after_commit(wake)


def delivery(webhook_id: UUID, name: str) -> WebhookDelivery:
    """One that tells of nothing but itself, not written yet."""
    now = datetime.now(UTC)
    body = body_of(name, now, {"webhookId": str(webhook_id)})
    return WebhookDelivery(webhook_id=webhook_id, event=name, body=body, created_at=now, due_at=now)


def wake() -> None:
    """Has the worker of this process look for deliveries."""
    for listener in listeners:
        listener()


def body_of(name: str, at: datetime, ids: dict[str, str]) -> str:
    """What is signed and sent."""
    told = {"type": name, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": ids}
    return json.dumps(told, separators=(",", ":"))


def _ids(event: Event) -> dict[str, str]:
    """Ids alone: no name, no address and no count leaves by itself."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {in_camel_case(name): str(value) for name, value in values.items() if isinstance(value, UUID)}


def in_camel_case(name: str) -> str:
    """The name of a field as bodies have it."""
    return WORD_ENDS.sub(lambda found: found[1].upper(), name)


def _inserting(*values: Any) -> Write:
    connection = WebhookDelivery._meta.db  # noqa: SLF001 - where Tortoise keeps what it knows of a model
    on_postgres = connection.capabilities.dialect == "postgres"
    made = values if on_postgres else [str(value) if isinstance(value, UUID) else value for value in values]
    return Write(WebhookDelivery, ON_POSTGRES if on_postgres else ON_SQLITE, made)
