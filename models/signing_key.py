"""A key that signs access tokens."""

from tortoise import fields
from tortoise.models import Model
from uuid_utils.compat import uuid7


class SigningKey(Model):
    """A private key in PEM, sealed for this row, its algorithm and its number.

    Of those of an algorithm that may sign, the one with the greatest number does. The next number is written once,
    whoever tries: so nodes agree on one key. No token that was signed with it is good for more than `token_seconds`.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    algorithm = fields.CharField(max_length=10)
    number = fields.IntField()
    sealed_key = fields.BinaryField()
    created_at = fields.DatetimeField()
    signs_from = fields.DatetimeField()
    token_seconds = fields.IntField()

    class Meta:
        table = "signing_keys"
        unique_together = (("algorithm", "number"),)
