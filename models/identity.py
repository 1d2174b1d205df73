"""An account of another service that opens one of ours."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Identity(Model):
    """Known by `issuer` and `subject` and nothing else: addresses and names change hands (OpenID Connect Core §5.7).

    `label` is what the service calls it, for its owner to recognise. `vouched_for` is the canonical address that the
    service vouched for when they were linked; it may be another than the account's.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="identities", on_delete=fields.CASCADE
    )
    user_id: UUID
    provider = fields.CharField(max_length=40)
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    label = fields.CharField(max_length=254, null=True)
    vouched_for = fields.CharField(max_length=254, null=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "identities"
        unique_together = (("issuer", "subject"),)
        indexes = (("user_id",),)
