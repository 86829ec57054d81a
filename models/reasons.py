"""Which reasons a city offers, how long is held, and what reporters are promised: dated rows of the city's folder."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import ReasonList


class ReasonRule(Model):
    """The codes that a list offers from valid_from on, in the order in which people read them, until its next row."""

    id = fields.IntField(primary_key=True)
    list_name = fields.CharEnumField(ReasonList, max_length=24)
    codes: fields.Field[tuple[str, ...]] = fields.JSONField()
    valid_from = fields.DateField()
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "reason_rule"
        unique_together = (("list_name", "valid_from"),)


class ReporterRule(Model):
    """From valid_from on until the next one: how many days reporters have to complete a report, and whom they ask.

    completion_days are calendar days; contact are words by language (`id`, `en`).
    """

    id = fields.IntField(primary_key=True)
    completion_days = fields.IntField()
    contact: fields.Field[dict[str, str]] = fields.JSONField()
    valid_from = fields.DateField(unique=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "reporter_rule"


class OverdueLimit(Model):
    """From valid_from on until the next one: above so many overdue tickets the city's board alarms."""

    id = fields.IntField(primary_key=True)
    tickets = fields.IntField()
    valid_from = fields.DateField(unique=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "overdue_limit"


class HoldRule(Model):
    """From valid_from on until the next one: the working days for which an agency may hold a ticket in all."""

    id = fields.IntField(primary_key=True)
    working_days = fields.IntField()
    valid_from = fields.DateField(unique=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "hold_rule"
