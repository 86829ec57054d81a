"""What counts of a stretch of time: working days, days, office hours or hours. Pure.

Everything is a whole number: days, or microseconds. The day after the start is day 1; a day counts at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.enums import UNITS_OF_DAYS, UNITS_OF_OFFICES, DeadlineUnit
from services.deadlines.calendars import LONGEST_SEARCH, ONE_DAY, Calendar, NoWorkingDay
from services.deadlines.lives import midnight_after
from services.deadlines.office_weeks import OfficeWindow

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND
MICROSECOND = timedelta(microseconds=1)
# Days that are looked through for one deadline; our choice: a thousand of one working day a week are 7,000.
LONGEST_COUNT = 10_000
YEAR = timedelta(days=365)
IDLE_YEARS = LONGEST_SEARCH // 365
FAR = timedelta(days=500)  # longer than the most hours that a policy and all of its extensions give: 11,000


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts one unit for a clock that started on first_day."""

    unit: DeadlineUnit
    first_day: date
    zone: ZoneInfo

    @property
    def of_days(self) -> bool:
        return self.unit in UNITS_OF_DAYS

    def whole(self, amount: int) -> int:
        """An amount of the unit in days or microseconds."""
        return amount if self.of_days else amount * HOUR

    def count(self, calendar: Calendar, start: datetime, end: datetime) -> int:
        """What counts from start to end."""
        first, last = self.day_of(start), self.day_of(end)
        if self.unit is DeadlineUnit.HOURS:
            return max(0, (end - start) // MICROSECOND)
        if self.of_days:
            first, last = max(first, self.first_day + ONE_DAY), last - ONE_DAY
            every = max(0, (last - first).days + 1)
            return every if self.unit is DeadlineUnit.DAYS else calendar.worked(first, last)[0]
        edges = sum(self._of_day(calendar, day, start, end) for day in {first, last})
        return edges + calendar.worked(first + ONE_DAY, last - ONE_DAY)[1] * MINUTE

    def moment(self, calendar: Calendar, start: datetime, end: datetime | None, need: int) -> datetime | None:
        """The first moment up to end at which so much has counted since start; None where it never does.

        Raises NoWorkingDay.
        """
        if end is not None or self.unit not in UNITS_OF_OFFICES:
            return self._found(calendar, start, end, need)
        year = midnight_after(self.day_of(start) + YEAR, self.zone)
        found = self._found(calendar, start, year, need)
        if found is None:
            begins, left = self._year_of(calendar, year, need - self.count(calendar, start, year))
            found = self._found(calendar, begins, None, left)
        return found

    def _found(self, calendar: Calendar, start: datetime, end: datetime | None, need: int) -> datetime | None:
        """The same, looked for day by day."""
        for at, number in self._parts(calendar, start, end):
            if number >= need:
                return at if self.of_days else at - (number - need) * MICROSECOND
            need -= number
        return None

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _of_day(self, calendar: Calendar, day: date, start: datetime, end: datetime) -> int:
        """The office hours of one day between two moments."""
        midnight = datetime.combine(day, time(), self.zone)
        within = _within(midnight, calendar.windows(day), start, end)
        return sum((closes - opens) // MICROSECOND for opens, closes in within)

    def _year_of(self, calendar: Calendar, start: datetime, need: int) -> tuple[datetime, int]:
        """The beginning of the year in which so much is reached, or the start itself, and what is left then.

        Whole years are taken at once: a search day by day through all of them takes 0.2 s. Raises NoWorkingDay.
        """
        first, idle, year = self.day_of(start), 0, self.day_of(start).year
        while (counted := self.count(calendar, start, ends := midnight_after(date(year, 12, 31), self.zone))) < need:
            start, need, year, idle = ends, need - counted, year + 1, 0 if counted else idle + 1
            if idle > IDLE_YEARS or (date(year, 1, 1) - first).days > LONGEST_COUNT:
                raise NoWorkingDay
        return start, need

    def _parts(self, calendar: Calendar, start: datetime, end: datetime | None) -> Iterator[tuple[datetime, int]]:
        """Moments with what has counted since the one before."""
        if self.unit is DeadlineUnit.HOURS:
            return _hours(start, end)
        if self.unit is DeadlineUnit.WORKING_HOURS:
            return self._office_hours(calendar, start, end)
        return self._days(calendar.is_working if self.unit is DeadlineUnit.WORKING_DAYS else _every, start, end)

    def _days(
        self, counts: Callable[[date], bool], start: datetime, end: datetime | None
    ) -> Iterator[tuple[datetime, int]]:
        idle = 0
        for day in _days_from(self.day_of(start)):
            ends = midnight_after(day, self.zone)
            if end is not None and ends > end:
                return
            if ends > start and day > self.first_day and counts(day):
                yield ends, 1
                idle = 0
            idle = _idle(idle)

    def _office_hours(
        self, calendar: Calendar, start: datetime, end: datetime | None
    ) -> Iterator[tuple[datetime, int]]:
        idle = 0
        for day in _days_from(self.day_of(start)):
            midnight = datetime.combine(day, time(), self.zone)
            if end is not None and midnight >= end:
                return
            for opens, closes in _within(midnight, calendar.windows(day), start, end):
                yield closes, (closes - opens) // MICROSECOND
                idle = 0
            idle = _idle(idle)


def _hours(start: datetime, end: datetime | None) -> Iterator[tuple[datetime, int]]:
    closes = end or start + FAR
    if closes > start:
        yield closes, (closes - start) // MICROSECOND


def _within(
    midnight: datetime, windows: tuple[OfficeWindow, ...], start: datetime, end: datetime | None
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a day's office hours that lie between two moments."""
    for window in windows:
        opens, closes = (midnight + timedelta(minutes=each) for each in (window.opens, window.closes))
        opens, closes = max(opens, start), closes if end is None else min(closes, end)
        if opens < closes:
            yield opens, closes


def _days_from(first: date) -> Iterator[date]:
    """A day and those after it; raises NoWorkingDay, as minutes a week would be added up for a thousand years."""
    for number in range(LONGEST_COUNT):
        yield first + number * ONE_DAY
    raise NoWorkingDay


def _every(_: date) -> bool:
    return True


def _idle(idle: int) -> int:
    """How many days nothing has counted by now; raises NoWorkingDay where that never ends."""
    if idle > LONGEST_SEARCH:
        raise NoWorkingDay
    return idle + 1
