"""Above how many overdue tickets a city's board alarms: dated rows in one empty table, filled by the seed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0041_sp4n")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OverdueLimit",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("tickets", fields.IntField()),
                ("valid_from", fields.DateField(unique=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "overdue_limit", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
