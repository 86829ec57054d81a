"""A deadline day by day: what counted on each day, or why nothing did (docs/adr/0027). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.enums import TicketStatus
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import ONE_DAY, Calendar, SpecialDay
from services.deadlines.lives import midnight_after
from services.deadlines.readings import Reading, Segment
from services.deadlines.units import MICROSECOND, SECOND, Counter


class Why(StrEnum):
    """Why a day counts as it does. START: the day on which the clock starts, after which day 1 comes."""

    COUNTED = "COUNTED"
    START = "START"
    RESTS = "RESTS"
    WEEKDAY_OFF = "WEEKDAY_OFF"
    DAY_OFF = "DAY_OFF"
    OUTSIDE = "OUTSIDE"


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day: what counted on it and up to its end, days or seconds; status and agency as the day ended."""

    day: date
    why: Why
    counted: int
    so_far: int
    status: TicketStatus
    agency_code: str | None
    special: SpecialDay | None


def day_lines(reading: Reading, book: CalendarBook, zone: ZoneInfo) -> Iterator[DayLine]:
    """Every day from the start to the end of the segments; what counted adds up to what they hold."""
    if not reading.segments:
        return
    counter = Counter(reading.policy.unit, reading.started_at.astimezone(zone).date(), zone)
    last = counter.day_of(reading.segments[-1].end - MICROSECOND)
    day, total = counter.first_day, 0
    while day <= last:
        segment = _last_of(reading.segments, day, zone)
        before, total = total, total + _counted(reading.segments, counter, book, day)
        calendar = book.of_agency(segment.agency_code)
        number = total - before if counter.of_days else total // SECOND - before // SECOND
        why = _why(counter, calendar, segment, day, number)
        special = calendar.day_off(day)
        so_far = total if counter.of_days else total // SECOND
        yield DayLine(day, why, number, so_far, segment.status, segment.agency_code, special)
        day += ONE_DAY


def _last_of(segments: Sequence[Segment], day: date, zone: ZoneInfo) -> Segment:
    """The segment in which a day ends."""
    ends = midnight_after(day, zone)
    begun = [each for each in segments if each.start < ends]
    return begun[-1] if begun else segments[0]


def _counted(segments: Sequence[Segment], counter: Counter, book: CalendarBook, day: date) -> int:
    """Days or microseconds of one day."""
    begins, ends = datetime.combine(day, time(), counter.zone), midnight_after(day, counter.zone)
    parts = ((each, max(each.start, begins), min(each.end, ends)) for each in segments if each.running)
    return sum(counter.count(book.of_agency(each.agency_code), start, end) for each, start, end in parts if start < end)


def _why(counter: Counter, calendar: Calendar, segment: Segment, day: date, counted: int) -> Why:
    if counted:
        return Why.COUNTED
    if counter.of_days and day == counter.first_day:
        return Why.START
    if not segment.running:
        return Why.RESTS
    if calendar.day_off(day) is not None:
        return Why.DAY_OFF
    return Why.OUTSIDE if calendar.is_working(day) else Why.WEEKDAY_OFF
