"""A ticket's columns, one row each: what events keep of it, what the contract calls it, and whether everybody reads it.

The state of events, what a view reads for a field, the names of changes, the open fields of Ticket and the columns of
made-up lives are all computed from these rows. Who reads what is not open stands in services/access/fields.py
(docs/adr/0010).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds where it matters: counts begin at zero, lists empty, flags false, all else with nothing."""

    VALUE = "VALUE"
    COUNT = "COUNT"
    LIST = "LIST"
    FLAG = "FLAG"
    MOMENT = "MOMENT"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class TicketField:
    """One column.

    state: its name in the states that events keep; None for words, exact places and whatever decides nothing.
    attribute: the field of the contract that it answers, as Python writes it; several columns may answer one.
    change: the name under which the contract tells that it changed; None where it is not told alone.
    open: whether everybody reads it who sees the ticket.
    begins: what a new ticket has here where its kind does not say so.
    """

    column: str
    state: str | None = None
    attribute: str | None = None
    change: str | None = None
    kind: Kind = Kind.VALUE
    open: bool = False
    begins: Any = None

    def first(self) -> Any:
        """What a new ticket has here."""
        return {Kind.COUNT: 0, Kind.LIST: [], Kind.FLAG: False}.get(self.kind, self.begins)


TICKET_FIELDS = (
    TicketField("id", "id", "id", open=True),
    TicketField("number", "number", "number", open=True),
    TicketField("version", "version", "version", open=True),
    TicketField("status", "status", "status", "status", open=True),
    TicketField("classification", "classification", "classification", "classification", open=True),
    TicketField("channel", "channel", "channel", open=True),
    TicketField("category_id", "category", "category", "category", open=True),
    TicketField("anonymous", "anonymous", "anonymous", "anonymous", open=True),
    TicketField("confidential", "confidential", "confidential", "confidential", open=True),
    TicketField("supervisory", "supervisory", "supervisory", "supervisory", open=True),
    TicketField("reported_agency_id", "reported", "reported_agency", "reportedAgency", open=True),
    TicketField("lead_agency_id", "lead", "lead_agency", "leadAgency", open=True),
    TicketField(
        "supporting_agency_ids", "supporting", "supporting_agencies", "supportingAgencies", Kind.LIST, open=True
    ),
    TicketField("assignee_id", "assignee", "assignee", "assignee"),
    TicketField("assignee_left", "left", kind=Kind.FLAG),
    TicketField("kelurahan_id", "kelurahan", "location", "location", open=True),
    TicketField("received_at", "received_at", "received_at", kind=Kind.MOMENT, open=True),
    TicketField("updated_at", "updated_at", "updated_at", kind=Kind.MOMENT, open=True),
    TicketField("occurred_on", "occurred_on", kind=Kind.DAY),
    TicketField("hold_until", "hold_until", "hold_until", "holdUntil", Kind.DAY, open=True),
    TicketField("resumes", "resumes"),
    TicketField("referred_to_id", "referred_to", "referred_to", "referredTo", open=True),
    TicketField("merged_into_id", "merged_into", "merged_into", "mergedInto", open=True),
    TicketField("return_count", "returns", "return_count", "returnCount", Kind.COUNT, open=True),
    TicketField("reopen_count", "reopens", "reopen_count", "reopenCount", Kind.COUNT, open=True),
    TicketField("answers_waiting", "waiting", change="answers", kind=Kind.COUNT),
    TicketField("sp4n_status", "sp4n", change="sp4n"),
    TicketField("case_done", "case_done", change="unresolvedCases", kind=Kind.FLAG),
    TicketField("extension_askers", "askers", change="extensions", kind=Kind.LIST),
    TicketField("external_keys", "external", kind=Kind.LIST),
    TicketField("escalated_to", "escalated", change="escalations", kind=Kind.LIST),
    TicketField("due_at", "due_at", "due_at", "dueAt", Kind.MOMENT),
    TicketField("standing", "standing", "standing", "standing"),
    TicketField("handling_class", "handling_class", "handling_class", "handlingClass", begins="ORDINARY"),
    TicketField("closed_by_silence", "closed_by_silence", "closed_by_silence", "closedBySilence", Kind.FLAG),
    TicketField("clock_standings", "clocks", change="deadlines", kind=Kind.LIST),
    TicketField("title", attribute="title"),
    TicketField("body", attribute="body"),
    TicketField("address", attribute="location"),
    TicketField("latitude", attribute="location"),
    TicketField("longitude", attribute="location"),
    TicketField("created_at", kind=Kind.MOMENT),
    TicketField("rules_version"),
    TicketField("secret_rotation", kind=Kind.COUNT),
    TicketField("secret_salt"),
    TicketField("submitted_by"),
    TicketField("media", kind=Kind.LIST),
)


def camel(name: str) -> str:
    """A name of Python's as the contract writes it."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def first_values() -> dict[str, Any]:
    """What the columns of a new ticket begin with that do not begin with nothing."""
    return {field.column: field.first() for field in TICKET_FIELDS if field.first() is not None}
