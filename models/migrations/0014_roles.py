from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0013_linking')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Role',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ('permissions', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'roles', 'app': 'models', 'pk_attr': 'name', 'table_description': 'A name for a set of permissions, which may be empty: other servers read the name in access tokens.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UserRole',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='user_roles', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharField(max_length=40)),
                ('granted_by', fields.UUIDField(null=True)),
                ('granted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'user_roles', 'app': 'models', 'unique_together': (('user', 'role'),), 'indexes': [Index(fields=['role', 'user_id'])], 'pk_attr': 'id', 'table_description': 'One role of one account.'},
            bases=['Model'],
        ),
    ]
