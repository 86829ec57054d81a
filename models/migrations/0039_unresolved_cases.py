"""Cases of unresolved reports: tables of their own, and a column of tickets with a default, which rewrites nothing.

The job fill_unresolved_cases reads the cases of before out of the log.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.enums import EscalationLevel, UnresolvedCaseState

# The follow-ups whose day comes: few of many.
FOLLOW_UPS = """
CREATE INDEX unresolved_case_follow_up ON unresolved_case (follow_up_on) WHERE state = 'FOLLOW_UP'
"""
LATEST = "CREATE INDEX unresolved_case_opened_at ON unresolved_case (opened_at, id)"


class Migration(migrations.Migration):
    dependencies = [("models", "0038_notifications")]

    initial = False

    operations = [
        ops.CreateModel(
            name="UnresolvedCase",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="unresolved_cases",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("entered", fields.IntField()),
                ("version", fields.IntField(db_default=1)),
                ("state", fields.CharEnumField(enum_type=UnresolvedCaseState, max_length=16)),
                ("cause", fields.CharField(max_length=64)),
                ("lead_agency_id", fields.IntField(null=True)),
                ("level", fields.CharEnumField(enum_type=EscalationLevel, max_length=16, null=True)),
                ("decision_id", fields.BigIntField(null=True)),
                ("recommendation_id", fields.BigIntField(null=True)),
                ("outcome_id", fields.BigIntField(null=True)),
                ("responsible_agency_id", fields.IntField(null=True)),
                ("follow_up_on", fields.DateField(null=True)),
                ("followed_up_on", fields.DateField(null=True)),
                ("opened_at", fields.DatetimeField()),
                ("evaluated_at", fields.DatetimeField(null=True)),
                ("evaluated_by_id", fields.IntField(null=True)),
                ("closed_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "unresolved_case",
                "app": "models",
                "unique_together": (("ticket_id", "entered"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="UnresolvedFilling",
            fields=[
                ("id", fields.IntField(primary_key=True, unique=True, db_index=True)),
                ("seq", fields.BigIntField()),
            ],
            options={"table": "unresolved_filling", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL(FOLLOW_UPS, reverse_sql="SELECT"),
        ops.RunSQL(LATEST, reverse_sql="SELECT"),
        ops.AddField(model_name="Ticket", name="case_done", field=fields.BooleanField(db_default=False)),
    ]
