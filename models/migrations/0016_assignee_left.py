"""A ticket whose officer left says so until somebody has it again."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0015_words_leave_the_log")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Ticket",
            name="assignee_left",
            field=fields.BooleanField(db_default=False),
        ),
    ]
