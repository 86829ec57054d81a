"""A ticket's state as events keep it: codes, flags, ids and times, enough to recompute filters, rights and clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from models import Ticket
from models.enums import TicketStatus
from services.access.ticket_fields import TICKET_FIELDS

State = dict[str, Any]

KEPT = {field.state: field for field in TICKET_FIELDS if field.state is not None}
# Field of a state -> column of the ticket table that it mirrors; predicates speak these names.
COLUMNS = {name: field.column for name, field in KEPT.items()}
NAMES = {column: name for name, column in COLUMNS.items()}
FIELDS = frozenset(COLUMNS)
STATUSES = frozenset(TicketStatus)


def ticket_state(ticket: Ticket) -> State:
    """The state of a ticket as it stands in memory, in JSON values."""
    return {name: plain(getattr(ticket, column)) for name, column in COLUMNS.items()}


def changed_state(columns: Mapping[str, Any]) -> State:
    """The part of a state that these columns make."""
    return {NAMES[column]: plain(value) for column, value in columns.items() if column in NAMES}


def row_state(row: Mapping[str, Any]) -> State:
    """The state of a ticket's row, equal to the one that its last event keeps."""
    return {name: plain(row[column]) for name, column in COLUMNS.items()}


def is_complete(state: State) -> bool:
    """Whether a state has every field; one that another release wrote may lack some."""
    return state.keys() >= FIELDS


def completed(state: State) -> State:
    """A state with every field, where those that it lacks are empty."""
    return state if is_complete(state) else {**{name: field.first() for name, field in KEPT.items()}, **state}


def known_status(state: State | None) -> TicketStatus | None:
    """The status of a state; None where it has none, or one that only another release knows."""
    status = None if state is None else state.get("status")
    return TicketStatus(status) if isinstance(status, str) and status in STATUSES else None


def plain(value: Any) -> Any:
    """A value as JSON keeps it; times in UTC at a fixed width, so that their texts sort as they do."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return list(value)
    return value


def instant(moment: datetime) -> str:
    """A moment as UTC text of fixed width, e.g. `2026-03-16T02:00:00.000000Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
