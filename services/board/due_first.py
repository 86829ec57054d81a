"""The open tickets whose day comes first, kept in order by the states of single events."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from models.enums import RUNNING_STATUSES, Classification, TicketStatus
from services.deadlines.deadlines import ClockStates

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
    classification: Classification | None
    category: int | None
    lead: int | None
    received_at: datetime
    received: date
    hold_until: date | None
    due_on: date | None
    today: date

    @property
    def key(self) -> Key:
        """Its place: by the last day in time, then of a hold by the day of looking again; the longest known one first.

        A hold whose day is over is looked at today, after what is late and what is due today.
        """
        held = self.hold_until is not None
        day = self.due_on if self.hold_until is None else max(self.hold_until, self.today)
        return day or NO_DAY, held, self.received_at, self.number


def open_ticket(values: Mapping[str, Any], clock_states: ClockStates, zone: ZoneInfo) -> OpenTicket:
    """A ticket out of a state, or out of a row under the names of a state."""
    status, received_at = TicketStatus(values["status"]), datetime.fromisoformat(values["received_at"])
    classification, held = values["classification"], values["hold_until"]
    received = received_at.astimezone(zone).date()
    return OpenTicket(
        id=values["id"],
        number=values["number"],
        status=status,
        classification=classification,
        category=values["category"],
        lead=values["lead"],
        received_at=received_at,
        received=received,
        hold_until=date.fromisoformat(held) if held and status is TicketStatus.ON_HOLD else None,
        due_on=clock_states.due(classification, received) if status in RUNNING_STATUSES else None,
        today=clock_states.today,
    )


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
        """Take a ticket to where it stands now; None: it is not open any more, or not on this board."""
        before = self._tickets.pop(ticket_id, None)
        if before is not None:
            del self._keys[bisect_left(self._keys, before.key)]
            del self._ids[before.number]
        if ticket is not None and (self.floor is None or ticket.key <= self.floor):
            self._add(ticket)

    def begin(self, kinds: Iterable[Sequence[OpenTicket]], most: int) -> None:
        """Begin with the tickets of several kinds, each kind in its own order and cut after so many."""
        kinds = list(kinds)
        self.floor = min((kind[-1].key for kind in kinds if len(kind) >= most), default=None)
        for ticket in chain.from_iterable(kinds):
            self.replace(ticket.id, ticket)

    def _add(self, ticket: OpenTicket) -> None:
        insort(self._keys, ticket.key)
        self._tickets[ticket.id], self._ids[ticket.number] = ticket, ticket.id
        if len(self._keys) > KEPT_DUE:
            last = self._ids.pop(self._keys.pop()[-1])
            del self._tickets[last]
            self.floor = self._keys[-1]
