"""What has happened to an account, for ever so long."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model
from uuid_utils.compat import uuid7


class AddressedIndex(Index):
    """One of those rows alone that still tell where they came from."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.extra = " WHERE ip_address IS NOT NULL OR user_agent IS NOT NULL"


class AuditEvent(Model):
    """One event, written with what it tells of. Nothing changes it, and only time takes it away.

    No key points to it or from it: it outlives what it tells of. `details` holds no secret and no address.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    at = fields.DatetimeField()
    event = fields.CharField(max_length=60)
    actor_id = fields.UUIDField(null=True)
    subject_id = fields.UUIDField(null=True)
    session_id = fields.UUIDField(null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=255, null=True)
    request_id = fields.CharField(max_length=36, null=True)
    details = fields.JSONField[dict[str, object]](default=dict)

    class Meta:
        table = "audit_events"
        indexes = (
            *(("subject_id", "id"), ("actor_id", "id"), ("event", "id"), ("at",)),
            AddressedIndex(fields=("at",), name="idx_audit_events_addressed"),
        )
