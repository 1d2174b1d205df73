"""A letter in the outbox."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User


class Letter(Model):
    """One letter on its way.

    `due_at` is when a worker may take it next: leasing moves it past the lease's end, a failed try
    moves it past the back-off, and null says that nothing is left to do. `attempts` grows with each
    lease and so tells an old lease's holder from the present one. `sealed_text` holds
    the letter's facts, encrypted, and is erased once it was delivered or has died. `trace` is the `traceparent` of
    the request that wrote it, where traces are made.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="letters", on_delete=fields.CASCADE, null=True
    )
    user_id: UUID | None
    kind = fields.CharField(max_length=40)
    sealed_text = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True, db_index=True)
    attempts = fields.IntField(default=0)
    delivered_at = fields.DatetimeField(null=True)
    died_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)
    trace = fields.CharField(max_length=55, null=True)

    class Meta:
        table = "letters"
        indexes = (("user_id",), ("kind", "id"), ("delivered_at",), ("died_at",))
