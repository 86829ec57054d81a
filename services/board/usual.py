"""How much is usual at this hour: how many had come in by the same minute on days like this one (docs/adr/0026)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median_low

from services.deadlines.calendars import Calendar

WEEKS = 12  # how far back days are looked for; our choice
MOST_DAYS = 8  # how many of them count; our choice
LEAST_DAYS = 4  # fewer tell nothing; our choice


def weekdays_before(today: date) -> list[date]:
    """The same weekday of the last weeks, the latest first."""
    return [today - timedelta(weeks=number) for number in range(1, WEEKS + 1)]


def days_like(today: date, calendar: Calendar, since: date) -> list[date]:
    """The last same weekdays on which the desk worked if it works today, and did not if it does not."""
    works = calendar.is_working(today)
    days = (day for day in weekdays_before(today) if day >= since and calendar.is_working(day) is works)
    return list(days)[:MOST_DAYS]


def minute_of(moment: datetime) -> int:
    """The minute of the day of a moment in the desk's zone."""
    return moment.hour * 60 + moment.minute


@dataclass(slots=True)
class Arrivals:
    """The minutes at which tickets came in, on each of some days."""

    _minutes: dict[date, list[int]] = field(default_factory=dict)

    @classmethod
    def on(cls, days: Iterable[date]) -> Arrivals:
        return cls({day: [] for day in days})

    def add(self, moment: datetime, number: int) -> None:
        """Count so many tickets more, or fewer, that came in at a moment of the desk's zone."""
        minutes = self._minutes.get(moment.date())
        if minutes is None:
            return
        minute = minute_of(moment)
        for _ in range(abs(number)):
            if number > 0:
                insort(minutes, minute)
            else:
                minutes.remove(minute)

    def by_this_minute(self, now: datetime, days: list[date]) -> int | None:
        """The lower median of what had come in before this minute of those days; None where they are too few."""
        if len(days) < LEAST_DAYS:
            return None
        return median_low(bisect_left(self._minutes[day], minute_of(now)) for day in days)
