"""The working calendars and the dated rules in the database: how they are written and read (docs/adr/0027, 0035)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import CalendarDay, DeadlineRule, WithdrawnDay, WorkCalendar
from models import OfficeWeek as WeekRow
from models.calendars import DayOrigin
from services.deadlines.calendar_book import windows_from
from services.deadlines.calendars import STANDARD_CODE, Calendar, SpecialDay
from services.deadlines.days_off import is_library, library_days, refreshed
from services.deadlines.deadlines import DatedRule
from services.deadlines.office_weeks import OfficeWeek, clock, gives_way

FIRST_YEAR = 2014  # our choice: the oldest rules of a folder begin in this year
YEARS_AHEAD = 1  # days off are announced for the next year at most
Key = tuple[date, str | None]


async def sync_days(connection: BaseDBAsyncClient, today: date, decreed: Iterable[SpecialDay] = ()) -> tuple[int, int]:
    """Update the days up to the next year to what library and folder say; what was decreed since stands.

    Gives how many rows came and how many went; a row that changed is both.
    """
    rows = {_key(row): row for row in await CalendarDay.all().using_db(connection)}
    withdrawn = {row.day for row in await WithdrawnDay.all().using_db(connection)}
    wanted = {
        key: found
        for key, found in _wanted(rows, today, decreed).items()
        if key[0] not in withdrawn or found[1] is DayOrigin.DECREE
    }
    gone = [row.id for key, row in rows.items() if wanted.get(key) != (_of_row(row), row.origin)]
    added = [
        day_row(special, origin)
        for key, (special, origin) in wanted.items()
        if key not in rows or (special, origin) != (_of_row(rows[key]), rows[key].origin)
    ]
    await CalendarDay.filter(id__in=gone).using_db(connection).delete()
    await CalendarDay.bulk_create(added, using_db=connection)
    return len(added), len(gone)


async def sync_calendars(connection: BaseDBAsyncClient, calendars: Iterable[Calendar]) -> tuple[list[str], list[str]]:
    """Make calendars and their weeks those of the folder; gives the codes that changed, and those that went.

    Weeks that were decreed stand, and those of the folder give way to them.
    """
    decreed = await decreed_weeks(connection)
    wanted = {calendar.code: _beside(calendar, decreed.get(calendar.code, ())) for calendar in calendars}
    held = await _held_calendars(connection)
    changed = [code for code in wanted if held.get(code) != wanted[code]]
    # A city without a calendar of its own may have decreed weeks of the standard one.
    gone = [code for code in held if code not in wanted and (wanted or code != STANDARD_CODE)]
    for code in changed:
        await WeekRow.filter(calendar_code=code, origin=DayOrigin.FOLDER).using_db(connection).delete()
    await WeekRow.filter(calendar_code__in=gone).using_db(connection).delete()
    await WorkCalendar.filter(code__in=[*changed, *gone]).using_db(connection).delete()
    await WorkCalendar.bulk_create([calendar_row(wanted[code]) for code in changed], using_db=connection)
    weeks = [
        week_row(code, week) for code in changed for week in wanted[code].weeks if week not in decreed.get(code, ())
    ]
    await WeekRow.bulk_create(weeks, using_db=connection)
    return changed, gone


async def sync_rules(
    connection: BaseDBAsyncClient, rules: Iterable[DatedRule]
) -> tuple[list[DatedRule], list[DatedRule]]:
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


def _beside(calendar: Calendar, decreed: Sequence[OfficeWeek]) -> Calendar:
    """A calendar of the folder with the weeks that were decreed since."""
    kept = [week for week in calendar.weeks if not any(gives_way(week, each) for each in decreed)]
    return replace(calendar, weeks=tuple(sorted([*kept, *decreed], key=lambda week: week.valid_from)))


async def decreed_weeks(connection: BaseDBAsyncClient) -> dict[str, list[OfficeWeek]]:
    """The weeks that somebody decreed, by the code of their calendar."""
    return await _weeks_of(connection, origin=DayOrigin.DECREE)


async def _weeks_of(connection: BaseDBAsyncClient, **narrowed: Any) -> dict[str, list[OfficeWeek]]:
    """The weeks that stand, by the code of their calendar."""
    weeks: dict[str, list[OfficeWeek]] = {}
    for row in await WeekRow.filter(**narrowed).using_db(connection).order_by("valid_from"):
        week = OfficeWeek(row.name, row.valid_from, row.valid_to, windows_from(row.windows), row.legal_basis)
        weeks.setdefault(row.calendar_code, []).append(week)
    return weeks


async def _held_calendars(connection: BaseDBAsyncClient) -> dict[str, Calendar]:
    weeks = await _weeks_of(connection)
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


def day_row(special: SpecialDay, origin: DayOrigin) -> CalendarDay:
    return CalendarDay(
        day=special.day,
        kind=special.kind,
        name=special.name,
        source=special.decree,
        estimated=special.estimated,
        calendar_code=special.calendar_code,
        origin=origin,
    )


def calendar_row(calendar: Calendar) -> WorkCalendar:
    return WorkCalendar(
        code=calendar.code,
        name=calendar.name,
        always=calendar.always,
        desk=calendar.desk,
        agency_codes=list(calendar.agency_codes),
    )


def week_row(code: str, week: OfficeWeek, origin: DayOrigin = DayOrigin.FOLDER) -> WeekRow:
    return WeekRow(
        calendar_code=code,
        name=week.name,
        valid_from=week.valid_from,
        valid_to=week.valid_to,
        windows=[(window.weekday, clock(window.opens), clock(window.closes)) for window in week.windows],
        legal_basis=week.legal_basis,
        origin=origin,
    )


def _rule(row: DeadlineRule) -> DatedRule:
    return DatedRule(row.classification, row.working_days, row.valid_from, row.legal_basis)


def _row(rule: DatedRule) -> DeadlineRule:
    return DeadlineRule(
        classification=rule.classification,
        working_days=rule.working_days,
        valid_from=rule.valid_from,
        legal_basis=rule.legal_basis,
    )
