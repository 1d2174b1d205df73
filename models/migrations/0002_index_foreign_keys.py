from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Confirmation',
            index=Index(fields=['user_id']),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['user_id']),
        ),
        ops.AddIndex(
            model_name='Link',
            index=Index(fields=['user_id']),
        ),
        ops.AddIndex(
            model_name='Link',
            index=Index(fields=['session_id']),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['user_id']),
        ),
    ]
