from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0015_administration')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SigningKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('algorithm', fields.CharField(max_length=10)),
                ('number', fields.IntField()),
                ('sealed_key', fields.BinaryField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('signs_from', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('token_seconds', fields.IntField()),
            ],
            options={'table': 'signing_keys', 'app': 'models', 'unique_together': (('algorithm', 'number'),), 'pk_attr': 'id', 'table_description': 'A private key in PEM, sealed for this row, its algorithm and its number.'},
            bases=['Model'],
        ),
    ]
