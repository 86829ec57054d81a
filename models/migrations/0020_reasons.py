"""The reasons that a city offers, and what it tells reporters, as dated rows: two empty tables, filled by the seed."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.enums import ReasonList


class Migration(migrations.Migration):
    dependencies = [("models", "0019_key_id")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ReasonRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("list_name", fields.CharEnumField(enum_type=ReasonList, max_length=24)),
                ("codes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("valid_from", fields.DateField()),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={
                "table": "reason_rule",
                "app": "models",
                "unique_together": (("list_name", "valid_from"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReporterRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("completion_days", fields.IntField()),
                ("contact", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("valid_from", fields.DateField(unique=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "reporter_rule", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
