"""The working calendars and the dated rules in the database: how they are written and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlineRule, WorkCalendar
from models import OfficeWeek as WeekRow
from models.calendars import DayOrigin
from services.deadlines.calendar_book import windows_from
from services.deadlines.calendars import Calendar, OfficeWeek, SpecialDay, clock
from services.deadlines.days_off import is_library, library_days, refreshed
from services.deadlines.deadlines import Rule

FIRST_YEAR = 2014
YEARS_AHEAD = 1
Key = tuple[date, str | None]


async def sync_days(connection: BaseDBAsyncClient, today: date, decreed: Iterable[SpecialDay] = ()) -> tuple[int, int]:
    """Bring the days up to the next year to what library and folder say; what was decreed since stands.

    Gives how many rows came and how many went; a row that changed is both.
    """
    rows = {_key(row): row for row in await CalendarDay.all().using_db(connection)}
    wanted = _wanted(rows, today, decreed)
    gone = [row.id for key, row in rows.items() if wanted.get(key) != (_of_row(row), row.origin)]
    added = [
        _day_row(special, origin)
        for key, (special, origin) in wanted.items()
        if key not in rows or (special, origin) != (_of_row(rows[key]), rows[key].origin)
    ]
    await CalendarDay.filter(id__in=gone).using_db(connection).delete()
    await CalendarDay.bulk_create(added, using_db=connection)
    return len(added), len(gone)


async def sync_calendars(connection: BaseDBAsyncClient, calendars: Iterable[Calendar]) -> tuple[list[str], list[str]]:
    """Make calendars and their weeks those of the folder; gives the codes that changed, and those that went."""
    wanted = {calendar.code: calendar for calendar in calendars}
    held = await _held_calendars(connection)
    changed = [code for code in wanted if held.get(code) != wanted[code]]
    gone = [code for code in held if code not in wanted]
    for code in (*changed, *gone):
        await WeekRow.filter(calendar_code=code).using_db(connection).delete()
        await WorkCalendar.filter(code=code).using_db(connection).delete()
    await WorkCalendar.bulk_create([_calendar_row(wanted[code]) for code in changed], using_db=connection)
    weeks = [_week_row(code, week) for code in changed for week in wanted[code].weeks]
    await WeekRow.bulk_create(weeks, using_db=connection)
    return changed, gone


async def sync_rules(connection: BaseDBAsyncClient, rules: Iterable[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Make the table's rules equal to these; gives those that were added or changed, and those that went."""
    wanted = {(rule.classification, rule.valid_from): rule for rule in rules}
    rows = {(row.classification, row.valid_from): row for row in await DeadlineRule.all().using_db(connection)}
    changed = [rule for key, rule in wanted.items() if key not in rows or _rule(rows[key]) != rule]
    gone = [row for key, row in rows.items() if key not in wanted]
    for row in (*gone, *(rows[key] for key in wanted if key in rows and wanted[key] in changed)):
        await row.delete(using_db=connection)
    await DeadlineRule.bulk_create([_row(rule) for rule in changed], using_db=connection)
    return changed, [_rule(row) for row in gone]


def _wanted(
    rows: Mapping[Key, CalendarDay], today: date, decreed: Iterable[SpecialDay]
) -> dict[Key, tuple[SpecialDay, DayOrigin]]:
    """Every day with who says so: what was decreed stands, then the folder, then the library."""
    wanted = {(special.day, special.calendar_code): (special, DayOrigin.FOLDER) for special in decreed}
    wanted |= {key: (_of_row(row), row.origin) for key, row in rows.items() if _stands(row)}
    fixed = frozenset(day for day, code in wanted if code is None)
    said = [_of_row(row) for row in rows.values() if row.origin is DayOrigin.LIBRARY and not _stands(row)]
    left = {row.day for key, row in rows.items() if row.origin is DayOrigin.FOLDER and key not in wanted}
    for special in _of_library(said, today, fixed, left):
        wanted.setdefault((special.day, None), (special, DayOrigin.LIBRARY))
    return wanted


def _stands(row: CalendarDay) -> bool:
    """Whether a day was decreed; so was what a library said first and somebody gave another source by hand."""
    return row.origin is DayOrigin.DECREE or (row.origin is DayOrigin.LIBRARY and not is_library(row.source))


def _of_library(said: list[SpecialDay], today: date, fixed: frozenset[date], left: set[date]) -> Iterable[SpecialDay]:
    """The library's days of every year up to the next; left are days that a folder said and no longer does."""
    known = library_days(range(FIRST_YEAR, today.year + YEARS_AHEAD + 1))
    stored: dict[int, dict[date, SpecialDay]] = {}
    for special in said:
        stored.setdefault(special.day.year, {})[special.day] = special
    for year, days in groupby(sorted(known), key=lambda day: day.year):
        news = {day: known[day] for day in days}
        again = {day: special for day, special in news.items() if day in left}
        yield from (refreshed(stored.pop(year, {}), news, fixed) | again).values()
    for days_of_year in stored.values():  # years that this program does not look at
        yield from days_of_year.values()


async def _held_calendars(connection: BaseDBAsyncClient) -> dict[str, Calendar]:
    weeks: dict[str, list[OfficeWeek]] = {}
    for row in await WeekRow.all().using_db(connection).order_by("valid_from"):
        week = OfficeWeek(row.name, row.valid_from, row.valid_to, windows_from(row.windows), row.legal_basis)
        weeks.setdefault(row.calendar_code, []).append(week)
    return {
        row.code: Calendar(
            row.code, row.name, row.always, row.desk, tuple(row.agency_codes), tuple(weeks.get(row.code, ()))
        )
        for row in await WorkCalendar.all().using_db(connection)
    }


def _key(row: CalendarDay) -> Key:
    return row.day, row.calendar_code


def _of_row(row: CalendarDay) -> SpecialDay:
    return SpecialDay(row.day, row.kind, row.name, row.source, row.estimated, row.calendar_code)


def _day_row(special: SpecialDay, origin: DayOrigin) -> CalendarDay:
    return CalendarDay(
        day=special.day,
        kind=special.kind,
        name=special.name,
        source=special.decree,
        estimated=special.estimated,
        calendar_code=special.calendar_code,
        origin=origin,
    )


def _calendar_row(calendar: Calendar) -> WorkCalendar:
    return WorkCalendar(
        code=calendar.code,
        name=calendar.name,
        always=calendar.always,
        desk=calendar.desk,
        agency_codes=list(calendar.agency_codes),
    )


def _week_row(code: str, week: OfficeWeek) -> WeekRow:
    return WeekRow(
        calendar_code=code,
        name=week.name,
        valid_from=week.valid_from,
        valid_to=week.valid_to,
        windows=[(window.weekday, clock(window.opens), clock(window.closes)) for window in week.windows],
        legal_basis=week.legal_basis,
    )


def _rule(row: DeadlineRule) -> Rule:
    return Rule(row.classification, row.working_days, row.valid_from, row.legal_basis)


def _row(rule: Rule) -> DeadlineRule:
    return DeadlineRule(
        classification=rule.classification,
        working_days=rule.working_days,
        valid_from=rule.valid_from,
        legal_basis=rule.legal_basis,
    )
