"""Working calendars: office hours of weeks and months, and the days that differ from their weekday. Pure.

Source: docs/adr/0027.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta

from models.calendars import DayKind
from services.deadlines.office_weeks import STANDARD_WEEK, OfficeWeek, OfficeWindow, begins

ONE_DAY = timedelta(days=1)
LONGEST_SEARCH = 4_000  # days; our choice: beyond eleven years without a day at work there is none
IDLE_YEARS = LONGEST_SEARCH // 365
LONGEST_YEARS = 30  # more than the longest count has


class NoWorkingDay(Exception):
    """A calendar by which nobody works for years: nothing can be counted with it."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that differs from its weekday; estimated: not announced yet. decree may be the library that says so."""

    day: date
    kind: DayKind
    name: str
    decree: str
    estimated: bool = False
    calendar_code: str | None = None


STANDARD_CODE = "STANDARD"


@dataclass(frozen=True, slots=True)
class Year:
    """How many working days and office minutes a year has up to the end of each of its days; the first are 0."""

    days: tuple[int, ...]
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the desk or some agencies work. days are those that differ, of this calendar and of all.

    always: it works on days off too, unless a day off is its own.
    """

    code: str = STANDARD_CODE
    name: str = "Senin sampai Jumat"
    always: bool = False
    desk: bool = True
    agency_codes: tuple[str, ...] = ()
    weeks: tuple[OfficeWeek, ...] = (STANDARD_WEEK,)
    days: Mapping[date, SpecialDay] = field(default_factory=dict, hash=False)
    known_until: date = date.min
    _years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)  # reckoned once

    def week_of(self, day: date) -> OfficeWeek:
        """The week that holds on this day: of several the one that began last; before the first one, the first."""
        held = [week for week in self.weeks if week.holds_on(day)]
        return max(held, key=begins, default=None) or min(self.weeks, key=begins)

    def weeks_on(self, day: date) -> list[OfficeWeek]:
        """The weeks that hold on this day, the latest first."""
        found = [week for week in self.weeks if week.holds_on(day)]
        return sorted(found or [self.week_of(day)], key=begins, reverse=True)

    def windows(self, day: date) -> tuple[OfficeWindow, ...]:
        """The office hours of this day in their order; none where it is off."""
        special = self.special(day)
        if special is not None and special.kind is not DayKind.WORKING:
            return ()
        usual = self.usual_windows(day)
        # A day that is worked though its weekday is off has the hours of the first weekday that has some (our choice).
        return usual or (self._first_windows(day) if special is not None else ())

    def usual_windows(self, day: date) -> tuple[OfficeWindow, ...]:
        """The office hours of this day's weekday, whatever is special about the day."""
        return self.week_of(day).of_weekday(day.isoweekday())

    def special(self, day: date) -> SpecialDay | None:
        """What makes this day differ by this calendar; None where nothing does."""
        found = self.days.get(day)
        if found is None or (self.always and found.calendar_code is None):
            return None
        return found

    def day_off(self, day: date) -> SpecialDay | None:
        """Why this day is off though its weekday would be worked; None where it is not so."""
        found = self.special(day)
        is_off = found is not None and found.kind is not DayKind.WORKING
        return found if is_off and self.usual_windows(day) else None

    def is_working(self, day: date) -> bool:
        number, days = _day_of_year(day), self._year(day.year).days
        return days[number] > days[number - 1]

    def worked(self, first: date, last: date) -> tuple[int, int]:
        """Working days and office minutes from one day to another, both included."""
        if last < first:
            return 0, 0
        if first.year == last.year:
            return self._of_year(first.year, first, last)
        found = [self._of_year(year, first, last) for year in range(first.year, last.year + 1)]
        return sum(days for days, _ in found), sum(minutes for _, minutes in found)

    def reaching(self, first: date, need: int, *, minutes: bool = False) -> tuple[date, int]:
        """The day on which so many working days, or office minutes, from a day on are full, and how many were before.

        Raises NoWorkingDay.
        """
        number, before, idle = _day_of_year(first), 0, 0
        for year in range(first.year, min(first.year + LONGEST_YEARS, MAXYEAR)):
            made = self._year(year)
            sums = made.minutes if minutes else made.days
            wanted = need - before + sums[number - 1]
            if sums[-1] >= wanted:
                found = bisect_left(sums, wanted, lo=number)
                return date(year, 1, 1) + (found - 1) * ONE_DAY, before + sums[found - 1] - sums[number - 1]
            idle = 0 if sums[-1] else idle + 1
            if idle > IDLE_YEARS:
                break
            number, before = 1, before + sums[-1] - sums[number - 1]
        raise NoWorkingDay

    def after(self, day: date, working_days: int) -> date:
        """The day on which so many working days after this one have passed; raises NoWorkingDay."""
        idle = 0
        while working_days > 0:
            day += ONE_DAY
            worked = self.is_working(day)
            working_days -= worked
            idle = _idle(idle, worked=worked)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days come after the first day, up to the last one; negative where that is the earlier."""
        if last < first:
            return -self.between(last, first)
        return self.worked(first + ONE_DAY, last)[0]

    def before(self, day: date) -> date:
        """The latest working day before this one; raises NoWorkingDay."""
        idle, day = 0, day - ONE_DAY
        while not self.is_working(day):
            idle, day = _idle(idle, worked=False), day - ONE_DAY
        return day

    def _of_year(self, year: int, first: date, last: date) -> tuple[int, int]:
        """The part of a year that lies between two days."""
        before = _day_of_year(first) - 1 if first.year == year else 0
        upto = _day_of_year(last) if last.year == year else -1
        made = self._year(year)
        return made.days[upto] - made.days[before], made.minutes[upto] - made.minutes[before]

    def _year(self, year: int) -> Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = _reckoned(self, year)
        return found

    def _first_windows(self, day: date) -> tuple[OfficeWindow, ...]:
        week = self.week_of(day)
        first = min((window.weekday for window in week.windows), default=0)
        return week.of_weekday(first)


def _reckoned(calendar: Calendar, year: int) -> Year:
    first, days, minutes = date(year, 1, 1), [0], [0]
    for number in range((date(year, 12, 31) - first).days + 1):
        windows = calendar.windows(first + number * ONE_DAY)
        days.append(days[-1] + bool(windows))
        minutes.append(minutes[-1] + sum(window.closes - window.opens for window in windows))
    return Year(tuple(days), tuple(minutes))


def _day_of_year(day: date) -> int:
    """The number of a day in its year, from 1."""
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


def _idle(idle: int, *, worked: bool) -> int:
    """How many days nobody works by now; raises NoWorkingDay where that never ends."""
    if not worked and idle >= LONGEST_SEARCH:
        raise NoWorkingDay
    return 0 if worked else idle + 1


def calendar_of(days_off: Iterable[date]) -> Calendar:
    """Monday to Friday without these days."""
    return Calendar(days={day: SpecialDay(day, DayKind.HOLIDAY, "", "") for day in days_off})


def is_announced(days: Iterable[SpecialDay]) -> bool:
    """Whether these are all days off of a year: cuti bersama comes with libur nasional, by one SKB (S52, S53)."""
    kinds = [(day.kind, day.estimated) for day in days if day.calendar_code is None]
    return any(kind is DayKind.JOINT_LEAVE for kind, _ in kinds) and not any(estimated for _, estimated in kinds)


def known_until(days: Iterable[SpecialDay]) -> date:
    """The last day of the last year whose days off are all announced; the first of all days where none is."""
    years: dict[int, list[SpecialDay]] = {}
    for day in days:
        years.setdefault(day.day.year, []).append(day)
    announced = [year for year, found in years.items() if is_announced(found)]
    return date(max(announced), 12, 31) if announced else date.min
