from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0008_factors')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Spent',
            fields=[
                ('digest', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spent', 'app': 'models', 'pk_attr': 'digest', 'table_description': 'The digest of a token that nothing else is stored of: who cannot insert it comes second.'},
            bases=['Model'],
        ),
    ]
