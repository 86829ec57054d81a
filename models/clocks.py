"""The clocks of tickets as they stand: what is counted from the log, kept so that lists and jobs find it."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.enums import ClockKind, ClockState, DeadlineStanding
from models.tickets import Ticket


class TicketClock(Model):
    """One clock of a ticket. used is in days or seconds, extension in units of its policy.

    next_at: when something of it passes next: it is due soon or due, a hold ends, a later rung is reached; None for
    never. verdicts are kept as they were given, each as services/deadlines/stored/keeping.py writes it.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="clocks", on_delete=fields.CASCADE
    )
    ticket_id: int
    clock = fields.CharEnumField(ClockKind, max_length=16)
    state = fields.CharEnumField(ClockState, max_length=8)
    standing = fields.CharEnumField(DeadlineStanding, max_length=16)
    started_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    due_soon_at = fields.DatetimeField(null=True)
    used = fields.BigIntField()
    extension = fields.IntField(db_default=0)
    policy_code = fields.CharField(max_length=64)
    rules_version = fields.IntField()
    verdicts: fields.Field[list[dict[str, Any]]] = fields.JSONField(db_default=[])
    next_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ticket_clock"
        unique_together = (("ticket_id", "clock"),)
