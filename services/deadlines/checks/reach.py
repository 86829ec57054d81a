"""Amounts that no clock can ever reach by a calendar: named before they hold, as each would cost a long search.

Source: docs/adr/0035.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from models.enums import UNITS_OF_DAYS, UNITS_OF_OFFICES, ClockKind, DeadlineUnit
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import LONGEST_SEARCH, ONE_DAY, Calendar
from services.deadlines.escalation.rules import EscalationRule, Ladder
from services.deadlines.policies import Policy, PolicyBook
from services.deadlines.units import LONGEST_COUNT, YEAR

LAST_YEAR = 9_000  # our choice: days are added to it, which overflows near the last year that there is


@dataclass(frozen=True, slots=True)
class Reach:
    """What a dated row lets a clock count: of policies the amount with all of its extensions."""

    code: str
    valid_from: date
    clock: ClockKind
    unit: DeadlineUnit
    amount: int
    agency_code: str | None = None

    @property
    def need(self) -> int:
        """The same in days or minutes."""
        return self.amount if self.unit in UNITS_OF_DAYS else self.amount * 60


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A row whose amount is not reached by a calendar; week holds on the first day from which it is so."""

    wanted: Reach
    calendar_code: str
    week: str

    def __str__(self) -> str:
        row = self.wanted
        return (
            f"{row.code} from {row.valid_from}: {row.amount} {row.unit} are never reached by the calendar "
            f"{self.calendar_code} in its week {self.week}, within {LONGEST_COUNT} days"
        )


def wanted_of(policies: PolicyBook, ladder: Ladder) -> list[Reach]:
    """Everything that is counted by office time."""
    every = [*map(_of_policy, policies.rows), *map(_of_rung, ladder.rows)]
    return [each for each in every if each.unit in UNITS_OF_OFFICES and each.amount]


def out_of_reach(book: CalendarBook, wanted: Iterable[Reach]) -> Iterator[OutOfReach]:
    """The rows that are not reached, each once by each calendar that may count it."""
    every = list(wanted)
    for calendar in book.calendars:
        mine = [each for each in every if _may_count(book, calendar, each)]
        found: dict[Reach, str] = {}
        for first in sorted({max(each.valid_from, week.valid_from) for each in mine for week in calendar.weeks}):
            begun = [each for each in mine if each.valid_from <= first and each not in found]
            found |= dict.fromkeys(_unreached(calendar, first, begun), calendar.week_of(first).name)
        yield from (OutOfReach(each, calendar.code, name) for each, name in found.items())


def _of_policy(row: Policy) -> Reach:
    total = row.amount + row.extension * row.extensions
    return Reach(row.code, row.valid_from, row.clock, row.unit, total, row.agency_code)


def _of_rung(row: EscalationRule) -> Reach:
    return Reach(row.code, row.valid_from, row.clock, row.unit, abs(row.amount))


def _may_count(book: CalendarBook, calendar: Calendar, wanted: Reach) -> bool:
    """Whether a clock of this row can be counted by a calendar; the desk has every ticket until it is dispatched."""
    if calendar.code == book.desk.code:
        return True
    if wanted.clock is ClockKind.VERIFICATION:
        return False
    return wanted.agency_code is None or wanted.agency_code in calendar.agency_codes


def _unreached(calendar: Calendar, first: date, wanted: list[Reach]) -> list[Reach]:
    """The rows whose amount is not reached by a clock that starts on this day."""
    if first.year > LAST_YEAR:
        return wanted
    left, counted, day = wanted, [0, 0], first + ONE_DAY
    last = first + (LONGEST_COUNT - 1) * ONE_DAY
    while left and day <= last:
        end = min(day + YEAR, last)
        found = calendar.worked(day, end)
        if not found[0] and not calendar.worked(day, day + LONGEST_SEARCH * ONE_DAY)[0]:
            return left
        counted = [before + more for before, more in zip(counted, found, strict=True)]
        left = [each for each in left if each.need > counted[each.unit not in UNITS_OF_DAYS]]
        day = end + ONE_DAY
    return left
