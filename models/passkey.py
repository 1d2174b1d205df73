"""A passkey: what an account can be logged in to with in place of the password, or after it."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Passkey(Model):
    """One credential of WebAuthn, of one account of all.

    `credential_id` is in base64url, as browsers name it; `public_key` is in COSE's form. `sign_count` is what its
    authenticator has counted so far. `backup_eligible` never changes, `backed_up` is as it was at the last use.
    `discoverable` is null where the browser did not say. With a `second_factor` logins by the password ask for one.
    `aaguid` tells what made it, as far as that is to be believed, and `rp_id` the domain that it was made for.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="passkeys", on_delete=fields.CASCADE
    )
    user_id: UUID
    credential_id = fields.CharField(max_length=1364, unique=True)  # 1,023 bytes (WebAuthn L3 §7.1)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField()
    backup_eligible = fields.BooleanField()
    backed_up = fields.BooleanField()
    discoverable = fields.BooleanField(null=True)
    second_factor = fields.BooleanField()
    transports = fields.JSONField[list[str]]()
    aaguid = fields.UUIDField()
    rp_id = fields.CharField(max_length=253)
    name = fields.CharField(max_length=100)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "passkeys"
        indexes = (("user_id",),)
