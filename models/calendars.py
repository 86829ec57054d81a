"""Days on which the offices are closed, and the times that each kind of report is allowed; both change by decree."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.enums import Classification


class DayKind(StrEnum):
    """Libur nasional, or cuti bersama (joint leave of the civil service)."""

    HOLIDAY = "HOLIDAY"
    JOINT_LEAVE = "JOINT_LEAVE"


class CalendarDay(Model):
    """A day off beside the weekends; source is the decree or the library that says so."""

    day = fields.DateField(primary_key=True)
    kind = fields.CharEnumField(DayKind, max_length=16)
    name = fields.CharField(max_length=200)
    source = fields.CharField(max_length=200)

    class Meta:
        table = "calendar_day"


class DeadlineRule(Model):
    """How many working days a report of this classification may take, if received on valid_from or later.

    Without a classification it is the time for verifying.
    """

    id = fields.IntField(primary_key=True)
    classification = fields.CharEnumField(Classification, max_length=24, null=True)
    working_days = fields.IntField()
    valid_from = fields.DateField()
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "deadline_rule"
        unique_together = (("classification", "valid_from"),)
