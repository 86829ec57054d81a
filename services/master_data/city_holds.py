"""A city's holds.yaml: for how many working days an agency may hold a report in all."""

from __future__ import annotations

from typing import Any

from services.deadlines.holds import HoldRule
from services.master_data.city_entries import Problems, entries

FILE = "holds.yaml"  # may be missing: then nothing bounds it


def read_holds(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[HoldRule, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = []
    for entry in entries(FILE, raw or [], problems, sources):
        entry.text("code", limit=64)
        days = entry.whole("working_days", least=0, most=366)
        found.append(HoldRule(days, entry.day("valid_from"), entry.text("legal_basis", limit=300)))
        entry.finish()
    named = [f"from {rule.valid_from}" for rule in found]
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.add(FILE, f"entry {name}", "stands in the file more than once")
    return tuple(found)
