from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0017_webhooks')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Letter',
            name='trace',
            field=fields.CharField(null=True, max_length=55),
        ),
    ]
