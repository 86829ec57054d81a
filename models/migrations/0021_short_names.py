"""Agencies have a short name, e.g. Dishub: a column without a default, which rewrites nothing and is filled by the seed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0020_reasons")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Agency",
            name="short_name",
            field=fields.CharField(null=True, max_length=40),
        ),
    ]
