"""Webhooks: addresses that are told what happens, and what is on its way to them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model
from uuid_utils.compat import uuid7


class BodyIndex(Index):
    """One of those rows alone that still have their body."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.extra = " WHERE body IS NOT NULL"


class TestIndex(Index):
    """One of those rows alone that somebody has sent to try an address."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.extra = " WHERE event = 'webhook.test'"


class Webhook(Model):
    """One address that is told what happens.

    `events` are the names of what it is told, empty for everything. `due_at` is when a worker may have it next:
    leasing moves it past the lease's end, so that one of all processes sends to it at a time. `attempts` grows with
    each lease. `failing_since` is the first failure after the last success. The secrets are sealed, and that before
    the present one signs as well until `previous_until`.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    url = fields.CharField(max_length=2000)
    events = fields.JSONField[list[str]]()
    sealed_secret = fields.BinaryField()
    previous_secret = fields.BinaryField(null=True)
    previous_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    failing_since = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhooks"


class WebhookDelivery(Model):
    """One event on its way to one address: its id is the request's `webhook-id`, at each try.

    `body` is what is signed and sent, to the byte, and is erased a while after the end. `due_at` is when it is tried
    next, null once it was delivered or has died; `attempts` counts the tries whose end is known.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "models.Webhook", related_name="deliveries", on_delete=fields.CASCADE
    )
    webhook_id: UUID
    event = fields.CharField(max_length=40)
    body = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    last_status = fields.IntField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    died_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_deliveries"
        indexes = (
            *(("webhook_id", "due_at"), ("webhook_id", "id"), ("created_at",)),
            BodyIndex(fields=("delivered_at",), name="idx_webhook_deliveries_delivered"),
            BodyIndex(fields=("died_at",), name="idx_webhook_deliveries_died"),
            TestIndex(fields=("webhook_id", "due_at"), name="idx_webhook_deliveries_test"),
        )
