"""What can be agreed with a partner, and why some of it can not be kept (docs/adr/0009)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from services.access.grant_rows import check_rows
from services.access.grants import STANDARD_BUDGET
from services.access.scopes import Budget
from services.access.ticket_fields import camel
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, InvalidInput
from services.inputs.signs import lines

LONGEST_NAME, LONGEST_PURPOSE = 100, 500
MOST_COORDINATES = 2_000
SMALLEST_BUDGET, LARGEST_BUDGET = 1, 100_000_000

# Raises InvalidInput for coordinates that open nothing; handed in, as only the schema knows them.
Check = Callable[[Collection[str]], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed with a partner; rows is a filter of tickets in the words of the contract."""

    coordinates: frozenset[str]
    purpose: str
    rows: Mapping[str, Any] | None = None
    budget: Budget = STANDARD_BUDGET
    ends_at: datetime | None = None


class GrantRefused(InvalidInput):
    """Why a grant can not be kept: all reasons at once, the first one being its own."""

    def __init__(self, reasons: Sequence[InvalidInput]) -> None:
        first = reasons[0]
        super().__init__(first.code, path=first.path, **first.params)
        self.reasons, self.others = tuple(reasons), tuple(reasons[1:])


async def check_terms(desk: Desk, using: BaseDBAsyncClient, terms: Mapping[str, Any], check: Check) -> None:
    """Raise InvalidInput for those of these terms that can not be kept."""
    checks = Checks()
    if "coordinates" in terms:
        checks(_check_coordinates, terms["coordinates"], check)
    if "purpose" in terms:
        checks(bounded, terms["purpose"], LONGEST_PURPOSE, "purpose")
    checks(check_rows, terms.get("rows"), await desk.reference(using))
    checks(_check_budget, terms.get("budget", STANDARD_BUDGET))
    ends_at = terms.get("ends_at")
    if ends_at is not None and ends_at <= desk.now():
        checks.keep(InvalidInput("GRANT_ENDED", path=("endsAt",)))
    checks.settle()


def _check_budget(budget: Budget) -> None:
    checks = Checks()
    for name in ("points", "restore_per_second"):
        if not SMALLEST_BUDGET <= getattr(budget, name) <= LARGEST_BUDGET:
            checks.keep(InvalidInput("GRANT_BUDGET", path=("budget", camel(name)), limit=LARGEST_BUDGET))
    checks.settle()


def _check_coordinates(coordinates: Collection[str], check: Check) -> None:
    check(coordinates)
    if not 0 < len(coordinates) <= MOST_COORDINATES:
        raise InvalidInput("GRANT_COORDINATES", path=("coordinates",), limit=MOST_COORDINATES)


def bounded(text: str, longest: int, name: str) -> str:
    """The text as it is kept; raises InvalidInput where it is empty or longer than that."""
    text = lines(text).strip()
    if not 0 < len(text) <= longest or "\x00" in text:
        raise InvalidInput("TEXT_LENGTH_BOUND", path=(name,), limit=longest)
    validation.require_writable(text, name)
    return text


def as_dict(terms: Terms) -> dict[str, Any]:
    """The terms by their names."""
    return {name: getattr(terms, name) for name in Terms.__slots__}
