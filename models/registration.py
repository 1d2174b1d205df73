"""A registration that waits for its address to be confirmed."""

from typing import Any

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Registration(Model):
    """What one registration of an address brought, and whose links of purpose `confirm_email` are.

    Whoever clicks proves the address, not that the latest registration was theirs: confirming adopts what the link's
    own registration brought, and voids the others (pre-hijacking: arXiv 2205.10174). A confirmed address can be
    registered too, which writes the same rows, and nobody gets that link's token.
    `expires_at` is that of its newest link. One that came by another service has no password, and says in `identity`
    which account of that service is to open this one.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="registrations", on_delete=fields.CASCADE
    )
    password_hash = fields.CharField(max_length=255)
    identity = fields.JSONField[dict[str, Any]](null=True)
    name = fields.CharField(max_length=200, null=True)
    locale = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "registrations"
        # By user, or a login would take longer where there is somebody to look for.
        indexes = (("user_id",), ("expires_at",))
