"""Dated rungs of the ladder of escalation, and which of them contradict each other (docs/adr/0029). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, groupby, pairwise

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from services.deadlines.calendars import ONE_DAY
from services.deadlines.clocks import CLOCKS
from services.deadlines.policies import MOST_AMOUNT


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """A rung: who is told when so much time has gone since the deadline of a clock, or since its start.

    A negative amount lies before the deadline. statuses are the only ones in which it is reached and counted, all where
    there are none. at_once: people hear of it outside office hours too. It holds on the days of valid_from to valid_to.
    """

    code: str
    clock: ClockKind
    level: EscalationLevel
    amount: int
    unit: DeadlineUnit
    valid_from: date
    legal_basis: str
    from_start: bool = False
    statuses: tuple[TicketStatus, ...] = ()
    at_once: bool = False
    valid_to: date | None = None
    verified: bool = False

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Ladder:
    """All rungs that a desk ever had; a row ends the one of the same code before it."""

    rows: tuple[EscalationRule, ...] = ()

    def on(self, day: date) -> list[EscalationRule]:
        """The rungs that hold on a day, by clock, level and code."""
        clocks, levels = list(ClockKind), list(EscalationLevel)
        found = (row for row in self.rows if row.holds_on(day))
        return sorted(found, key=lambda row: (clocks.index(row.clock), levels.index(row.level), row.code))

    def of_clock(self, clock: ClockKind) -> list[EscalationRule]:
        return [row for row in self.rows if row.clock is clock]

    def row(self, code: str, valid_from: date) -> EscalationRule | None:
        """The row of this code that began on this day."""
        return next((row for row in self.rows if (row.code, row.valid_from) == (code, valid_from)), None)


NO_LADDER = Ladder()


def ladder_of(rows: Iterable[EscalationRule]) -> Ladder:
    """Rows with their ends: a new row of a code ends the one before on the day before it begins."""
    ordered = sorted(rows, key=lambda row: (row.code, row.valid_from))
    ended = [_until(row, after) for row, after in pairwise([*ordered, None]) if row is not None]
    return Ladder(tuple(ended))


def row_problems(row: EscalationRule) -> Iterator[str]:
    """What is wrong with a row by itself."""
    if not -MOST_AMOUNT <= row.amount <= MOST_AMOUNT:
        yield f"amount must be -{MOST_AMOUNT} to {MOST_AMOUNT}, not {row.amount}"
    if row.from_start and row.amount < 1:
        yield f"amount must be at least 1 from the start of a clock, not {row.amount}"
    if wrong := [status for status in row.statuses if status not in CLOCKS[row.clock].may_rest]:
        allowed = ", ".join(sorted(CLOCKS[row.clock].may_rest))
        yield f"{row.clock} has stopped in {', '.join(wrong)}; statuses may be {allowed} only"
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield "valid_to lies before valid_from"


def contradictions(rows: Iterable[EscalationRule]) -> Iterator[tuple[str, str]]:
    """Rows that can not stand beside each other: the code of one, and what is wrong with it."""
    ordered = sorted(rows, key=lambda row: (row.code, row.valid_from))
    for code, group in groupby(ordered, key=lambda row: row.code):
        same = list(group)
        if len({row.clock for row in same}) > 1:
            yield code, "names two clocks: another clock needs a code of its own"
        for one, other in pairwise(same):
            if one.valid_from == other.valid_from:
                yield code, f"begins twice on {one.valid_from}"
    for one, other in combinations(ladder_of(ordered).rows, 2):
        if one.code != other.code and _alike(one, other):
            yield one.code, f"and {other.code} reach {one.level} at the same moment of {one.clock} while both hold"


def _until(row: EscalationRule, after: EscalationRule | None) -> EscalationRule:
    if after is None or after.code != row.code:
        return row
    before = after.valid_from - ONE_DAY
    return replace(row, valid_to=before if row.valid_to is None else min(row.valid_to, before))


def _alike(one: EscalationRule, other: EscalationRule) -> bool:
    """Whether two rows tell the same people of the same moment, on days on which both hold."""
    if _moment(one) != _moment(other):
        return False
    if one.valid_from > (other.valid_to or date.max) or other.valid_from > (one.valid_to or date.max):
        return False
    return not one.statuses or not other.statuses or not set(one.statuses).isdisjoint(other.statuses)


def _moment(row: EscalationRule) -> tuple[object, ...]:
    """What says when a rung is reached; at the deadline itself every unit says the same."""
    return row.clock, row.level, row.from_start, row.amount, row.unit if row.amount else None
