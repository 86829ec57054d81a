"""The open tickets whose day comes first, kept in order by the states of single events (docs/adr/0026)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import DeadlineStanding, TicketStatus
from services.deadlines.units import MICROSECOND

DUE_FIRST = 10  # what a board shows
KEPT_DUE = 20 * DUE_FIRST  # as tickets that leave are not followed by others; our choice
NO_DAY = date.max  # what has no day of its own comes last

Key = tuple[date, bool, datetime, str]


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """What a board tells of one open ticket; keys are those of master data, days are the desk's."""

    id: int
    number: str
    status: TicketStatus
    standing: DeadlineStanding
    category: int | None
    lead: int | None
    received_at: datetime
    hold_until: date | None
    due_on: date | None
    today: date

    @property
    def key(self) -> Key:
        """The order: by the last day in time, else by the day on which a hold ends; the longest known one first.

        A hold without a last day, whose day is over, is looked at today, after what is late and what is due today.
        """
        if self.due_on is not None or self.hold_until is None:
            return self.due_on or NO_DAY, False, self.received_at, self.number
        return max(self.hold_until, self.today), True, self.received_at, self.number


def open_ticket(values: Mapping[str, Any], zone: ZoneInfo, today: date) -> OpenTicket:
    """A ticket out of a state, or out of a row under the names of a state.

    One whose clocks were not started yet, as another release wrote it, is told to be without a deadline.
    """
    status, held = TicketStatus(values["status"]), values["hold_until"]
    return OpenTicket(
        id=values["id"],
        number=values["number"],
        status=status,
        standing=DeadlineStanding(values["standing"] or DeadlineStanding.UNBOUND),
        category=values["category"],
        lead=values["lead"],
        received_at=datetime.fromisoformat(values["received_at"]),
        hold_until=date.fromisoformat(held) if held and status is TicketStatus.ON_HOLD else None,
        due_on=last_day(values["due_at"], zone),
        today=today,
    )


def last_day(due_at: str | None, zone: ZoneInfo) -> date | None:
    """The last day in time, by the first moment that is too late."""
    return None if due_at is None else (datetime.fromisoformat(due_at) - MICROSECOND).astimezone(zone).date()


@dataclass(slots=True)
class DueFirst:
    """Tickets in the order of their keys; floor: none with this key or an earlier one is missing, None: none at all."""

    floor: Key | None = None
    _keys: list[Key] = field(default_factory=list)
    _tickets: dict[int, OpenTicket] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    @property
    def runs_short(self) -> bool:
        """Whether tickets are missing that would be shown."""
        return self.floor is not None and len(self._keys) < DUE_FIRST

    def first(self) -> list[OpenTicket]:
        """Those that a board shows."""
        return [self._tickets[self._ids[number]] for *_, number in self._keys[:DUE_FIRST]]

    def replace(self, ticket_id: int, ticket: OpenTicket | None) -> None:
        """Move a ticket to its current position; None: it is not open any more, or not on this board."""
        before = self._tickets.pop(ticket_id, None)
        if before is not None:
            del self._keys[bisect_left(self._keys, before.key)]
            del self._ids[before.number]
        if ticket is not None and (self.floor is None or ticket.key <= self.floor):
            self._add(ticket)

    def begin(self, tickets: Sequence[OpenTicket], most: int) -> None:
        """Begin with these tickets, which are in order and were cut after so many."""
        self.floor = tickets[-1].key if len(tickets) >= most else None
        for ticket in tickets:
            self.replace(ticket.id, ticket)

    def _add(self, ticket: OpenTicket) -> None:
        insort(self._keys, ticket.key)
        self._tickets[ticket.id], self._ids[ticket.number] = ticket, ticket.id
        if len(self._keys) > KEPT_DUE:
            last = self._ids.pop(self._keys.pop()[-1])
            del self._tickets[last]
            self.floor = self._keys[-1]
