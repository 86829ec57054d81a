"""The orders of a list: by which key, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TicketOrder(StrEnum):
    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"
    RECENTLY_CHANGED = "RECENTLY_CHANGED"
    LONGEST_UNCHANGED = "LONGEST_UNCHANGED"
    RELEVANCE = "RELEVANCE"
    DUE_FIRST = "DUE_FIRST"


@dataclass(frozen=True, slots=True)
class Sorting:
    """One order of a list: its key and its direction. Ties go by number in the same direction."""

    key: str
    descending: bool

    @property
    def compares(self) -> str:
        return "<" if self.descending else ">"

    def clause(self, key: str, number: str) -> str:
        word = "DESC" if self.descending else "ASC"
        return f"{key} {word}, {number} {word}"


# A ticket without a deadline stands behind all that have one: one key, as the index ticket_due_first has it.
DUE = "coalesce(t.due_at, '9999-12-31T00:00:00Z'::timestamptz)"
SORTINGS = {
    TicketOrder.NEWEST_FIRST: Sorting("t.received_at", descending=True),
    TicketOrder.OLDEST_FIRST: Sorting("t.received_at", descending=False),
    TicketOrder.RECENTLY_CHANGED: Sorting("t.updated_at", descending=True),
    TicketOrder.LONGEST_UNCHANGED: Sorting("t.updated_at", descending=False),
    TicketOrder.RELEVANCE: Sorting("rank", descending=True),
    TicketOrder.DUE_FIRST: Sorting(DUE, descending=False),
}
