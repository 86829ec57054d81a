"""When offices work, and the times that each kind of report is allowed; both change by decree."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass


class DayKind(StrEnum):
    """Libur nasional, cuti bersama (joint leave of the civil service), and what else differs from its weekday.

    WORKING: worked, though it would be off.
    """

    HOLIDAY = "HOLIDAY"
    JOINT_LEAVE = "JOINT_LEAVE"
    ELECTION = "ELECTION"
    LOCAL = "LOCAL"
    WORKING = "WORKING"


class DayOrigin(StrEnum):
    """Who says so of days, weeks and policies.

    A newer library replaces what a library said, a folder what it said; a decree stands.
    """

    LIBRARY = "LIBRARY"
    FOLDER = "FOLDER"
    DECREE = "DECREE"


class CalendarDay(Model):
    """A day that differs from its weekday; source is the decree or the library that says so.

    estimated: not announced yet. Without a calendar_code it is for every calendar that rests on days off.
    """

    id = fields.IntField(primary_key=True)
    day = fields.DateField()
    kind = fields.CharEnumField(DayKind, max_length=16)
    name = fields.CharField(max_length=200)
    source = fields.CharField(max_length=300)
    estimated = fields.BooleanField(db_default=False)
    calendar_code = fields.CharField(max_length=64, null=True)
    origin = fields.CharEnumField(DayOrigin, max_length=8, db_default=DayOrigin.LIBRARY)

    class Meta:
        table = "calendar_day"


class WithdrawnDay(Model):
    """A day off that a decree took away: neither library nor folder brings it back."""

    day = fields.DateField(primary_key=True)
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "withdrawn_day"


class WorkCalendar(Model):
    """The calendar of the desk, or of some agencies; always: it works on days off too."""

    code = fields.CharField(primary_key=True, max_length=64)
    name = fields.CharField(max_length=200)
    always = fields.BooleanField()
    desk = fields.BooleanField()
    agency_codes: fields.Field[list[str]] = fields.JSONField()

    class Meta:
        table = "work_calendar"


class OfficeWeek(Model):
    """The office hours of a calendar from one day on, to another one or until the next week begins.

    windows are triples of weekday (1 is Monday), opening and closing, as `[1, "07:30", "12:00"]`.
    """

    id = fields.IntField(primary_key=True)
    calendar_code = fields.CharField(max_length=64)
    name = fields.CharField(max_length=200)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    windows: fields.Field[list[tuple[int, str, str]]] = fields.JSONField()
    legal_basis = fields.CharField(max_length=300)
    origin = fields.CharEnumField(DayOrigin, max_length=8, db_default=DayOrigin.FOLDER)

    class Meta:
        table = "office_week"
        unique_together = (("calendar_code", "valid_from"),)


class DeadlinePolicy(Model):
    """A dated row of what a clock is given; what it leaves null it does not name.

    services/deadlines/policies.py says which row counts. rests are statuses; agencies and categories are named by code.
    """

    id = fields.IntField(primary_key=True)
    code = fields.CharField(max_length=64)
    clock = fields.CharEnumField(ClockKind, max_length=16)
    classification = fields.CharEnumField(Classification, max_length=24, null=True)
    handling_class = fields.CharEnumField(HandlingClass, max_length=16, null=True)
    channel = fields.CharEnumField(Channel, max_length=16, null=True)
    agency_code = fields.CharField(max_length=64, null=True)
    category_code = fields.CharField(max_length=64, null=True)
    amount = fields.IntField()
    unit = fields.CharEnumField(DeadlineUnit, max_length=16)
    rests: fields.Field[list[str]] = fields.JSONField()
    extension = fields.IntField()
    extensions = fields.IntField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    legal_basis = fields.CharField(max_length=300)
    verified = fields.BooleanField()
    origin = fields.CharEnumField(DayOrigin, max_length=8, db_default=DayOrigin.FOLDER)

    class Meta:
        table = "deadline_policy"
        unique_together = (("code", "valid_from"),)


class DeadlineRule(Model):
    """How many working days a report of this classification may take, if received on valid_from or later.

    They are made of the policies. The release before counts its boards by them; here only those without a
    classification are read, the time for verifying that reporters are promised (docs/adr/0034).
    """

    id = fields.IntField(primary_key=True)
    classification = fields.CharEnumField(Classification, max_length=24, null=True)
    working_days = fields.IntField()
    valid_from = fields.DateField()
    legal_basis = fields.CharField(max_length=300)

    class Meta:
        table = "deadline_rule"
        unique_together = (("classification", "valid_from"),)
