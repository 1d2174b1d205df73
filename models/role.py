"""What somebody may do to other people's accounts."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from models.user import User

ADMIN = "admin"


class Permission(StrEnum):
    """What a role may let somebody do; whatever only some may do asks for one of these."""

    READ_USERS = "READ_USERS"
    MANAGE_USERS = "MANAGE_USERS"
    CLOSE_SESSIONS = "CLOSE_SESSIONS"
    RESET_SECOND_FACTORS = "RESET_SECOND_FACTORS"
    MANAGE_ROLES = "MANAGE_ROLES"
    MANAGE_LETTERS = "MANAGE_LETTERS"
    READ_AUDIT_LOG = "READ_AUDIT_LOG"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"


class Role(Model):
    """A name for a set of permissions, which may be empty: other servers read the name in access tokens.

    ADMIN is none of the rows, and has every permission: nobody can take one from it.
    """

    name = fields.CharField(max_length=40, primary_key=True)
    permissions = fields.JSONField[list[str]]()
    created_at = fields.DatetimeField()

    class Meta:
        table = "roles"


class UserRole(Model):
    """One role of one account.

    `granted_by` is the account that has given it, null for the machine's own prompt.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="user_roles", on_delete=fields.CASCADE
    )
    user_id: UUID
    role = fields.CharField(max_length=40)
    granted_by = fields.UUIDField(null=True)
    granted_at = fields.DatetimeField()

    class Meta:
        table = "user_roles"
        unique_together = (("user", "role"),)
        indexes = (("role", "user_id"),)
