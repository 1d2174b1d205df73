"""The tables, to Tortoise."""

from tortoise import fields
from tortoise.models import Model


class User(Model):
    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.TextField(null=True)
    locale = fields.TextField()

    class Meta:
        table = "users"


class Session(Model):
    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("models.User")
    expires_at = fields.DatetimeField()

    class Meta:
        table = "sessions"
