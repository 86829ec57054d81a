"""The database knows the secret that its digests are made with, by a name that tells nothing of it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0016_assignee_left")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Installation",
            name="key_id",
            field=fields.CharField(null=True, max_length=64),
        ),
    ]
