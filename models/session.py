"""A login that is still open."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.fields import SqlDefault
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class LoginMethod(StrEnum):
    """What a person was identified by."""

    PASSWORD = "password"  # noqa: S105
    MAILED_CODE = "mailed_code"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"
    SYNCED_PASSKEY = "synced_passkey"  # one that may be kept by more than one device
    REMEMBERED_DEVICE = "remembered_device"
    IDENTITY = "identity"


class Session(Model):
    """One login on one device. The row decides: where it is gone, its tokens are worth nothing.

    `generation` counts the refresh tokens that were issued, the newest at `rotated_at`, to a client of which
    `rotated_agent` and `rotated_block` are marks that cannot be read (null: nobody has refreshed yet).
    `methods` are what it was opened with or, after a step up, what its client has then proven who is there by.
    `stepped_up_at` is when that was, as at a login, by a second factor where the account has one (null: an older
    version or a remembered device has opened it).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sessions", on_delete=fields.CASCADE
    )
    user_id: UUID
    # As SQL: Tortoise would escape the quotes of a list.
    methods = fields.JSONField[list[str]](db_default=SqlDefault("'[\"password\"]'"))
    stepped_up_at = fields.DatetimeField(null=True)
    generation = fields.IntField(default=1)
    rotated_at = fields.DatetimeField()
    rotated_agent = fields.CharField(max_length=16, null=True)
    rotated_block = fields.CharField(max_length=16, null=True)
    user_agent = fields.CharField(max_length=255, null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "sessions"
        indexes = (("user_id",), ("expires_at",), ("rotated_at",))
