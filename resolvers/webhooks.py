"""Webhooks: set up, changed, tried and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

import events
from database import transaction
from errors import InputErrorCode, NotFound, Unacceptable
from events import subscribers
from models import Permission, Webhook, WebhookDelivery
from resolvers import authority, pages
from resolvers.caller import Caller
from resolvers.inputs import Inputs
from resolvers.pages import Page
from resolvers.services import Services
from resolvers.webhook_addresses import known_names, known_url
from resolvers.webhook_delivery import MOST, belongs_to
from security import webhook_signatures

BOTH_SIGN = timedelta(days=1)  # after a change of the secret


@dataclass(frozen=True)
class Wanted:
    """What to change; None stays as it is."""

    events: Sequence[str] | None = None
    enabled: bool | None = None


async def all_of_them() -> list[Webhook]:
    """Every webhook, the oldest first."""
    return await Webhook.all().order_by("id").limit(2 * MOST)


async def create(caller: Caller, services: Services, url: str, names: Sequence[str]) -> tuple[Webhook, str]:
    """A webhook that is told of these events from now on, of all where there is none, and its secret.

    Raises InvalidInput, Forbidden, StepUpNeeded.
    """
    with Inputs() as inputs:
        with inputs.field("url"):
            url = known_url(url, local=not services.settings.production)
        with inputs.field("events"):
            names = known_names(names)
    now, secret = datetime.now(UTC), webhook_signatures.new_secret()
    webhook = Webhook(url=url, events=list(names), created_at=now, due_at=now)
    webhook.sealed_secret = services.webhooks.seal.seal(secret, *belongs_to(webhook))
    async with transaction():
        await authority.require(caller, services, Permission.MANAGE_WEBHOOKS)
        with Inputs() as inputs, inputs.field("url"):
            if await Webhook.all().count() >= MOST:
                raise Unacceptable(InputErrorCode.INVALID, "input.too_many_webhooks", count=MOST)
        await webhook.save(force_create=True)
        by = caller.signed_in.user.id
        happened = events.WebhookCreated(webhook_id=webhook.id, events=webhook.events, by_user_id=by)
        await events.record(happened, caller)
    await subscribers.refresh()
    return webhook, webhook_signatures.shown(secret)


async def update(caller: Caller, services: Services, webhook_id: str, wanted: Wanted) -> Webhook:
    """The webhook, changed. One that is switched on goes on with what is still due.

    Raises InvalidInput, NotFound, Forbidden, StepUpNeeded.
    """
    with Inputs() as inputs, inputs.field("events"):
        names = known_names(wanted.events) if wanted.events is not None else None
    async with transaction():
        webhook = await _held(caller, services, webhook_id)
        if names is not None:
            webhook.events = list(names)
        if wanted.enabled is True and webhook.disabled_at:
            webhook.disabled_at = webhook.failing_since = None
        if wanted.enabled is False and not webhook.disabled_at:
            webhook.disabled_at = datetime.now(UTC)
        await webhook.save(update_fields=["events", "disabled_at", "failing_since"])
        happened = events.WebhookUpdated(
            webhook_id=webhook.id,
            events=webhook.events,
            enabled=webhook.disabled_at is None,
            by_user_id=caller.signed_in.user.id,
        )
        await events.record(happened, caller)
    await subscribers.refresh()
    subscribers.wake()
    return webhook


async def rotate(caller: Caller, services: Services, webhook_id: str) -> tuple[str, datetime]:
    """A new secret, and until when the one before signs as well (UTC). Raises NotFound, Forbidden, StepUpNeeded."""
    secret, until = webhook_signatures.new_secret(), datetime.now(UTC) + BOTH_SIGN
    async with transaction():
        webhook = await _held(caller, services, webhook_id)
        webhook.previous_secret, webhook.previous_until = webhook.sealed_secret, until
        webhook.sealed_secret = services.webhooks.seal.seal(secret, *belongs_to(webhook))
        await webhook.save(update_fields=["sealed_secret", "previous_secret", "previous_until"])
        happened = events.WebhookSecretRotated(webhook_id=webhook.id, by_user_id=caller.signed_in.user.id)
        await events.record(happened, caller)
    return webhook_signatures.shown(secret), until


async def delete(caller: Caller, services: Services, webhook_id: str) -> None:
    """Takes it away, with all that is on its way to it. Raises NotFound, Forbidden, StepUpNeeded."""
    async with transaction():
        webhook = await _held(caller, services, webhook_id)
        await webhook.delete()
        happened = events.WebhookDeleted(webhook_id=webhook.id, by_user_id=caller.signed_in.user.id)
        await events.record(happened, caller)
    await subscribers.refresh()


async def test(services: Services, webhook_id: str) -> WebhookDelivery:
    """An event on its way to it, also where it is switched off. Raises NotFound, TooManyAttempts."""
    delivery = subscribers.delivery(_id(webhook_id), subscribers.TEST)
    if not await Webhook.filter(id=delivery.webhook_id).exists():
        raise NotFound
    await services.throttle.attempt("tries_per_webhook", str(delivery.webhook_id))
    try:
        await delivery.save(force_create=True)
    except IntegrityError:  # it was deleted meanwhile
        raise NotFound from None
    subscribers.wake()
    return delivery


async def retry(services: Services, delivery_id: str) -> WebhookDelivery:
    """A delivery, which is tried again at once, whether it waits, has died or was delivered.

    Raises NotFound, also where its body is erased already, and TooManyAttempts.
    """
    wanted = WebhookDelivery.filter(id=_id(delivery_id), body__isnull=False)
    delivery = await wanted.first()
    if delivery is None:
        raise NotFound
    await services.throttle.attempt("tries_per_webhook", str(delivery.webhook_id))
    if not await wanted.update(due_at=datetime.now(UTC), delivered_at=None, died_at=None):
        raise NotFound
    subscribers.wake()
    return await WebhookDelivery.get_or_none(id=delivery.id) or delivery


async def deliveries(webhook_id: UUID, count: int, before: UUID) -> Page[WebhookDelivery]:
    """What is on its way to a webhook and what was, the newest first."""
    return await pages.newest(WebhookDelivery.filter(webhook_id=webhook_id), count, before)


async def _held(caller: Caller, services: Services, webhook_id: str) -> Webhook:
    """The webhook, which nobody else changes until the open transaction ends; it may be written to meanwhile."""
    wanted = _id(webhook_id)
    await authority.require(caller, services, Permission.MANAGE_WEBHOOKS)
    webhook = await Webhook.select_for_update(no_key=True).get_or_none(id=wanted)
    if webhook is None:
        raise NotFound
    return webhook


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
