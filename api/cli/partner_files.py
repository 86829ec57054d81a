"""A partner's grant as a YAML file: written by export, read by create, grant and import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from api.errors import CannotStart
from services.access.grants import STANDARD_BUDGET, read_coordinates, standard_grants, written_coordinates
from services.access.scopes import Budget
from services.partners.terms import Terms

WIB = ZoneInfo("Asia/Jakarta")
KEYS = {"name", "purpose", "coordinates", "rows", "budget", "endsAt", "documents"}


def read_file(file: Path) -> tuple[str, Terms, dict[str, str]]:
    """The name, the terms and the registered operations in a file; raises CannotStart for what is none."""
    try:
        given = yaml.safe_load(file.read_text("utf-8"))
        if not isinstance(given, dict) or not given.keys() <= KEYS:
            raise ValueError(f"its keys must be among {', '.join(sorted(KEYS))}")
        return str(given["name"]), terms_in(given), dict(given.get("documents") or {})
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise CannotStart(f"{file.name} is no grant of a partner: {wrong}") from None


def terms_in(given: Mapping[str, Any]) -> Terms:
    """The terms that a file gives; coordinates `standard` stands for the standard grant."""
    coordinates, budget = given["coordinates"], given.get("budget")
    return Terms(
        coordinates=standard_grants() if coordinates == "standard" else read_coordinates(coordinates),
        purpose=str(given["purpose"]),
        rows=plain_rows(given.get("rows")),
        budget=Budget(budget["points"], budget["restorePerSecond"]) if budget else STANDARD_BUDGET,
        ends_at=moment(given.get("endsAt")),
    )


def plain_rows(rows: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A row filter as JSON can hold it: YAML reads times by itself."""
    if not rows:
        return None
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in rows.items()}


def moment(given: object) -> datetime | None:
    """A time with an offset, or the end of a day in WIB."""
    if given is None:
        return None
    found = datetime.fromisoformat(given) if isinstance(given, str) else given
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=WIB)
    if isinstance(found, date):
        return datetime.combine(found, time(23, 59, 59), tzinfo=WIB)
    raise ValueError("endsAt is a day or a time")


def written(name: str, terms: Terms, documents: Mapping[str, str]) -> str:
    """A grant as a file."""
    content: dict[str, Any] = {"name": name, "purpose": terms.purpose}
    if terms.ends_at is not None:
        content["endsAt"] = terms.ends_at.isoformat()
    content["budget"] = {"points": terms.budget.points, "restorePerSecond": terms.budget.restore_per_second}
    if terms.rows:
        content["rows"] = dict(terms.rows)
    content["coordinates"] = written_coordinates(terms.coordinates)
    if documents:
        content["documents"] = dict(documents)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    if text.replace("\n", "").isprintable():
        return text
    return yaml.safe_dump(content, sort_keys=False, width=120)  # then YAML escapes what it says
