"""A passing of a clock and the rung of the ladder that it reaches at that moment are told an officer once. Pure.

Source: docs/adr/0031.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile
from typing import Any

from models.enums import NotificationKind
from realtime.log import LoggedEvent

PASSINGS = frozenset({NotificationKind.DUE_SOON, NotificationKind.OVERDUE})


@dataclass(frozen=True, slots=True)
class NewRow:
    """A notification to be; clock only of what came with the time alone, moment is that of its event."""

    officer_id: int
    kind: NotificationKind
    at: datetime
    late: bool
    ticket_id: int | None
    clock: str | None
    escalation_id: int | None
    source_seq: int
    moment: datetime

    @property
    def passing(self) -> tuple[Any, ...] | None:
        """What a passing and a rung have in common where they are one; None of all that a clock did not bring."""
        return None if self.clock is None else (self.officer_id, self.ticket_id, self.clock, self.moment)

    def values(self) -> tuple[Any, ...]:
        """The columns of the row, in the order in which they are inserted."""
        said = (self.ticket_id, self.clock, self.escalation_id, self.source_seq)
        return (self.officer_id, self.kind.value, self.at, self.late, *said)


def once(rows: Iterable[NewRow]) -> list[NewRow]:
    """The same rows, where a passing that is told with a rung is that rung: it is what has to be acknowledged."""
    found: list[NewRow] = []
    indexes: dict[tuple[Any, ...], int] = {}
    for row in rows:
        index = None if row.passing is None else indexes.get(row.passing)
        if index is None or not _are_one(found[index], row):
            if row.passing is not None:
                indexes[row.passing] = len(found)
            found.append(row)
        else:
            found[index] = replace(row, at=min(row.at, found[index].at))
    return found


def _are_one(earlier: NewRow, row: NewRow) -> bool:
    """Whether a rung follows its passing; the log has them in this order, and every other rung is one of its own."""
    return earlier.kind in PASSINGS and row.kind is NotificationKind.ESCALATED


def whole(events: Sequence[LoggedEvent], limit: int) -> Sequence[LoggedEvent]:
    """The page without the events of its last ticket if it is full: they may go on, and are left to the next page."""
    if len(events) < limit:
        return events
    last = events[-1].ticket_id
    return list(dropwhile(lambda event: event.ticket_id == last, reversed(events)))[::-1] or events
