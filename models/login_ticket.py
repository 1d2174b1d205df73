"""Something under way that a ticket continues."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.device import Device
from models.session import Session
from models.user import User


class TicketKind(StrEnum):
    """What a ticket continues; it continues nothing else."""

    SECOND_FACTOR = "second_factor"
    MAILED_CODE = "mailed_code"
    STEP_UP = "step_up"


class LoginTicket(Model):
    """A ticket, good for one use: using it takes the row away.

    Of a login by `methods` that is to prove a second factor; of a login by a mailed code, which has no `user` before
    the letter was due; or of a `session` that is to prove who is there by a mailed code.
    It is good as long as the account's `credentials_version` is what it was when they were checked, or the letter
    written. `attempts` counts the proofs that were tried. `challenge` is what a passkey has to answer, where the
    account has one. `device` is the known one that the login came from.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(TicketKind, max_length=20, db_default=TicketKind.SECOND_FACTOR)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="login_tickets", on_delete=fields.CASCADE, null=True
    )
    user_id: UUID | None
    device: fields.ForeignKeyNullableRelation[Device] = fields.ForeignKeyField(
        "models.Device", related_name="login_tickets", on_delete=fields.SET_NULL, null=True
    )
    session: fields.ForeignKeyNullableRelation[Session] = fields.ForeignKeyField(
        "models.Session", related_name="login_tickets", on_delete=fields.CASCADE, null=True
    )
    session_id: UUID | None
    token_digest = fields.CharField(max_length=64, unique=True)
    code_digest = fields.CharField(max_length=64, null=True)
    methods = fields.JSONField[list[str]]()
    credentials_version = fields.IntField(null=True)
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    challenge = fields.BinaryField(null=True)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "login_tickets"
        indexes = (("user_id",), ("device_id",), ("session_id",))
