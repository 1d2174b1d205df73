"""A person's account."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7


class User(Model):
    """An account, confirmed once `email_confirmed_at` is set.

    `canonical_email` is the one form of the address that the server knows: NFKC, IDNA, lower case.
    Until it is confirmed it has no password: each registration keeps its own with its confirmation.
    An empty `password_hash` opens nothing before a new one is chosen, and None is that of an account without a
    password. `credentials_version` counts the changes of password, address and second factors: what was proven before
    one is worth nothing after it. `factor_failures` counts the wrong proofs of second factors in a row. Since
    `disabled_at` nobody can use the account.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    canonical_email = fields.CharField(max_length=254, unique=True)
    password_hash = fields.CharField(max_length=255, null=True)
    credentials_version = fields.IntField(default=0, db_default=0)
    factor_failures = fields.IntField(default=0, db_default=0)
    email_confirmed_at = fields.DatetimeField(null=True)
    name = fields.CharField(max_length=200, null=True)
    locale = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    disabled_at = fields.DatetimeField(null=True)
    disabled_reason = fields.CharField(max_length=500, null=True)

    class Meta:
        table = "users"
        indexes = (("email_confirmed_at", "id"), ("name",), ("disabled_at",))
