"""Notifications of officers, which follow from the event log, and how far the log was read for them."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ClockKind, NotificationKind
from models.officers import Officer
from models.tickets import Ticket


class Notification(Model):
    """What one officer is told: codes, keys and times, never a word of anybody.

    at is when people hear of it, told whether they have. late: it passed while the desk or the clocks stood still, and
    becomes part of a summary, whose tickets these are, each as often as something of it passed. source_seq is the event
    that it follows from; of those without one, year tells what it is about.
    """

    id = fields.BigIntField(primary_key=True)
    officer: fields.ForeignKeyRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="notifications", on_delete=fields.CASCADE
    )
    officer_id: int
    kind = fields.CharEnumField(NotificationKind, max_length=24)
    at = fields.DatetimeField()
    told = fields.BooleanField(db_default=False)
    late = fields.BooleanField(db_default=False)
    ticket: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="notifications", null=True, on_delete=fields.RESTRICT
    )
    ticket_id: int | None
    clock = fields.CharEnumField(ClockKind, max_length=16, null=True)
    escalation_id = fields.BigIntField(null=True)
    year = fields.IntField(null=True)
    tickets: fields.Field[list[int]] = ArrayField("bigint", db_default=[])
    source_seq = fields.BigIntField(null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification"
        unique_together = (("officer_id", "source_seq"), ("officer_id", "kind", "year"))
        indexes = (Index(fields=("officer_id", "at", "id")), Index(fields=("ticket_id",)))


class NotificationRule(Model):
    """From valid_from on until the next one, notifications go after so many days (dated rows of the city's folder)."""

    id = fields.IntField(primary_key=True)
    keep_days = fields.IntField()
    valid_from = fields.DateField(unique=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "notification_rule"


class NotificationPosition(Model):
    """The one row that says up to which seq the log was read for notifications."""

    id = fields.IntField(primary_key=True, generated=False)
    seq = fields.BigIntField()

    class Meta:
        table = "notification_position"
