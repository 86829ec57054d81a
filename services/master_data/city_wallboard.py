"""A city's wallboard.yaml: above how many overdue reports its board alarms."""

from __future__ import annotations

from typing import Any

from services.master_data.city import CityOverdueLimit
from services.master_data.city_entries import Problems, entries

FILE = "wallboard.yaml"  # may be missing: then no number alarms


def read_overdue_limits(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[CityOverdueLimit, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = []
    for entry in entries(FILE, raw or [], problems, sources):
        entry.text("code", limit=64)
        tickets = entry.whole("overdue_reports", least=0, most=1_000_000)
        found.append(CityOverdueLimit(tickets, entry.day("valid_from"), entry.text("legal_basis", limit=300)))
        entry.finish()
    named = [f"from {rule.valid_from}" for rule in found]
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.add(FILE, f"entry {name}", "stands in the file more than once")
    return tuple(found)
