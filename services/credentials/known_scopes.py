"""Scopes that were worked out before, each good only for the very row and moment that it was worked out for.

A caller's row is read for every request, so that nothing that has ended is answered; what it comes to is worked out
again where anything of it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.access.scopes import Scope
from services.core.desk import Desk, Rules
from services.core.reference import Reference

MOST_KEPT = 1_000  # our choice: as many as work at one time, some 2 MB


@dataclass(frozen=True, slots=True)
class KnownScope:
    """A scope, with all that it was made of; until: the moment from which the row gives none."""

    row: tuple[Any, ...]
    rules: Rules
    reference: Reference | None
    today: date
    until: datetime | None
    scope: Scope

    def holds(
        self, row: tuple[Any, ...], rules: Rules, reference: Reference | None, today: date, now: datetime
    ) -> bool:
        """Whether it is what would be worked out now."""
        same = self.row == row and self.today == today and self.rules is rules and self.reference is reference
        return same and (self.until is None or now < self.until)


def scope_of(
    desk: Desk, row: Mapping[str, Any], reference: Reference | None, today: date, work_out: Callable[[], Scope]
) -> Scope:
    """The scope that a credential's row gives now; work_out may refuse it."""
    values, kept = tuple(row.values()), desk.scopes
    known: KnownScope | None = kept.pop(row["id"], None)
    if known is None or not known.holds(values, desk.rules, reference, today, desk.now()):
        known = KnownScope(values, desk.rules, reference, today, end_of(desk.rules, row), work_out())
    kept[row["id"]] = known
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
    return known.scope


def end_of(rules: Rules, row: Mapping[str, Any]) -> datetime | None:
    """The moment from which a credential's row gives no scope any more, by the clock alone; None for never."""
    idle = row["last_used_at"] + rules.session_idle if row["session"] else None
    return earliest(row["expires_at"], idle, row["grant_ends_at"])


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of these moments; None where there is none."""
    return min((each for each in moments if each is not None), default=None)
