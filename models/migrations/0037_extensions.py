"""Extensions of deadlines: an empty table, and a column of the ticket that rewrites nothing.

And for how long agencies hold tickets, as dated rows: one empty table, filled by the seed.
"""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import ClockKind, DeadlineUnit, ExtensionState


class Migration(migrations.Migration):
    dependencies = [("models", "0036_index_of_escalations")]

    initial = False

    operations = [
        ops.AddField(model_name="Ticket", name="extension_askers", field=ArrayField(db_default=[], element_type="INT")),
        ops.CreateModel(
            name="Extension",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="extensions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("clock", fields.CharEnumField(enum_type=ClockKind, max_length=16)),
                ("amount", fields.IntField()),
                ("unit", fields.CharEnumField(enum_type=DeadlineUnit, max_length=16)),
                ("state", fields.CharEnumField(enum_type=ExtensionState, max_length=16)),
                ("reason_id", fields.BigIntField(null=True)),
                (
                    "requested_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="requested_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="extensions_asked",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="extensions_decided",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("note_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "extension",
                "app": "models",
                "indexes": [Index(fields=["ticket_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HoldRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("working_days", fields.IntField()),
                ("valid_from", fields.DateField(unique=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "hold_rule", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
