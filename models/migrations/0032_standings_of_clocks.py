"""Where every clock of a ticket stands, in its row, so that lists and feeds choose by it; nothing is rewritten."""

from tortoise import migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0031_indexes_of_clocks")]

    initial = False

    operations = [
        ops.AddField(model_name="Ticket", name="clock_standings", field=ArrayField(db_default=[], element_type="TEXT")),
    ]
