"""A city's resolving.yaml: who closes a report as resolved, the liaison officer or any officer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from models.enums import Role
from services.master_data.city_entries import Entry, Problems, entries
from services.reasons.resolving import ROLES, ResolvingRule

FILE = "resolving.yaml"  # may be missing: then the liaison officer alone resolves


def read_resolving(
    raw: Any, problems: Problems, sources: frozenset[str], agencies: Collection[str]
) -> tuple[ResolvingRule, ...]:
    """The dated rows of the file; whatever is wrong is a line of problems with its entry."""
    found = tuple(_rules(entries(FILE, raw or [], problems, sources), agencies))
    named = [f"{rule.agency or 'all agencies'} from {rule.valid_from}" for rule in found]
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.add(FILE, f"entry {name}", "stands in the file more than once")
    return found


def _rules(found: Iterator[Entry], agencies: Collection[str]) -> Iterator[ResolvingRule]:
    for entry in found:
        entry.text("code", limit=64)
        agency, role = entry.optional("agency"), entry.member("by", Role)
        if role not in ROLES:
            entry.wrong(f"by must be one of {', '.join(ROLES)}")
        if agency is not None and agency not in agencies:
            entry.wrong(f"agency {agency} is not in agencies.yaml")
        yield ResolvingRule(agency, role, entry.day("valid_from"), entry.text("legal_basis", limit=300))
        entry.finish()
