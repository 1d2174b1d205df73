"""A code for somebody who has lost their second factor."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class RecoveryCode(Model):
    """One code, good for one use: using it takes the row away."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="recovery_codes", on_delete=fields.CASCADE
    )
    code_digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "recovery_codes"
        indexes = (("user_id",),)
