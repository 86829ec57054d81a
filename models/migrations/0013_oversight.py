"""Who is left to examine what no inspector is free to examine, as dated rows: one empty table, filled by the seed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import Role
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0012_written_formats")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OversightRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "inspectorate",
                    fields.ForeignKeyField(
                        "models.Agency",
                        source_field="inspectorate_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="oversight",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "deputy",
                    fields.CharEnumField(
                        description="OFFICER: OFFICER\nLIAISON: LIAISON\nCOORDINATOR: COORDINATOR\nLEADER: LEADER\nINSPECTOR: INSPECTOR\nADMIN: ADMIN",
                        enum_type=Role,
                        max_length=16,
                    ),
                ),
                ("valid_from", fields.DateField(unique=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={
                "table": "oversight_rule",
                "app": "models",
                "pk_attr": "id",
                "table_description": "From valid_from on until the next one: the role that is left to examine what the inspectorate can not.",
            },
            bases=["Model"],
        ),
    ]
