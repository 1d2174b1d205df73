from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0018_traces_of_letters')]

    initial = False

    operations = [
        ops.AddField(
            model_name='TotpSecret',
            name='session_id',
            field=fields.UUIDField(null=True),
        ),
    ]
