"""Screens remember that they were revoked by themselves: a column with a default, which rewrites nothing."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0026_deadline_policies")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Display",
            name="copied",
            field=fields.BooleanField(db_default=False),
        ),
    ]
