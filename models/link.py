"""A link in a letter."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.registration import Registration
from models.session import Session
from models.user import User


class Purpose(StrEnum):
    """What a link does; it does nothing else."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    CHANGE_EMAIL = "change_email"
    UNDO_EMAIL_CHANGE = "undo_email_change"


class Link(Model):
    """One link, good for one use: using it takes the row away, but for one that has confirmed its `registration`.

    `canonical_email` is the address that it was sent to, which for the two last purposes is also
    the one that the account gets. `session` is the one that asked for it.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="links", on_delete=fields.CASCADE
    )
    session: fields.ForeignKeyNullableRelation[Session] = fields.ForeignKeyField(
        "models.Session", related_name="links", on_delete=fields.SET_NULL, null=True
    )
    session_id: UUID | None
    registration: fields.ForeignKeyNullableRelation[Registration] = fields.ForeignKeyField(
        "models.Registration", related_name="links", on_delete=fields.CASCADE, null=True
    )
    purpose = fields.CharEnumField(Purpose, max_length=40)
    token_digest = fields.CharField(max_length=64, unique=True)
    canonical_email = fields.CharField(max_length=254)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "links"
        indexes = (("user_id",), ("session_id",), ("registration_id",), ("expires_at",))
