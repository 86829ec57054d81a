"""Clocks before and after a change of rules, compared and counted (docs/adr/0035). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

from models.enums import ClockKind, DeadlineStanding
from services.core.paging import LARGEST_PAGE
from services.deadlines.stored.kept import Clocks

MOST_MOVES = LARGEST_PAGE  # our choice


@dataclass(frozen=True, slots=True)
class Moved:
    """One clock of a ticket that a change moves, whether it becomes overdue by that, or is so no longer."""

    clock: ClockKind
    before: datetime | None
    after: datetime | None
    late_now: bool
    late_no_more: bool


@dataclass(frozen=True, slots=True)
class MovedTicket:
    """The same with its ticket."""

    ticket_id: int
    moved: Moved

    @property
    def order(self) -> tuple[bool, timedelta, int]:
        """What becomes overdue goes first, then what moves most; a deadline that comes or goes moves most of all."""
        before, after = self.moved.before, self.moved.after
        length = timedelta.max if before is None or after is None else abs(after - before)
        return self.moved.late_now, length, -self.ticket_id


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change does to open tickets: numbers of tickets, and the clocks that move most."""

    version: int
    open: int = 0
    moved: int = 0
    become_overdue: int = 0
    no_longer_overdue: int = 0
    moves: tuple[MovedTicket, ...] = ()


@dataclass(slots=True)
class ImpactCount:
    """An impact while it is counted, ticket by ticket."""

    version: int
    open: int = 0
    moved: int = 0
    become_overdue: int = 0
    no_longer_overdue: int = 0
    moves: list[MovedTicket] = field(default_factory=list)

    def add(self, ticket_id: int, moves: Sequence[Moved]) -> None:
        self.open += 1
        self.moved += bool(moves)
        self.become_overdue += any(each.late_now for each in moves)
        self.no_longer_overdue += any(each.late_no_more for each in moves)
        self.moves += [MovedTicket(ticket_id, each) for each in moves]
        if len(self.moves) > 20 * MOST_MOVES:
            self.moves = self._most()

    def impact(self) -> Impact:
        counts = (self.version, self.open, self.moved, self.become_overdue, self.no_longer_overdue)
        return Impact(*counts, tuple(self._most()))

    def _most(self) -> list[MovedTicket]:
        return nlargest(MOST_MOVES, self.moves, key=lambda move: move.order)


def moves_of(before: Clocks, after: Clocks) -> list[Moved]:
    """The clocks of one ticket whose deadline a change moves; those that have stopped stay as they are."""
    return [
        Moved(
            clock,
            _due(before, clock),
            _due(after, clock),
            _late(after, clock) > _late(before, clock),
            _late(before, clock) > _late(after, clock),
        )
        for clock in ClockKind
        if _due(before, clock) != _due(after, clock)
    ]


def _due(clocks: Clocks, clock: ClockKind) -> datetime | None:
    return clocks[clock].due_at if clock in clocks else None


def _late(clocks: Clocks, clock: ClockKind) -> bool:
    return clock in clocks and clocks[clock].standing is DeadlineStanding.OVERDUE
