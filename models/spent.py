"""What was good for one use, and has had it."""

from tortoise import fields
from tortoise.models import Model


class Spent(Model):
    """The digest of a token that nothing else is stored of: who cannot insert it comes second.

    `expires_at` is when the token is over anyway.
    """

    digest = fields.CharField(max_length=64, primary_key=True)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "spent"
