"""Working calendars, as clients see them."""

from __future__ import annotations

from datetime import date
from typing import cast

import strawberry

from models.calendars import DayKind
from schema.master_data.agencies import Agency
from services.core.reference import Reference
from services.deadlines import calendars, office_weeks


@strawberry.type(description="A day that differs from its weekday.")
class CalendarDay:
    day: date
    kind: DayKind
    name: str
    decree: str = strawberry.field(
        description="SK, Keppres or SKB with number; of the library where nothing was decreed yet."
    )
    estimated: bool = strawberry.field(description="perkiraan: not announced yet")
    calendar_code: str | None = strawberry.field(description="Null: for all calendars that rest on days off.")


@strawberry.type(description="One stretch of office time; a day may have several, and a weekday without any is off.")
class OfficeWindow:
    weekday: int = strawberry.field(description="1 is Monday.")
    opens: str = strawberry.field(description="HH:MM (WIB).")
    closes: str = strawberry.field(description="HH:MM, up to 24:00.")


@strawberry.type(description="Jam kerja of some weeks or months.")
class OfficeWeek:
    name: str
    valid_from: date
    valid_to: date | None = strawberry.field(description="The last day; null: until another one begins.")
    windows: list[OfficeWindow]
    decree: str


@strawberry.type(description="Kalender kerja of the desk or of some agencies.")
class WorkCalendar:
    code: str
    name: str
    always: bool = strawberry.field(description="Whether it works on days off too.")
    weeks: list[OfficeWeek] = strawberry.field(
        description="Those that apply, the latest first, e.g. the week of Ramadan while it lasts."
    )
    agencies: list[Agency] = strawberry.field(description="Agencies that work by it; the desk's own is for all others.")
    known_until: date = strawberry.field(description="The last day for which every day off was announced.")


def day_shown(special: calendars.SpecialDay) -> CalendarDay:
    return CalendarDay(
        day=special.day,
        kind=special.kind,
        name=special.name,
        decree=special.decree,
        estimated=special.estimated,
        calendar_code=special.calendar_code,
    )


def calendars_shown(reference: Reference, today: date) -> list[WorkCalendar]:
    """Every calendar with the weeks that apply today."""
    return [_calendar(each, reference, today) for each in reference.calendar.calendars]


def _calendar(calendar: calendars.Calendar, reference: Reference, today: date) -> WorkCalendar:
    codes = reference.agency_codes
    agencies = [codes[code] for code in calendar.agency_codes if code in codes]
    return WorkCalendar(
        code=calendar.code,
        name=calendar.name,
        always=calendar.always,
        weeks=[_week(week) for week in calendar.weeks_on(today)],
        agencies=cast("list[Agency]", agencies),
        known_until=calendar.known_until,
    )


def _week(week: office_weeks.OfficeWeek) -> OfficeWeek:
    windows = [
        OfficeWindow(weekday=each.weekday, opens=office_weeks.clock(each.opens), closes=office_weeks.clock(each.closes))
        for each in week.windows
    ]
    return OfficeWeek(
        name=week.name,
        valid_from=week.valid_from,
        valid_to=week.valid_to,
        windows=windows,
        decree=week.legal_basis,
    )
