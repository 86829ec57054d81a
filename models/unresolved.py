"""Reports that could not be resolved, each time one with its evaluation; its words are texts of the ticket."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import EscalationLevel, UnresolvedCaseState
from models.tickets import Ticket


class UnresolvedCase(Model):
    """One stay of a ticket in UNRESOLVED; entered is the version with which it began."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="unresolved_cases", on_delete=fields.RESTRICT
    )
    ticket_id: int
    entered = fields.IntField()
    version = fields.IntField(db_default=1)
    state = fields.CharEnumField(UnresolvedCaseState, max_length=16)
    cause = fields.CharField(max_length=64)
    lead_agency_id = fields.IntField(null=True)  # the one that led when it began
    level = fields.CharEnumField(EscalationLevel, max_length=16, null=True)
    # Rows of ticket_text, which an erasure empties.
    decision_id = fields.BigIntField(null=True)
    recommendation_id = fields.BigIntField(null=True)
    outcome_id = fields.BigIntField(null=True)
    responsible_agency_id = fields.IntField(null=True)
    follow_up_on = fields.DateField(null=True)
    followed_up_on = fields.DateField(null=True)  # the follow-up day of which the log tells that it has come
    opened_at = fields.DatetimeField()
    evaluated_at = fields.DatetimeField(null=True)
    evaluated_by_id = fields.IntField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "unresolved_case"
        unique_together = (("ticket_id", "entered"),)


class UnresolvedFilling(Model):
    """The one row that says up to which event the log was read for cases that the writer of the event did not open."""

    id = fields.IntField(primary_key=True, generated=False)
    seq = fields.BigIntField()

    class Meta:
        table = "unresolved_filling"
