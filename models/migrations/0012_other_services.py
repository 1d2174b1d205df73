from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.provider_login import Step
from tortoise.fields.base import OnDelete
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0011_passkeys')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Identity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='identities', on_delete=OnDelete.CASCADE)),
                ('provider', fields.CharField(max_length=40)),
                ('issuer', fields.CharField(max_length=255)),
                ('subject', fields.CharField(max_length=255)),
                ('label', fields.CharField(null=True, max_length=254)),
                ('vouched', fields.BooleanField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'identities', 'app': 'models', 'unique_together': (('issuer', 'subject'),), 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id', 'table_description': 'Known by `issuer` and `subject` and nothing else: addresses and names change hands (OpenID Connect Core §5.7).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProviderLogin',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('step', fields.CharEnumField(description='SENT: sent\nASKING: asking\nBACK: back\nTO_LINK: to_link', enum_type=Step, max_length=20)),
                ('token_digest', fields.CharField(unique=True, max_length=64)),
                ('cookie_digest', fields.CharField(max_length=64)),
                ('provider', fields.CharField(max_length=40)),
                ('return_to', fields.CharField(max_length=2000)),
                ('code_challenge', fields.CharField(max_length=43)),
                ('person', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'provider_logins', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One attempt of one browser. Each step takes the token of the one before, and so happens once.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Registration',
            name='identity',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
    ]
