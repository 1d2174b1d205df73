"""Webhooks, and whoever receives what they are told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook as Verifier

from events import subscribers
from models import Webhook, WebhookDelivery
from tests.support.admins import Admin
from tests.support.elsewhere import NAME, Asked, Elsewhere
from tests.support.postoffice import PATIENCE_SECONDS

URL = f"https://{NAME}/hooks"
PROBLEMS = "... on InvalidInput { errors { field code message } } ... on Problem { message }"
WEBHOOK = "webhook { id url events createdAt disabledAt }"
WEBHOOKS = """query ($first: Int! = 50, $after: String) { webhooks { id url events createdAt disabledAt
  deliveries(first: $first, after: $after) { nodes { id event state createdAt dueAt attempts lastStatus }
    pageInfo { hasNextPage endCursor } } } }"""
CREATE = f"""mutation ($input: CreateWebhookInput!) {{ createWebhook(input: $input) {{ __typename
  ... on WebhookCreated {{ secret {WEBHOOK} }} {PROBLEMS} }} }}"""
UPDATE = f"""mutation ($input: UpdateWebhookInput!) {{ updateWebhook(input: $input) {{ __typename
  ... on WebhookUpdated {{ {WEBHOOK} }} {PROBLEMS} }} }}"""
ROTATE = """mutation ($input: WebhookIdInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on WebhookSecretRotated { secret previousUntil } ... on Problem { message } } }"""
DELETE = """mutation ($input: WebhookIdInput!) { deleteWebhook(input: $input) { __typename
  ... on WebhookDeleted { webhookId } ... on Problem { message } } }"""
QUEUED = """... on WebhookDeliveryQueued { delivery { id event state dueAt attempts lastStatus } }
  ... on TooManyAttempts { retryAfter } ... on Problem { message }"""
TEST = f"""mutation ($input: WebhookIdInput!) {{ testWebhook(input: $input) {{ __typename {QUEUED} }} }}"""
RETRY = f"""mutation ($input: RetryWebhookDeliveryInput!) {{ retryWebhookDelivery(input: $input) {{
  __typename {QUEUED} }} }}"""


@dataclass(frozen=True)
class Hook:
    """A webhook that somebody has set up."""

    by: Admin
    id: str
    secret: str

    async def deliveries(self) -> list[dict[str, Any]]:
        """What it was told and is to be, the newest first."""
        (mine,) = [one for one in (await self.by.ask(WEBHOOKS))["data"]["webhooks"] if one["id"] == self.id]
        return list(mine["deliveries"]["nodes"])

    async def tried(self, event: str = subscribers.TEST, **facts: Any) -> WebhookDelivery:
        """What it is told of an event, as soon as these facts hold of it."""
        wanted: dict[str, Any] = {"attempts__gt": 0, **facts}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if found := await WebhookDelivery.filter(webhook_id=self.id, event=event, **wanted).order_by("id"):
                    return found[-1]
                await asyncio.sleep(0.01)

    async def at_rest(self) -> Webhook:
        """Its row, as soon as all that came of the last try is written."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (row := await Webhook.get(id=self.id)).due_at > datetime.now(UTC):  # noqa: ASYNC110 - a row wakes nobody
                await asyncio.sleep(0.01)
        return row

    async def test(self) -> str:
        """The id of an event to try it, on its way."""
        return str((await self.by.do(TEST, webhookId=self.id))["delivery"]["id"])

    def verified(self, asked: Asked) -> dict[str, Any]:
        """What it was told, if the signature is right. Raises WebhookVerificationError."""
        told: dict[str, Any] = Verifier(self.secret).verify(asked.body, asked.headers)
        return told


async def hook(by: Admin, *events: str, url: str = URL) -> Hook:
    """A webhook that is told of these events."""
    made = await by.do(CREATE, url=url, events=list(events))
    assert made["__typename"] == "WebhookCreated", made
    return Hook(by, made["webhook"]["id"], made["secret"])


async def until(there: Elsewhere, holds: Callable[[], bool]) -> None:
    """Come back as soon as something holds of the receiver."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - a list wakes nobody
            await asyncio.sleep(0.01)


async def due_now(hook: Hook) -> None:
    """As if back-offs and leases were over."""
    await WebhookDelivery.filter(webhook_id=hook.id, due_at__isnull=False).update(due_at=datetime.now(UTC))
    subscribers.wake()
