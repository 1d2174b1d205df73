from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0002_index_foreign_keys')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Confirmation',
            index=Index(fields=['expires_at']),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['delivered_at']),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['died_at']),
        ),
        ops.AddIndex(
            model_name='Link',
            index=Index(fields=['expires_at']),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['expires_at']),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['rotated_at']),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['email_confirmed_at', 'id']),
        ),
    ]
