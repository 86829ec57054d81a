"""Reporters sealed per field, found by keyed digests, and tickets that say when they were erased."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0002_log_and_search")]

    initial = False

    operations = [
        ops.AddField(model_name="Reporter", name="key_id", field=fields.CharField(max_length=16, db_default="")),
        ops.AddField(model_name="Reporter", name="phone_index", field=fields.BinaryField(null=True)),
        ops.AddField(model_name="Reporter", name="nik_index", field=fields.BinaryField(null=True)),
        ops.AddIndex(model_name="Reporter", index=Index(fields=["phone_index"])),
        ops.AddIndex(model_name="Reporter", index=Index(fields=["nik_index"])),
        ops.AddIndex(model_name="Reporter", index=Index(fields=["key_id", "id"])),
        ops.AddField(model_name="Ticket", name="erased_at", field=fields.DatetimeField(null=True)),
    ]
