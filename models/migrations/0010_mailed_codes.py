from tortoise import migrations
from tortoise.migrations import operations as ops
from models.login_ticket import TicketKind
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0009_spent')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='LoginTicket',
            options={'table': 'login_tickets', 'app': 'models', 'indexes': [Index(fields=['user_id']), Index(fields=['device_id']), Index(fields=['session_id'])], 'pk_attr': 'id', 'table_description': 'A ticket, good for one use: using it takes the row away.'},
        ),
        ops.AlterField(
            model_name='LoginTicket',
            name='credentials_version',
            field=fields.IntField(null=True),
        ),
        ops.AlterField(
            model_name='LoginTicket',
            name='user',
            field=fields.ForeignKeyField('models.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='login_tickets', on_delete=OnDelete.CASCADE),
        ),
        ops.AddField(
            model_name='LoginTicket',
            name='code_digest',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='LoginTicket',
            name='kind',
            field=fields.CharEnumField(description='SECOND_FACTOR: second_factor\nMAILED_CODE: mailed_code\nSTEP_UP: step_up', db_default=TicketKind.SECOND_FACTOR, enum_type=TicketKind, max_length=20),
        ),
        ops.AddField(
            model_name='LoginTicket',
            name='session',
            field=fields.ForeignKeyField('models.Session', source_field='session_id', null=True, db_constraint=True, to_field='id', related_name='login_tickets', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='LoginTicket',
            index=Index(fields=['session_id']),
        ),
        ops.AlterField(
            model_name='User',
            name='password_hash',
            field=fields.CharField(null=True, max_length=255),
        ),
    ]
