"""The filter of lists and feeds, as clients write it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from models.enums import Channel, Classification, ClockKind, DeadlineStanding, HandlingClass, Sp4nMismatch, TicketStatus
from schema.core.pasted import Pasted
from services.access.filters import filters
from services.access.filters.filters import AgencyRole
from services.access.filters.values import FILTER
from services.access.filters.worklists import Worklist
from services.core.nodes import key_of
from services.core.refusals import Checks, bad_input


@strawberry.input(
    description=(
        "Fields combine with AND, values of one field with OR; an empty list matches nothing; times are half-open. "
        "search is refused in feeds and boards."
    )
)
class TicketFilter(Pasted):
    status: list[TicketStatus] | None = None
    open: bool | None = strawberry.field(default=None, description="Whether the desk still owes something.")
    classification: list[Classification] | None = None
    agency_code: list[str] | None = None
    agency_role: AgencyRole | None = strawberry.field(
        default=AgencyRole.ANY, description="The part of the agencies of agencyCode; refused without them."
    )
    assignee_id: strawberry.ID | None = None
    unassigned: bool | None = None
    worklist: Worklist | None = None
    category_code: list[str] | None = strawberry.field(default=None, description="A category with all below it.")
    channel: list[Channel] | None = None
    kecamatan_code: list[str] | None = None
    kelurahan_code: list[str] | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    updated_from: datetime | None = None
    standing: list[DeadlineStanding] | None = strawberry.field(
        default=None, description="Of the clock that dueAt is about; with clock, of those clocks."
    )
    clock: list[ClockKind] | None = strawberry.field(
        default=None,
        description=(
            "Narrows standing to these clocks; without standing, tickets on which one of them has not stopped."
        ),
    )
    handling_class: list[HandlingClass] | None = None
    due_from: datetime | None = strawberry.field(default=None, description="By dueAt.")
    due_to: datetime | None = None
    closed_by_silence: bool | None = None
    sp4n_mismatch: list[Sp4nMismatch] | None = None
    sp4n_tracking_id: str | None = strawberry.field(
        default=None, description="By the SP4N tracking id, with or without #."
    )
    external_id: str | None = strawberry.field(default=None, description="A partner finds its own ids only.")
    search: str | None = strawberry.field(
        default=None,
        description=(
            "All words must stand in title or body, in any order and any Indonesian form; or it is a part of the "
            "number (three digits at least). Where nothing does, titles that look alike are given, and searchedAlike "
            "says so. "
            "Quotes of any kind hold a phrase, -word means without it, OR means either. Dots, slashes and signs part "
            "words; RT/RW, sums, times and telephones are found whole and in parts, however they are written: RW02 is "
            "RW 2, Rp1.500.000 is 1500000 and 1,5 juta, 0812... is +62812..."
        ),
    )


def wanted(given: TicketFilter | None, checks: Checks | None = None) -> filters.TicketFilter:
    """The filter in plain values; raises BAD_INPUT for an assigneeId of no officer, and a role of no agency.

    checks: keeps what is refused, for whoever has more to check; the filter is then without it.
    """
    if given is None:
        return filters.NO_FILTER
    kept = checks or Checks()
    kept(_require_agency, given)
    said = {name: getattr(given, name) for name in filters.RULES_OF_FIELDS}
    values = {name: kept(_plain, name, value) for name, value in said.items() if value is not None}
    if checks is None:
        kept.settle()
    return filters.TicketFilter(**values)


def _require_agency(given: TicketFilter) -> None:
    if given.agency_role not in (None, AgencyRole.ANY) and given.agency_code is None:
        raise bad_input("ROLE_WITHOUT_AGENCY", FILTER, "agencyRole")


def _plain(name: str, value: Any) -> Any:
    if name == "assignee_id":
        return _officer_key(value)
    return tuple(value) if isinstance(value, list) else value


def _officer_key(assignee_id: str) -> int:
    key = key_of(assignee_id, "Officer")
    if key is None:
        raise bad_input("BAD_ID", FILTER, "assigneeId", field="assigneeId")
    return key
