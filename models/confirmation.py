"""A link that confirms an address."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Confirmation(Model):
    """One link, and the registration that asked for it.

    Whoever clicks proves the address, not that the latest registration was theirs. So each link
    carries what its own registration brought, and confirming adopts exactly that (pre-hijacking:
    arXiv 2205.10174). A salted hash is unique, so `password_hash` also tells registrations apart.
    A registration of a confirmed address has a row too, whose token nobody gets.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="confirmations", on_delete=fields.CASCADE
    )
    token_digest = fields.CharField(max_length=64, unique=True)
    password_hash = fields.CharField(max_length=255)
    name = fields.CharField(max_length=200, null=True)
    locale = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "confirmations"
        indexes = (("user_id",),)  # or a login would take longer where there is somebody to look for
