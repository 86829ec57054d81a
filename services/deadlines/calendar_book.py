"""All calendars of a desk as one value: who works by which, and which years are known (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from models.calendars import DayKind
from services.deadlines import calendars
from services.deadlines.calendars import Calendar, SpecialDay, known_until
from services.deadlines.office_weeks import OfficeWeek, OfficeWindow, minutes

WARNS_FROM = 11  # November: until then the next year's SKB is not late (by custom it comes in September or October)

WEEKS = (
    "SELECT json_agg(json_build_array(name, valid_from, valid_to, windows, legal_basis) ORDER BY valid_from) "
    "FROM office_week WHERE calendar_code = c.code"
)
CALENDARS = (
    f"SELECT json_agg(json_build_array(code, name, always, desk, agency_codes, ({WEEKS})) ORDER BY NOT desk, code) "
    "FROM work_calendar c"
)
DAYS = "SELECT json_agg(json_build_array(day, kind, name, source, estimated, calendar_code)) FROM calendar_day"
CALENDAR = f"json_build_array(({CALENDARS}), ({DAYS}))"  # as book_from reads it, in any statement


@dataclass(frozen=True, slots=True)
class CalendarBook:
    """Every working calendar; each agency works by one of them, all others by the desk's own."""

    calendars: tuple[Calendar, ...] = (Calendar(),)
    days: tuple[SpecialDay, ...] = ()
    _of_agencies: dict[str | None, Calendar] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def desk(self) -> Calendar:
        return next((each for each in self.calendars if each.desk), self.calendars[0])

    @property
    def known_until(self) -> date:
        return known_until(self.days)

    def of_agency(self, code: str | None) -> Calendar:
        """The calendar that an agency works by; None is the desk."""
        found = self._of_agencies.get(code)
        if found is None:
            found = next((each for each in self.calendars if code in each.agency_codes), self.desk)
            self._of_agencies[code] = found
        return found

    def of_year(self, year: int) -> list[SpecialDay]:
        """The days of a year that differ, by day."""
        found = (special for special in self.days if special.day.year == year)
        return sorted(found, key=lambda special: (special.day, special.calendar_code or ""))

    def is_announced(self, year: int) -> bool:
        """Whether every day off of this year is known."""
        return calendars.is_announced(self.of_year(year))

    def unknown_years(self, today: date) -> list[int]:
        """The years that should be known by now and are not: this one, and from November on the next."""
        due = [today.year, *([today.year + 1] if today.month >= WARNS_FROM else [])]
        return [year for year in due if not self.is_announced(year)]

    def missing_weeks(self, today: date) -> list[tuple[str, str, int]]:
        """Weeks of some time of every year that a known year has no row for: calendar, name in the year before, year.

        Such a week has a last day, and its name begins as in the year before: Ramadan 1447 H, Ramadan 1448 H.
        """
        years = [year for year in range(today.year, self.known_until.year + 1) if self.is_announced(year)]
        return [(each.code, name, year) for each in self.calendars for year in years for name in _missing(each, year)]


NO_BOOK = CalendarBook()


def book_of(made: Iterable[Calendar], days: Iterable[SpecialDay]) -> CalendarBook:
    """Calendars with the days that differ by each; without any calendar there is the standard one."""
    found = tuple(days)
    known = known_until(found)
    return CalendarBook(tuple(_with_days(each, found, known) for each in (tuple(made) or (Calendar(),))), found)


def book_from(read: Sequence[Any]) -> CalendarBook:
    """The same out of JSON: rows of calendars, each with its weeks, and rows of days."""
    made, days = read
    return book_of(map(_calendar, made or ()), [_special(*row) for row in days or ()])


def windows_from(rows: Iterable[Sequence[Any]]) -> tuple[OfficeWindow, ...]:
    """Office hours out of triples of weekday, opening and closing."""
    found = (OfficeWindow(weekday, minutes(opens), minutes(closes)) for weekday, opens, closes in rows)
    return tuple(sorted(found, key=lambda window: (window.weekday, window.opens)))


def _missing(calendar: Calendar, year: int) -> list[str]:
    named = {
        of: {week.name.split()[0]: week.name for week in calendar.weeks if _is_part_of(week, of)}
        for of in (year - 1, year)
    }
    return [name for word, name in named[year - 1].items() if word not in named[year]]


def _is_part_of(week: OfficeWeek, year: int) -> bool:
    """Whether this is a week of some time of a year only, and of this one."""
    return week.valid_to is not None and year in (week.valid_from.year, week.valid_to.year)


def _with_days(calendar: Calendar, days: Iterable[SpecialDay], known: date) -> Calendar:
    """A day of the calendar's own goes before one of all."""
    found = sorted((each for each in days if each.calendar_code in (None, calendar.code)), key=_own_last)
    return replace(calendar, days={each.day: each for each in found}, known_until=known)


def _own_last(special: SpecialDay) -> bool:
    return special.calendar_code is not None


def _calendar(row: Sequence[Any]) -> Calendar:
    code, name, always, desk, agency_codes, weeks = row
    return Calendar(code, name, always, desk, tuple(agency_codes), tuple(map(_week, weeks or ())))


def _week(row: Sequence[Any]) -> OfficeWeek:
    name, since, until, windows, basis = row
    return OfficeWeek(name, date.fromisoformat(since), _optional_day(until), windows_from(windows), basis)


def _special(day: str, kind: str, name: str, source: str, estimated: bool, calendar_code: str | None) -> SpecialDay:
    return SpecialDay(date.fromisoformat(day), DayKind(kind), name, source, estimated, calendar_code)


def _optional_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
