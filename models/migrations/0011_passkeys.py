from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0010_mailed_codes')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Passkey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='passkeys', on_delete=OnDelete.CASCADE)),
                ('credential_id', fields.CharField(unique=True, max_length=1364)),
                ('public_key', fields.BinaryField()),
                ('sign_count', fields.BigIntField()),
                ('backup_eligible', fields.BooleanField()),
                ('backed_up', fields.BooleanField()),
                ('discoverable', fields.BooleanField(null=True)),
                ('second_factor', fields.BooleanField()),
                ('transports', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('aaguid', fields.UUIDField()),
                ('rp_id', fields.CharField(max_length=253)),
                ('name', fields.CharField(max_length=100)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passkeys', 'app': 'models', 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id', 'table_description': 'One credential of WebAuthn, of one account of all.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='LoginTicket',
            name='challenge',
            field=fields.BinaryField(null=True),
        ),
        ops.RemoveField(model_name='TotpSecret', name='failures'),
        ops.AddField(
            model_name='User',
            name='factor_failures',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
