"""Escalation: its dated rungs, what was taken upwards, and consents; the column of the ticket rewrites nothing."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, OmbudsmanConsent


class Migration(migrations.Migration):
    dependencies = [("models", "0034_decreed_rules")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ConsentEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("consent", fields.CharEnumField(enum_type=OmbudsmanConsent, max_length=8)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "recorded_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="recorded_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="recorded_consents",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "ombudsman_consent",
                "app": "models",
                "indexes": [Index(fields=["ticket_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Escalation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("level", fields.CharEnumField(enum_type=EscalationLevel, max_length=16)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("rule_code", fields.CharField(null=True, max_length=64)),
                ("rule", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("life_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("at_once", fields.BooleanField()),
                ("notified", ArrayField(element_type="INT")),
                (
                    "raised_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="raised_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="raised_escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "reason",
                    fields.ForeignKeyField(
                        "models.TicketText",
                        source_field="reason_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="escalation_reasons",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "acknowledged_by",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="acknowledged_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="acknowledged_escalations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("acknowledged_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "note",
                    fields.ForeignKeyField(
                        "models.TicketText",
                        source_field="note_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="escalation_notes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "escalation",
                "app": "models",
                "unique_together": (("ticket_id", "rule_code", "life_at"),),
                "indexes": [Index(fields=["ticket_id", "at", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EscalationRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=64)),
                ("clock", fields.CharEnumField(enum_type=ClockKind, max_length=16)),
                ("level", fields.CharEnumField(enum_type=EscalationLevel, max_length=16)),
                ("amount", fields.IntField()),
                ("unit", fields.CharEnumField(enum_type=DeadlineUnit, max_length=16)),
                ("from_start", fields.BooleanField()),
                ("statuses", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("at_once", fields.BooleanField()),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("legal_basis", fields.CharField(max_length=300)),
                ("verified", fields.BooleanField()),
            ],
            options={
                "table": "escalation_rule",
                "app": "models",
                "unique_together": (("code", "valid_from"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="Ticket", name="escalated_to", field=ArrayField(db_default=[], element_type="INT")),
    ]
