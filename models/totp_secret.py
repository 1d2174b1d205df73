"""The secret that an authenticator app shares with an account."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class TotpSecret(Model):
    """One app's secret (RFC 6238), sealed for this row and its user. An account has at most one that is confirmed.

    Until `pending_until` it may be confirmed by a code, and then takes the place of the one before: logins ask for it
    since `confirmed_at`. Meanwhile it is shown to the session that has begun, `session_id`, and to no other.
    `last_step` is that of the latest code that was good: each has to be of a later one.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="totp_secrets", on_delete=fields.CASCADE
    )
    user_id: UUID
    session_id = fields.UUIDField(null=True)
    sealed_secret = fields.BinaryField()
    created_at = fields.DatetimeField()
    pending_until = fields.DatetimeField(null=True, db_index=True)
    confirmed_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)

    class Meta:
        table = "totp_secrets"
        indexes = (("user_id",),)
