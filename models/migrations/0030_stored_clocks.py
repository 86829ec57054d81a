"""The clocks of tickets as rows, and where a ticket stands by them as columns: nothing of before is rewritten.

A job of the worker starts the clocks of the tickets that are there (services/clocks/recounting.py).
"""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.enums import ClockKind, ClockState, DeadlineStanding, HandlingClass


class Migration(migrations.Migration):
    dependencies = [("models", "0029_posts")]

    initial = False

    operations = [
        ops.AddField(model_name="Ticket", name="due_at", field=fields.DatetimeField(null=True)),
        ops.AddField(
            model_name="Ticket",
            name="standing",
            field=fields.CharEnumField(enum_type=DeadlineStanding, max_length=16, null=True),
        ),
        ops.AddField(
            model_name="Ticket",
            name="handling_class",
            field=fields.CharEnumField(enum_type=HandlingClass, max_length=16, db_default=HandlingClass.ORDINARY),
        ),
        ops.AddField(model_name="Ticket", name="closed_by_silence", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="Ticket", name="rules_version", field=fields.IntField(null=True)),
        ops.CreateModel(
            name="TicketClock",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="clocks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("clock", fields.CharEnumField(enum_type=ClockKind, max_length=16)),
                ("state", fields.CharEnumField(enum_type=ClockState, max_length=8)),
                ("standing", fields.CharEnumField(enum_type=DeadlineStanding, max_length=16)),
                ("started_at", fields.DatetimeField()),
                ("due_at", fields.DatetimeField(null=True)),
                ("due_soon_at", fields.DatetimeField(null=True)),
                ("used", fields.BigIntField()),
                ("extension", fields.IntField(db_default=0)),
                ("policy_code", fields.CharField(max_length=64)),
                ("rules_version", fields.IntField()),
                ("verdicts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads, db_default=[])),
                ("next_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "ticket_clock",
                "app": "models",
                "unique_together": (("ticket_id", "clock"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            "CREATE INDEX ticket_clock_next ON ticket_clock (next_at, ticket_id) WHERE next_at IS NOT NULL",
            reverse_sql="DROP INDEX ticket_clock_next",
        ),
    ]
