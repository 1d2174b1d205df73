"""Telling webhooks what has happened, one delivery at a time for each of them."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import anyio.to_thread
import structlog

import events
import outside
from database import find, transaction, update
from database.leases import held
from database.worker import Work, Worker
from events import subscribers
from mail import letters
from mail.outbox import Outbox
from models import Permission, Webhook, WebhookDelivery
from resolvers import permissions
from security import webhook_signatures
from security.sealing import Seal

TRY_SECONDS = 10.0  # from looking its name up to the last byte of the answer
LEASE = timedelta(seconds=60)
TURN_SECONDS = 40.0  # in which one begins its last try: with that and its notes it is shorter than the lease
MOST = 50  # webhooks, each of which has a hand of its own: none waits for another's server
BACK_OFF = (  # Standard Webhooks; after the last of these it is given up
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
FAILING = timedelta(days=5)  # with nothing but failures, after which it is switched off
GONE = 410  # Standard Webhooks: whoever answers it wants to hear no more

# One that was switched off can be tried all the same. By the first row of an index, however many there are: of EXISTS
# PostgreSQL would make a join that reads them all.
FIRST = """(SELECT d."due_at" FROM "webhook_deliveries" d WHERE d."webhook_id" = "webhooks"."id" AND {}
    AND d."due_at" IS NOT NULL ORDER BY d."due_at" LIMIT 1) <= $1"""
OF_ANY, OF_TESTS = FIRST.format("TRUE"), FIRST.format(f"d.\"event\" = '{subscribers.TEST}'")
WITH_SOMETHING_DUE = f'({OF_TESTS} OR ("disabled_at" IS NULL AND {OF_ANY}))'


class Deliveries:
    """The worker of one process. A `local` one tells servers on this machine, too.

    `seal`, by the `sealing_keys` (32 bytes each), is that of the webhooks' secrets.
    """

    def __init__(self, sealing_keys: Sequence[bytes], outbox: Outbox, *, local: bool) -> None:
        self.seal = Seal(sealing_keys)
        self._outbox = outbox
        self._local = local
        self._client: outside.Client | None = None
        self._opening = asyncio.Lock()
        self._woken = asyncio.Event()
        self._stopping = False
        self._worker = Worker(
            Work(
                table=Webhook,
                lease=LEASE,
                hands=lambda: MOST,
                do=self._tell,
                note=self._release,
                facts=lambda webhook: {"webhook_id": str(webhook.id)},
                failure="webhooks_failed",
                which=WITH_SOMETHING_DUE,
            ),
            self._woken,
        )

    def stop(self) -> None:
        """Have it end after the tries that are under way."""
        self._stopping = True
        self._worker.stop()

    async def run(self) -> None:
        """Tell whoever is due, until stopped. No failure ends it."""
        subscribers.listeners.add(self._woken.set)
        try:
            await self._worker.run()
        finally:
            subscribers.listeners.discard(self._woken.set)
            if self._client:
                await self._client.close()

    async def _tell(self, webhook: Webhook) -> None:
        """All that is due for it, while its lease lasts. It is read anew each time: somebody may have switched it."""
        until = time.monotonic() + TURN_SECONDS
        while not self._stopping and time.monotonic() < until:
            known = await find(Webhook, id=webhook.id)
            delivery = await _next(known) if known else None
            if known is None or delivery is None:
                return
            with structlog.contextvars.bound_contextvars(delivery_id=str(delivery.id), kind=delivery.event):
                status, trouble = await self._try(known, delivery)
                await self._note(known, delivery, status, trouble)

    async def _release(self, webhook: Webhook, _: None) -> None:
        await held(webhook).update(due_at=datetime.now(UTC))
        self._woken.set()  # for what was written after the last look

    async def _try(self, webhook: Webhook, delivery: WebhookDelivery) -> tuple[int | None, str]:
        """The status that came back, if any, and what was wrong, if anything."""
        body = (delivery.body or "").encode()
        try:
            keys = keys_of(self.seal, webhook)
        except ValueError:
            return None, "no key of SECRET_KEY opens its secret"
        signed = webhook_signatures.headers(keys, str(delivery.id), int(time.time()), body)
        client = await self._opened()
        try:
            headers = {"Content-Type": "application/json", **signed}
            answer = await client.ask(
                webhook.url, method="POST", headers=headers, content=body, within=TRY_SECONDS, keep=False
            )
        except outside.NoAnswer as error:
            return None, str(error)
        except Exception as error:  # noqa: BLE001 - what nobody has thought of must not stand in the next one's way
            return None, type(error).__name__
        return answer.status, "" if answer.status // 100 == 2 else f"status {answer.status}"  # noqa: PLR2004 - 2xx

    async def _opened(self) -> outside.Client:
        async with self._opening:
            if self._client is None:  # in a thread: what it imports takes a tenth of a second
                self._client = await anyio.to_thread.run_sync(lambda: outside.client(local=self._local))
            return self._client

    async def _note(self, webhook: Webhook, delivery: WebhookDelivery, status: int | None, trouble: str) -> None:
        if not trouble:
            noted: dict[str, datetime | int | None] = {"delivered_at": datetime.now(UTC), "due_at": None}
            happened: events.Event = events.WebhookDelivered(status=status or 0)
        elif delivery.attempts < len(BACK_OFF):
            wait = BACK_OFF[delivery.attempts] * random.uniform(1, 1.2)  # noqa: S311 - so that not all come back at once
            noted = {"due_at": datetime.now(UTC) + wait}
            happened = events.WebhookDelayed(error=trouble, seconds=int(wait.total_seconds()))
        else:
            noted = {"died_at": datetime.now(UTC), "due_at": None}
            happened = events.WebhookDied(error=trouble)
        noted |= {"last_status": status, "attempts": delivery.attempts + 1}
        await update(WebhookDelivery, {"id": delivery.id, "attempts": delivery.attempts}, **noted)
        await events.record(happened)
        await self._judge(webhook, failed=bool(trouble), gone=status == GONE)

    async def _judge(self, webhook: Webhook, *, failed: bool, gone: bool) -> None:
        """Since when it fails; whether that is too long."""
        now = datetime.now(UTC)
        if failed != bool(webhook.failing_since):
            webhook.failing_since = now if failed else None
            await Webhook.filter(id=webhook.id).update(failing_since=webhook.failing_since)
        if failed and webhook.disabled_at is None and (gone or now - (webhook.failing_since or now) >= FAILING):
            webhook.disabled_at = now
            await self._switch_off(webhook, gone=gone)

    async def _switch_off(self, webhook: Webhook, *, gone: bool) -> None:
        async with transaction():
            if await Webhook.filter(id=webhook.id, disabled_at=None).update(disabled_at=webhook.disabled_at):
                for user in await permissions.holders_of(Permission.MANAGE_WEBHOOKS):
                    letter = letters.WebhookDisabled(**letters.reader(user), url=webhook.url, gone=gone)
                    await self._outbox.post(letter, user)
                reason: Literal["gone", "failing"] = "gone" if gone else "failing"
                await events.record(events.WebhookDisabled(webhook_id=webhook.id, reason=reason))
        await subscribers.refresh()


async def _next(webhook: Webhook) -> WebhookDelivery | None:
    """What is due for it for the longest time."""
    due = WebhookDelivery.filter(webhook_id=webhook.id, due_at__lte=datetime.now(UTC))
    if webhook.disabled_at:
        due = due.filter(event=subscribers.TEST)
    return await due.order_by("due_at").first()


def belongs_to(webhook: Webhook) -> tuple[object, ...]:
    """What its secrets are sealed for."""
    return "webhooks", webhook.id


def keys_of(seal: Seal, webhook: Webhook) -> list[bytes]:
    """What signs what it is told now. Raises ValueError where a secret cannot be opened."""
    sealed = [webhook.sealed_secret]
    if webhook.previous_secret and webhook.previous_until and webhook.previous_until > datetime.now(UTC):
        sealed.append(webhook.previous_secret)
    return [seal.open(secret, *belongs_to(webhook)) for secret in sealed]
