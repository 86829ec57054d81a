"""The ladder of escalation: its dated rungs, what was taken upwards, and what reporters say to Ombudsman."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, OmbudsmanConsent
from models.events import TicketText
from models.officers import Officer
from models.tickets import Ticket


class EscalationRule(Model):
    """A dated rung; services/deadlines/escalation says when it is reached. Its statuses are words of the contract."""

    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=64)
    clock = fields.CharEnumField(ClockKind, max_length=16)
    level = fields.CharEnumField(EscalationLevel, max_length=16)
    amount = fields.IntField()
    unit = fields.CharEnumField(DeadlineUnit, max_length=16)
    from_start = fields.BooleanField()
    statuses: fields.Field[list[str]] = fields.JSONField()
    at_once = fields.BooleanField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    legal_basis = fields.CharField(max_length=300)
    verified = fields.BooleanField()

    class Meta:
        table = "escalation_rule"
        unique_together = (("code", "valid_from"),)


class Escalation(Model):
    """A rung that was reached, or a ticket that somebody took upwards.

    A rung holds the rule as it was then, as rows of rules may change, and the start of the clock's life, in which it is
    reached once; by hand there is none of these. notified are officers. Its words are erasable texts.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="escalations", on_delete=fields.RESTRICT
    )
    ticket_id: int
    level = fields.CharEnumField(EscalationLevel, max_length=16)
    at = fields.DatetimeField()
    rule_code = fields.CharField(max_length=64, null=True)
    rule: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    life_at = fields.DatetimeField(null=True)
    at_once = fields.BooleanField()
    notified: fields.Field[list[int]] = ArrayField("int")
    raised_by: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="raised_escalations", null=True, on_delete=fields.RESTRICT
    )
    raised_by_id: int | None
    reason: fields.ForeignKeyNullableRelation[TicketText] = fields.ForeignKeyField(
        "models.TicketText", related_name="escalation_reasons", null=True, on_delete=fields.RESTRICT
    )
    reason_id: int | None
    acknowledged_by: fields.ForeignKeyNullableRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="acknowledged_escalations", null=True, on_delete=fields.RESTRICT
    )
    acknowledged_by_id: int | None
    acknowledged_at = fields.DatetimeField(null=True)
    note: fields.ForeignKeyNullableRelation[TicketText] = fields.ForeignKeyField(
        "models.TicketText", related_name="escalation_notes", null=True, on_delete=fields.RESTRICT
    )
    note_id: int | None

    class Meta:
        table = "escalation"
        unique_together = (("ticket_id", "rule_code", "life_at"),)
        indexes = (Index(fields=("ticket_id", "at", "id")),)


class ConsentEntry(Model):
    """What a reporter said when they were asked whether Ombudsman may take the case over; the latest one counts."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="consents", on_delete=fields.RESTRICT
    )
    ticket_id: int
    consent = fields.CharEnumField(OmbudsmanConsent, max_length=8)
    at = fields.DatetimeField()
    recorded_by: fields.ForeignKeyRelation[Officer] = fields.ForeignKeyField(
        "models.Officer", related_name="recorded_consents", on_delete=fields.RESTRICT
    )
    recorded_by_id: int

    class Meta:
        table = "ombudsman_consent"
        indexes = (Index(fields=("ticket_id", "id")),)
