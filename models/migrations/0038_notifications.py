"""Notifications of officers: empty tables, and where the reading of the log begins. What was in the log before the first reading of it notifies nobody."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import ClockKind, NotificationKind


class Migration(migrations.Migration):
    dependencies = [("models", "0037_extensions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "officer",
                    fields.ForeignKeyField(
                        "models.Officer",
                        source_field="officer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notifications",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharEnumField(enum_type=NotificationKind, max_length=24)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("told", fields.BooleanField(db_default=False)),
                ("late", fields.BooleanField(db_default=False)),
                (
                    "ticket",
                    fields.ForeignKeyField(
                        "models.Ticket",
                        source_field="ticket_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="notifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("clock", fields.CharEnumField(null=True, enum_type=ClockKind, max_length=16)),
                ("escalation_id", fields.BigIntField(null=True)),
                ("year", fields.IntField(null=True)),
                ("tickets", ArrayField(db_default=[], element_type="BIGINT")),
                ("source_seq", fields.BigIntField(null=True)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notification",
                "app": "models",
                "unique_together": (("officer_id", "source_seq"), ("officer_id", "kind", "year")),
                "indexes": [Index(fields=["officer_id", "at", "id"]), Index(fields=["ticket_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        # What waits to be told is looked for every second, and is little.
        ops.RunSQL(
            "CREATE INDEX notification_waiting ON notification (at) WHERE NOT told",
            reverse_sql="DROP INDEX notification_waiting",
        ),
        ops.CreateModel(
            name="NotificationRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("keep_days", fields.IntField()),
                ("valid_from", fields.DateField(unique=True)),
                ("legal_basis", fields.CharField(max_length=300)),
            ],
            options={"table": "notification_rule", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationPosition",
            fields=[
                ("id", fields.IntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("seq", fields.BigIntField()),
            ],
            options={"table": "notification_position", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL("ALTER TABLE notification_position ALTER id DROP DEFAULT", reverse_sql=""),
        ops.RunSQL("INSERT INTO notification_position (id, seq) SELECT 1, seq FROM log_head", reverse_sql="SELECT 1"),
    ]
