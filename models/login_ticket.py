"""A login between its steps."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.device import Device
from models.user import User


class LoginTicket(Model):
    """Somebody has proven `methods`, and is to prove a second factor: using it takes the row away.

    It is good as long as the account's `credentials_version` is what it was when they were checked. `attempts` counts
    the proofs that were tried; `challenge` is what a passkey has to answer, where the account has one. `device` is the
    known one that the login came from.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="login_tickets", on_delete=fields.CASCADE
    )
    device: fields.ForeignKeyNullableRelation[Device] = fields.ForeignKeyField(
        "models.Device", related_name="login_tickets", on_delete=fields.SET_NULL, null=True
    )
    token_digest = fields.CharField(max_length=64, unique=True)
    methods = fields.JSONField[list[str]]()
    credentials_version = fields.IntField()
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    challenge = fields.BinaryField(null=True)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "login_tickets"
        indexes = (("user_id",), ("device_id",))
