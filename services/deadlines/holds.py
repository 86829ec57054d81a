"""For how many working days an agency may hold a ticket in all, and how many it has used (docs/adr/0030). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import TicketStatus
from services.deadlines.calendars import Calendar
from services.deadlines.lives import StatusStep

LONGEST_HOLD = timedelta(days=366)  # our choice: longer would be an archive


@dataclass(frozen=True, slots=True)
class HoldRule:
    """From valid_from on until the next rule: the working days for which an agency may hold a ticket in all."""

    working_days: int
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class HoldRules:
    """All that a city ever said of it."""

    rules: tuple[HoldRule, ...] = ()

    def limit(self, day: date) -> int | None:
        """The working days of a day's rule; None where the city sets none."""
        found = [rule for rule in self.rules if rule.valid_from <= day]
        rule = max(found, key=lambda rule: rule.valid_from, default=None)
        return None if rule is None else rule.working_days


NO_HOLDS = HoldRules()


def holds_from(rows: Iterable[Sequence[Any]]) -> HoldRules:
    """The rules out of JSON rows of their table."""
    return HoldRules(tuple(HoldRule(days, date.fromisoformat(since), basis) for days, since, basis in rows))


def held_days(
    steps: Sequence[StatusStep], agency_code: str | None, calendar: Calendar, zone: ZoneInfo, today: date
) -> int:
    """The working days for which an agency has held a ticket up to today, whoever put it on hold.

    A day counts that begins while it is held, as a clock that rests has its days by their ends (our choice).
    """
    found = 0
    for step, after in pairwise([*steps, None]):
        if step is not None and step.status is TicketStatus.ON_HOLD and step.agency_code == agency_code:
            left = today if after is None else after.at.astimezone(zone).date()
            last = min(left, today, step.hold_until or today)
            found += max(calendar.between(step.at.astimezone(zone).date(), last), 0)
    return found
