"""The clocks of one ticket during a use case: they go on with every event that it records (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import OPEN_STATUSES, EventKind, Visibility
from services.access.states import COLUMNS, plain
from services.deadlines.stored.histories import History
from services.deadlines.stored.keeping import advance, concerns, of_ticket
from services.deadlines.stored.kept import Clocks, Measures
from services.tickets.clocks.rows import StoredClocks, TicketRow, entry_of


@dataclass(slots=True)
class TicketClocks:
    """What the log tells of a ticket's clocks, and the clocks as they follow from it.

    changed: since they were read, or written. stored are those that the database has.
    """

    history: History
    kept: Clocks
    measures: Measures
    changed: bool = False
    stored: Clocks = field(default_factory=dict)

    @property
    def unsaved(self) -> Clocks:
        """The clocks that differ from what the database has."""
        return {clock: one for clock, one in self.kept.items() if one is not self.stored.get(clock)}

    def take(
        self,
        ticket: TicketRow,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        kind: EventKind,
        at: datetime,
        visibility: Visibility,
        details: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Take one event; gives the columns of the ticket that follow, none where no clock can have changed.

        The clocks of a ticket that were never started are left alone: a job starts them from the log.
        """
        entry = entry_of(kind, at, visibility, after, details)
        self.history.note(entry, self.measures.agencies)
        if ticket.rules_version is None or not concerns(entry, before, after):
            return {}
        self.kept, self.changed = advance(self.kept, self.history, after, self.measures, at), True
        return of_ticket(self.kept, after["status"])

    def is_outdated(self, ticket: TicketRow) -> bool:
        """Whether the clocks were never started, or are still counted by earlier rules."""
        if ticket.rules_version is None:
            return True
        return ticket.status in OPEN_STATUSES and ticket.rules_version != self.measures.version

    def go_on(self, after: Mapping[str, Any], at: datetime) -> None:
        """Look at the clocks again at a later moment, at which no event was written."""
        self.kept, self.changed = advance(self.kept, self.history, after, self.measures, at), True

    @property
    def next_at(self) -> datetime | None:
        """When something passes next that is not in the log yet."""
        return min((one.next_at for one in self.kept.values() if one.next_at is not None), default=None)

    def is_behind(self, ticket: TicketRow, now: datetime) -> bool:
        """Whether something is to be written before anything else is: a start, a change of rules, a passing."""
        if self.is_outdated(ticket):
            return True
        return self.next_at is not None and self.next_at <= now


def clocks_of(ticket: TicketRow, found: StoredClocks, measures: Measures) -> TicketClocks:
    """The clocks of a ticket as the database has them."""
    return TicketClocks(found.history(ticket.received_at, measures), found.kept, measures, stored=found.kept)


def begin(
    measures: Measures, columns: Mapping[str, Any], kind: EventKind, at: datetime, details: Mapping[str, Any]
) -> tuple[TicketClocks, dict[str, Any]]:
    """The clocks of a ticket with these columns, whose first event is this; and the columns that follow."""
    state = {name: plain(columns[column]) for name, column in COLUMNS.items() if column in columns}
    found = TicketClocks(History(columns["received_at"]), {}, measures, changed=True)
    found.history.note(entry_of(kind, at, Visibility.PUBLIC, state, details), measures.agencies)
    found.kept = advance({}, found.history, state, measures, at)
    return found, {**of_ticket(found.kept, state["status"]), "rules_version": measures.version}
