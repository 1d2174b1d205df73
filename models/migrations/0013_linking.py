from tortoise import migrations
from tortoise.migrations import operations as ops
from models.provider_login import Step
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

# What a service vouched for so far was the address that the account had when they were linked.
VOUCHED_FOR = '''
UPDATE identities SET vouched_for = (SELECT canonical_email FROM users WHERE users.id = identities.user_id) WHERE vouched
'''

class Migration(migrations.Migration):
    dependencies = [('models', '0012_other_services')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Identity',
            name='vouched_for',
            field=fields.CharField(null=True, max_length=254),
        ),
        ops.RunSQL(VOUCHED_FOR),
        ops.RemoveField(model_name='Identity', name='vouched'),
        ops.AlterField(
            model_name='ProviderLogin',
            name='step',
            field=fields.CharEnumField(description='TO_LEAVE: to_leave\nSENT: sent\nASKING: asking\nBACK: back\nTO_LINK: to_link', enum_type=Step, max_length=20),
        ),
        ops.AddField(
            model_name='ProviderLogin',
            name='session',
            field=fields.ForeignKeyField('models.Session', source_field='session_id', null=True, db_constraint=True, to_field='id', related_name='provider_logins', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='ProviderLogin',
            index=Index(fields=['session_id']),
        ),
    ]
