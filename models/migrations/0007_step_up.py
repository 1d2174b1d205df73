from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.db_defaults import SqlDefault
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0006_links_of_registrations')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Session',
            name='methods',
            field=fields.JSONField(db_default=SqlDefault('\'["password"]\''), encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Session',
            name='stepped_up_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='credentials_version',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
