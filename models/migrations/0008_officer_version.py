"""Accounts count their changes, so that two admins do not overwrite each other."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0007_audit_log")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Officer",
            name="version",
            field=fields.IntField(db_default=1),
        ),
    ]
