"""A city's numbers from a day on: holds.yaml, how many working days an agency may hold a report in all; wallboard.yaml,
above how many overdue reports its board alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.deadlines.holds import HoldRule
from services.master_data.city import CityOverdueLimit
from services.master_data.city_entries import Problems, entries

FILE = "holds.yaml"  # may be missing: then nothing bounds it
WALLBOARD = "wallboard.yaml"  # may be missing: then no number alarms


def read_holds(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[HoldRule, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = []
    for entry in entries(FILE, raw or [], problems, sources):
        entry.text("code", limit=64)
        days = entry.whole("working_days", least=0, most=366)
        found.append(HoldRule(days, entry.day("valid_from"), entry.text("legal_basis", limit=300)))
        entry.finish()
    _refuse_twins(FILE, found, problems)
    return tuple(found)


def read_overdue_limits(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[CityOverdueLimit, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = []
    for entry in entries(WALLBOARD, raw or [], problems, sources):
        entry.text("code", limit=64)
        tickets = entry.whole("overdue_reports", least=0, most=1_000_000)
        found.append(CityOverdueLimit(tickets, entry.day("valid_from"), entry.text("legal_basis", limit=300)))
        entry.finish()
    _refuse_twins(WALLBOARD, found, problems)
    return tuple(found)


def _refuse_twins(file: str, found: Sequence[HoldRule | CityOverdueLimit], problems: Problems) -> None:
    named = [f"from {rule.valid_from}" for rule in found]
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.add(file, f"entry {name}", "stands in the file more than once")
