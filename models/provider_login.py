"""A login by way of another service, between its steps."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.session import Session


class Step(StrEnum):
    """How far it has come, and so what its token is."""

    TO_LEAVE = "to_leave"  # the `link` in the address by which the browser of a session leaves
    SENT = "sent"  # the state that the browser carries to the service
    ASKING = "asking"  # the same, used up: the service is being asked
    BACK = "back"  # the code that the browser has brought to the frontend
    TO_LINK = "to_link"  # the ticket of who has to log in as ever first


class ProviderLogin(Model):
    """One attempt of one browser. Each step takes the token of the one before, and so happens once.

    `cookie_digest` is that of the browser's secret, empty until it leaves, `code_challenge` the frontend's. `person` is
    who came back. One of a `session` links an account to that of the session and opens none, and ends with it.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    step = fields.CharEnumField(Step, max_length=20)
    token_digest = fields.CharField(max_length=64, unique=True)
    cookie_digest = fields.CharField(max_length=64)
    provider = fields.CharField(max_length=40)
    return_to = fields.CharField(max_length=2000)
    code_challenge = fields.CharField(max_length=43)
    person = fields.JSONField[dict[str, Any]](null=True)
    session: fields.ForeignKeyNullableRelation[Session] = fields.ForeignKeyField(
        "models.Session", related_name="provider_logins", on_delete=fields.CASCADE, null=True
    )
    session_id: UUID | None
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "provider_logins"
        indexes = (("session_id",),)
