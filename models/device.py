"""A device that an account has logged in from."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Device(Model):
    """One device that knows a token, which opens nothing: its failed logins are counted apart from strangers'.

    `last_used_at` is the last login from there, `expires_at` when it will be as any other device. Until
    `remembered_until` it spares the second factor.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="devices", on_delete=fields.CASCADE
    )
    token_digest = fields.CharField(max_length=64, unique=True)
    user_agent = fields.CharField(max_length=255, null=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    remembered_until = fields.DatetimeField(null=True)

    class Meta:
        table = "devices"
        indexes = (("user_id",),)
