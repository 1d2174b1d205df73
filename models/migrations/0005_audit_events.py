from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0004_devices')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('event', fields.CharField(max_length=60)),
                ('actor_id', fields.UUIDField(null=True)),
                ('subject_id', fields.UUIDField(null=True)),
                ('session_id', fields.UUIDField(null=True)),
                ('ip_address', fields.CharField(null=True, max_length=45)),
                ('user_agent', fields.CharField(null=True, max_length=255)),
                ('request_id', fields.CharField(null=True, max_length=36)),
                ('details', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'audit_events', 'app': 'models', 'indexes': [Index(fields=['subject_id', 'id']), Index(fields=['actor_id', 'id']), Index(fields=['event', 'id']), Index(fields=['at'])], 'pk_attr': 'id', 'table_description': 'One event, written with what it tells of. Nothing changes it, and only time takes it away.'},
            bases=['Model'],
        ),
    ]
