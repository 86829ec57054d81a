"""What counts of a stretch of time: working days, days, office hours or hours (docs/adr/0027). Pure.

Everything is a whole number: days, or microseconds. The day after the start is day 1; a day counts at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.enums import UNITS_OF_DAYS, DeadlineUnit
from services.deadlines.calendars import ONE_DAY, Calendar, NoWorkingDay
from services.deadlines.lives import midnight_after
from services.deadlines.office_weeks import OfficeWindow

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND
MICROSECOND = timedelta(microseconds=1)
# Days that are looked through for one deadline; our choice: a thousand of one working day a week are 7,000.
LONGEST_COUNT = 10_000
YEAR = timedelta(days=365)


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

    def moment(self, calendar: Calendar, start: datetime, need: int) -> datetime:
        """The first moment at which so much has counted since start, if it goes on; raises NoWorkingDay.

        Days that count are found by the sums of years: a search day by day through all of them takes up to 0.2 s.
        """
        if self.unit is DeadlineUnit.HOURS:
            return start + need * MICROSECOND
        if self.unit is DeadlineUnit.WORKING_HOURS:
            return self._office_moment(calendar, start, need)
        first = max(self.day_of(start), self.first_day + ONE_DAY)
        day = self._near(start, first, need) if self.unit is DeadlineUnit.DAYS else calendar.reaching(first, need)[0]
        return midnight_after(self._near(start, day), self.zone)

    def _office_moment(self, calendar: Calendar, start: datetime, need: int) -> datetime:
        day = self.day_of(start)
        at, need = _reached(self._parts(calendar, day, start, None), need)
        if at is None:
            day, before = calendar.reaching(day + ONE_DAY, -(-need // MINUTE), minutes=True)
            at, _ = _reached(self._parts(calendar, self._near(start, day), start, None), need - before * MINUTE)
        if at is None:  # what the year says of its days is what each of them says
            raise NoWorkingDay
        return at

    def _near(self, start: datetime, day: date, number: int = 1) -> date:
        """The so-maniest day from a day on, if it lies within what is counted at all; raises NoWorkingDay."""
        if (day - self.day_of(start)).days + number > LONGEST_COUNT:
            raise NoWorkingDay
        return day + (number - 1) * ONE_DAY

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _of_day(self, calendar: Calendar, day: date, start: datetime, end: datetime) -> int:
        """The office hours of one day between two moments."""
        return sum(number for _, number in self._parts(calendar, day, start, end))

    def _parts(
        self, calendar: Calendar, day: date, start: datetime, end: datetime | None
    ) -> Iterator[tuple[datetime, int]]:
        """The ends of the office hours of one day between two moments, with what counts of each."""
        midnight = datetime.combine(day, time(), self.zone)
        for opens, closes in _within(midnight, calendar.windows(day), start, end):
            yield closes, (closes - opens) // MICROSECOND


def _reached(parts: Iterable[tuple[datetime, int]], need: int) -> tuple[datetime | None, int]:
    """When so much has counted, to the microsecond; None where it does later, and what is left then."""
    for at, number in parts:
        if number >= need:
            return at - (number - need) * MICROSECOND, 0
        need -= number
    return None, need


def _within(
    midnight: datetime, windows: tuple[OfficeWindow, ...], start: datetime, end: datetime | None
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a day's office hours that lie between two moments."""
    for window in windows:
        opens, closes = (midnight + timedelta(minutes=each) for each in (window.opens, window.closes))
        opens, closes = max(opens, start), closes if end is None else min(closes, end)
        if opens < closes:
            yield opens, closes
