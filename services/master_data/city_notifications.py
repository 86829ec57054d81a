"""A city's notifications.yaml: after how many days officers' notifications go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.master_data.city import CityNotifications
from services.master_data.city_entries import Entry, Problems, entries

FILE = "notifications.yaml"  # may be missing: then they go after services/notifications/expiry.py's own days


def read_notifications(raw: Any, problems: Problems, sources: frozenset[str]) -> tuple[CityNotifications, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = tuple(_rules(entries(FILE, raw or [], problems, sources)))
    days = [rule.valid_from for rule in found]
    for day in sorted({day for day in days if days.count(day) > 1}):
        problems.add(FILE, f"entry from {day}", "stands in the file more than once")
    return found


def _rules(found: Iterator[Entry]) -> Iterator[CityNotifications]:
    for entry in found:
        entry.text("code", limit=64)
        keep_days = entry.whole("keep_days", least=1, most=3_660)
        yield CityNotifications(keep_days, entry.day("valid_from"), entry.text("legal_basis", limit=300))
        entry.finish()
