"""Where an incomplete report goes back to, and to whom one was referred: two empty columns of the ticket.

And who resolves, as dated rows: one empty table, filled by the seed.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.enums import Role, TicketStatus


class Migration(migrations.Migration):
    dependencies = [("models", "0022_calendar")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Ticket",
            name="resumes",
            field=fields.CharEnumField(enum_type=TicketStatus, max_length=24, null=True),
        ),
        ops.AddField(
            model_name="Ticket",
            name="referred_to",
            field=fields.ForeignKeyField(
                "models.Agency",
                source_field="referred_to_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="referred",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.CreateModel(
            name="ResolvingRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "agency",
                    fields.ForeignKeyField(
                        "models.Agency",
                        source_field="agency_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="resolving",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("role", fields.CharEnumField(enum_type=Role, max_length=16)),
                ("valid_from", fields.DateField()),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "resolving_rule", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
