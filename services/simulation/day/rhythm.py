"""When things happen: how many reports a day has, at which hours, and when offices are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import Channel
from services.deadlines.days_off import library_days
from services.simulation.day.weights import Weighted, weighted

HOURS = 24


class Load(StrEnum):
    """How much happens on a day: quiet as most days are, or busy ("hari sibuk") for show."""

    QUIET = "quiet"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The hours of citizens and of offices; hours are those of the city's clocks."""

    reports: Mapping[Load, tuple[int, int]]
    weekdays: tuple[float, ...]
    hours: Weighted[int]
    rhythms: Mapping[str, tuple[float, ...]]
    in_office_hours: frozenset[Channel]
    office: tuple[int, int]
    round_the_clock: frozenset[str]

    def least(self, load: Load) -> int:
        """At least so many reports come in on the quietest day of a week."""
        return round(self.reports[load][0] * min(self.weekdays))

    def count(self, rng: Random, day: date, load: Load) -> int:
        """How many reports come in on a day."""
        least, most = self.reports[load]
        return round(rng.randint(least, most) * min(1.0, self.weekdays[day.weekday()]))

    def passed(self, local: datetime) -> float:
        """Which part of a day's reports has come in by this moment of the city's clocks, by whole hours."""
        return self.hours.bounds[local.hour] / self.hours.bounds[-1]

    def moments(self, rng: Random, now: datetime, days: int, load: Load, zone: ZoneInfo) -> list[datetime]:
        """When reports came in on the past days, in order: so many whole days, and of today what is over."""
        today = now.astimezone(zone).date()
        found = []
        for ago in range(days + 1):
            day = today - timedelta(days=ago)
            found += [self.moment(rng, day, zone) for _ in range(self.count(rng, day, load))]
        since = now - timedelta(days=days)
        return sorted(moment for moment in found if since <= moment <= now)

    def spread(self, rng: Random, now: datetime, days: int, tickets: int, zone: ZoneInfo) -> list[datetime]:
        """So many moments of the past days, in order, heavier on working days."""
        today = now.astimezone(zone).date()
        every = [today - timedelta(days=ago) for ago in range(1, days)]
        bounds = weighted({day: self.weekdays[day.weekday()] for day in every})
        return sorted(self.moment(rng, bounds.draw(rng), zone) for _ in range(tickets))

    def moment(self, rng: Random, day: date, zone: ZoneInfo) -> datetime:
        """Some moment of a day, by the hours in which people write."""
        start = datetime.combine(day, time(self.hours.draw(rng)), zone)
        return (start + timedelta(milliseconds=rng.randrange(3_600_000))).astimezone(UTC)

    def factor(self, channel: Channel, hours: str | None, local: datetime) -> float:
        """By how much more or less a case comes in through this channel now."""
        if channel in self.in_office_hours and not self.is_open(local):
            return 0.0
        return 1.0 if hours is None else self.rhythms[hours][local.hour]

    def is_open(self, local: datetime) -> bool:
        """Whether offices are open; the moment is in the city's zone."""
        return is_working_day(local.date()) and self.office[0] <= local.hour < self.office[1]

    def office_time(self, rng: Random, moment: datetime, zone: ZoneInfo) -> datetime:
        """The moment itself while offices are open, else some time of the next office morning."""
        local = moment.astimezone(zone)
        if self.is_open(local):
            return moment
        day = local.date() + timedelta(days=local.hour >= self.office[1])
        while not is_working_day(day):
            day += timedelta(days=1)
        start = datetime.combine(day, time(self.office[0]), zone)
        return (start + timedelta(minutes=rng.randrange(200), seconds=rng.randrange(60))).astimezone(moment.tzinfo)


def read_rhythm(raw: Mapping[str, Any]) -> Rhythm:
    """The rhythm of a day. Raises ValueError, KeyError or TypeError."""
    rhythms = {name: tuple(map(float, factors)) for name, factors in raw["rhythms"].items()}
    if len(raw["weekdays"]) != 7 or any(len(each) != HOURS for each in (raw["hours"], *rhythms.values())):
        raise ValueError("a week has 7 days, and a day 24 hours")
    least_most = {Load(name): (int(bounds[0]), int(bounds[1])) for name, bounds in raw["reports"].items()}
    if set(least_most) != set(Load):
        raise ValueError(f"reports must name {', '.join(Load)}")
    return Rhythm(
        reports=least_most,
        weekdays=tuple(map(float, raw["weekdays"])),
        hours=weighted(dict(enumerate(raw["hours"]))),
        rhythms=rhythms,
        in_office_hours=frozenset(map(Channel, raw["in_office_hours"])),
        office=(int(raw["office"][0]), int(raw["office"][1])),
        round_the_clock=frozenset(raw["round_the_clock"]),
    )


def is_working_day(day: date) -> bool:
    """Monday to Friday, but for the days off that are known."""
    return day.weekday() < 5 and day not in _days_off(day.year)


@lru_cache(maxsize=8)
def _days_off(year: int) -> frozenset[date]:
    return frozenset(library_days([year]))
