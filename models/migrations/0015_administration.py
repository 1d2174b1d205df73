from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.audit_event import AddressedIndex
from tortoise import fields
from tortoise.indexes import Index

BYTEWISE = '''
ALTER TABLE users ALTER COLUMN canonical_email TYPE VARCHAR(254) COLLATE "C", ALTER COLUMN name TYPE VARCHAR(200) COLLATE "C"
'''


async def compare_by_bytes(_: Any, editor: Any) -> None:
    """As SQLite does anyway: only so does an index find what begins with something, whatever the database's language."""
    if editor.DIALECT == 'postgres':
        await editor._run_sql(BYTEWISE)


class Migration(migrations.Migration):
    dependencies = [('models', '0014_roles')]

    initial = False

    operations = [
        ops.RunPython(compare_by_bytes),
        ops.AddIndex(
            model_name='AuditEvent',
            index=AddressedIndex(fields=['at'], name='idx_audit_events_addressed'),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['kind', 'id']),
        ),
        ops.AddField(
            model_name='User',
            name='disabled_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='disabled_reason',
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['name']),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['disabled_at']),
        ),
    ]
