"""Deadlines in working days, as pure functions of a calendar and of dated rules.

The day after receipt is day 1, and a deadline ends with its day in the desk's zone (our choice): no hours are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.enums import Classification
from services.deadlines.calendars import ONE_DAY, Calendar


@dataclass(frozen=True, slots=True)
class Rule:
    """The time for reports of one classification (None: not verified yet) that are received on valid_from or later."""

    classification: Classification | None
    working_days: int
    valid_from: date
    legal_basis: str


class ClockState(StrEnum):
    """The state of a running clock today; due soon is today or the next working day (our choice)."""

    OVERDUE = "OVERDUE"
    DUE_SOON = "DUE_SOON"
    IN_TIME = "IN_TIME"
    UNBOUND = "UNBOUND"


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
    """The states of clocks on one day; the limits of each rule are computed once."""

    def __init__(self, deadlines: Deadlines, today: date) -> None:
        calendar = deadlines.calendar
        soon = calendar.after(today, 1)
        self._deadlines = deadlines
        self._limits = {
            rule: (
                calendar.latest_due_by(today - ONE_DAY, rule.working_days),
                calendar.latest_due_by(soon, rule.working_days),
            )
            for rule in deadlines.rules
        }

    def of(self, classification: Classification | None, received: date) -> ClockState:
        """The state of the clock of a report that is still worked on."""
        rule = self._deadlines.rule(classification, received)
        if rule is None:
            return ClockState.UNBOUND
        late, soon = self._limits[rule]
        if received <= late:
            return ClockState.OVERDUE
        return ClockState.DUE_SOON if received <= soon else ClockState.IN_TIME
