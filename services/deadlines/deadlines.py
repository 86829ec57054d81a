"""Deadlines in working days, as pure functions of a calendar and of dated rules.

The day after receipt is day 1, and a deadline ends with its day in the desk's zone (our choice): no hours are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.enums import WAITING_STATUSES, Classification, DeadlineStanding, TicketStatus
from services.deadlines.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Rule:
    """The time for reports of one classification (None: not verified yet) that are received on valid_from or later."""

    classification: Classification | None
    working_days: int
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The rules of a desk with its calendar."""

    rules: tuple[Rule, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)

    def rule(self, classification: Classification | None, received: date) -> Rule | None:
        """The rule in force when the report was received; later ones do not change what was promised (our choice)."""
        found = [rule for rule in self.rules if rule.classification == classification and rule.valid_from <= received]
        return max(found, key=lambda rule: rule.valid_from, default=None)

    def due(self, classification: Classification | None, received: date) -> date | None:
        """The last day on which the report is in time; None where no rule bounds it."""
        rule = self.rule(classification, received)
        return None if rule is None else self.calendar.after(received, rule.working_days)


class ClockStates:
    """The states of clocks on one day; what follows from a day of receipt or from a last day is computed once."""

    def __init__(self, deadlines: Deadlines, today: date) -> None:
        self.deadlines = deadlines
        self.today = today
        self._soon = deadlines.calendar.after(today, 1)
        self._due: dict[tuple[Classification | None, date], date | None] = {}
        self._left: dict[date, int] = {}

    def due(self, classification: Classification | None, received: date) -> date | None:
        """The last day on which the report is in time; None where no rule bounds it."""
        key = (classification, received)
        if key not in self._due:
            self._due[key] = self.deadlines.due(classification, received)
        return self._due[key]

    def left(self, due: date) -> int:
        """The working days after today up to a last day; below 0, those that have passed since."""
        if due not in self._left:
            self._left[due] = self.deadlines.calendar.between(self.today, due)
        return self._left[due]

    def of(self, classification: Classification | None, received: date) -> DeadlineStanding:
        """Where the deadline of a report that is still worked on stands."""
        due = self.due(classification, received)
        if due is None:
            return DeadlineStanding.UNBOUND
        if due < self.today:
            return DeadlineStanding.OVERDUE
        return DeadlineStanding.DUE_SOON if due <= self._soon else DeadlineStanding.IN_TIME

    def standing(self, status: TicketStatus, classification: Classification | None, received: date) -> DeadlineStanding:
        """Where the deadline of an open report stands: that of one that waits for somebody else rests."""
        return DeadlineStanding.RESTING if status in WAITING_STATUSES else self.of(classification, received)
