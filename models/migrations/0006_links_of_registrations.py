from tortoise import migrations
from tortoise.migrations import operations as ops
from models.link import Purpose
from tortoise.fields.base import OnDelete
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index

# A registration was told by its password's hash, which is salted and so its own; once confirmed it is empty.
SAME = 'other.user_id = confirmations.user_id AND other.password_hash = confirmations.password_hash'
REGISTRATIONS = f'''
INSERT INTO registrations (id, user_id, password_hash, name, locale, created_at, expires_at, confirmed_at)
SELECT id, user_id, password_hash, name, locale, created_at,
       (SELECT max(other.expires_at) FROM confirmations AS other WHERE {SAME}), confirmed_at
FROM confirmations
WHERE NOT EXISTS (SELECT 1 FROM confirmations AS other WHERE {SAME} AND other.id < confirmations.id)
'''
LINKS = '''
INSERT INTO links (id, user_id, registration_id, purpose, token_digest, canonical_email, created_at, expires_at)
SELECT confirmations.id, confirmations.user_id, registrations.id, 'confirm_email', token_digest, canonical_email,
       confirmations.created_at, confirmations.expires_at
FROM confirmations
JOIN users ON users.id = confirmations.user_id
JOIN registrations ON registrations.user_id = confirmations.user_id
                  AND registrations.password_hash = confirmations.password_hash
'''

class Migration(migrations.Migration):
    dependencies = [('models', '0005_audit_events')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Registration',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='registrations', on_delete=OnDelete.CASCADE)),
                ('password_hash', fields.CharField(max_length=255)),
                ('name', fields.CharField(null=True, max_length=200)),
                ('locale', fields.CharField(max_length=16)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'registrations', 'app': 'models', 'indexes': [Index(fields=['user_id']), Index(fields=['expires_at'])], 'pk_attr': 'id', 'table_description': 'What one registration of an address brought, and whose links of purpose `confirm_email` are.'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='Link',
            name='purpose',
            field=fields.CharEnumField(description='CONFIRM_EMAIL: confirm_email\nRESET_PASSWORD: reset_password\nCHANGE_EMAIL: change_email\nUNDO_EMAIL_CHANGE: undo_email_change', enum_type=Purpose, max_length=40),
        ),
        ops.AddField(
            model_name='Link',
            name='registration',
            field=fields.ForeignKeyField('models.Registration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='Link',
            index=Index(fields=['registration_id']),
        ),
        ops.AlterModelOptions(
            name='Link',
            options={'table': 'links', 'app': 'models', 'indexes': [Index(fields=['user_id']), Index(fields=['session_id']), Index(fields=['registration_id']), Index(fields=['expires_at'])], 'pk_attr': 'id', 'table_description': 'One link, good for one use: using it takes the row away, but for one that has confirmed its `registration`.'},
        ),
        ops.RunSQL(REGISTRATIONS),
        ops.RunSQL(LINKS),
        ops.DeleteModel(name='Confirmation'),
    ]
