"""How much of a clock's life has counted by a moment, and when an amount will have counted (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import Calendar
from services.deadlines.lives import Stretch, midnight_after
from services.deadlines.units import MICROSECOND, SECOND, Counter


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one life of a clock is counted with."""

    counter: Counter
    book: CalendarBook
    total: int

    def used(self, stretches: Iterable[Stretch], until: datetime) -> int:
        """What has counted up to a moment, without bound."""
        return sum(self.counted(each, until) for each in stretches)

    def counted(self, stretch: Stretch, until: datetime) -> int:
        """What counts of one stretch up to a moment."""
        end = until if stretch.end is None else min(stretch.end, until)
        if not stretch.runs or end <= stretch.start:
            return 0
        return self.counter.count(self.book.of_agency(stretch.agency_code), stretch.start, end)

    def reached(self, stretches: Iterable[Stretch], need: int) -> tuple[datetime, Stretch] | None:
        """When so much has counted, and in which stretch; None where the clock rests before. Raises NoWorkingDay."""
        for stretch in stretches:
            if not stretch.runs:
                continue
            calendar = self.book.of_agency(stretch.agency_code)
            start, end = stretch.start, stretch.end
            counted = 0 if end is None else self.counter.count(calendar, start, end)
            if end is None or counted >= need:
                return self.counter.moment(calendar, start, need), stretch
            need -= counted
        return None

    def due(self, stretches: Iterable[Stretch]) -> datetime | None:
        found = self.reached(stretches, self.total)
        return None if found is None else found[0]

    def due_soon(self, stretches: Sequence[Stretch], due: tuple[datetime, Stretch], started_at: datetime) -> datetime:
        """From when the last day is today or the next working day, or at most a third of the hours is left."""
        if not self.counter.of_days:
            found = self.reached(stretches, self.total - self.total // 3)
            return due[0] if found is None else found[0]
        day = self.counter.day_of(due[0] - MICROSECOND)
        before = self.book.of_agency(due[1].agency_code).before(day)
        return max(datetime.combine(before, time(), self.counter.zone), started_at)

    def shown(self, number: int) -> int:
        """Days, or whole seconds."""
        return number if self.counter.of_days else number // SECOND

    def over(self, stretch: Stretch, due: datetime, at: datetime) -> int:
        """Days or seconds that a stop came too late, at least 1: a day that has begun is one."""
        calendar = self.calendar_of(stretch)
        if not self.counter.of_days:
            return max(1, self.counter.count(calendar, due, at) // SECOND)
        last_day = self.counter.day_of(due - MICROSECOND)
        counter = Counter(self.counter.unit, last_day, self.counter.zone)
        return max(1, counter.count(calendar, due, midnight_after(counter.day_of(at), counter.zone)))

    def calendar_of(self, stretch: Stretch) -> Calendar:
        """By which calendar a stretch is counted."""
        return self.book.of_agency(stretch.agency_code)

    def holder_on(self, stretches: Sequence[Stretch], day: date) -> Stretch:
        """The stretch in which a day ends."""
        ends = midnight_after(day, self.counter.zone)
        begun = [each for each in stretches if each.start < ends]
        return begun[-1] if begun else stretches[0]
