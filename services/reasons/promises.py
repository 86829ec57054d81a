"""What a city's desk promises to reporters, by dated rules: when it verifies, by when they complete (decided here)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class ReporterRule:
    """The words for whom to ask, from valid_from on.

    completion_days: calendar days to complete a report, in a city whose policies have none for COMPLETION.
    """

    completion_days: int | None
    contact: Mapping[str, str]
    valid_from: date
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Promises:
    """All that a city ever promised; verification are pairs of a day and the working days from then on."""

    rules: tuple[ReporterRule, ...] = ()
    verification: tuple[tuple[date, int], ...] = ()

    def rule(self, day: date) -> ReporterRule | None:
        found = [rule for rule in self.rules if rule.valid_from <= day]
        return max(found, key=lambda rule: rule.valid_from, default=None)

    def complete_by(self, day: date) -> date | None:
        """The last day to complete what was asked for on this day; None where the city sets none."""
        rule = self.rule(day)
        days = None if rule is None else rule.completion_days
        return None if days is None else day + timedelta(days=days)

    def working_days(self, day: date) -> int | None:
        """The working days within which a report of this day is verified; None where no rule says so (S14, S16)."""
        found = [pair for pair in self.verification if pair[0] <= day]
        return max(found)[1] if found else None


NOTHING = Promises()


def promises_from(rules: Iterable[Sequence[Any]], verification: Iterable[Sequence[Any]]) -> Promises:
    """The promises out of JSON rows of the two tables."""
    return Promises(
        tuple(ReporterRule(days, contact, date.fromisoformat(since), basis) for days, contact, since, basis in rules),
        tuple((date.fromisoformat(since), days) for since, days in verification),
    )
