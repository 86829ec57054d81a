"""A ticket's state as events keep it: codes, flags, ids and times, enough to recompute filters, rights and clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from models import Ticket
from models.enums import TicketStatus

State = dict[str, Any]

# Field of a state -> column of the ticket table that it mirrors; predicates speak these names.
COLUMNS = {
    "id": "id",
    "number": "number",
    "version": "version",
    "status": "status",
    "classification": "classification",
    "channel": "channel",
    "category": "category_id",
    "anonymous": "anonymous",
    "confidential": "confidential",
    "supervisory": "supervisory",
    "reported": "reported_agency_id",
    "lead": "lead_agency_id",
    "supporting": "supporting_agency_ids",
    "assignee": "assignee_id",
    "kelurahan": "kelurahan_id",
    "received_at": "received_at",
    "updated_at": "updated_at",
    "occurred_on": "occurred_on",
    "hold_until": "hold_until",
    "merged_into": "merged_into_id",
    "returns": "return_count",
    "reopens": "reopen_count",
    "waiting": "answers_waiting",
    "external": "external_keys",
}

FIELDS = frozenset(COLUMNS)
STATUSES = frozenset(TicketStatus)
# What tickets had before a field was there.
BLANK: State = {
    **dict.fromkeys(COLUMNS),
    "supporting": [],
    "external": [],
    "returns": 0,
    "reopens": 0,
    "waiting": 0,
}


def ticket_state(ticket: Ticket) -> State:
    """The state of a ticket as it stands in memory, in JSON values."""
    return {name: plain(getattr(ticket, column)) for name, column in COLUMNS.items()}


def is_complete(state: State) -> bool:
    """Whether a state has every field; one that another release wrote may lack some."""
    return state.keys() >= FIELDS


def completed(state: State) -> State:
    """A state with every field, where those that it lacks are empty."""
    return state if is_complete(state) else {**BLANK, **state}


def known_status(state: State | None) -> TicketStatus | None:
    """The status of a state; None where it has none, or one that only another release knows."""
    status = None if state is None else state.get("status")
    return TicketStatus(status) if isinstance(status, str) and status in STATUSES else None


def stored(state: State) -> dict[str, Any]:
    """The columns of a ticket in this state, with times and days as the database gives them."""
    state = completed(state)
    row: dict[str, Any] = {column: state[name] for name, column in COLUMNS.items()}
    for column in ("received_at", "updated_at"):
        row[column] = None if row[column] is None else datetime.fromisoformat(row[column])
    for column in ("occurred_on", "hold_until"):
        row[column] = None if row[column] is None else date.fromisoformat(row[column])
    return row


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
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
