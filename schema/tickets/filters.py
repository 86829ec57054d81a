"""The filter of lists and feeds, as clients write it."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import strawberry

from models.enums import Channel, Classification, TicketStatus
from services.access import filters
from services.access.filters import AgencyRole, Worklist
from services.core.nodes import key_of
from services.core.refusals import bad_input

T = TypeVar("T")


@strawberry.input(
    description=(
        "Fields combine with AND, values of one field with OR; an empty list matches nothing; times are half-open. "
        "search is refused in feeds and boards."
    )
)
class TicketFilter:
    status: list[TicketStatus] | None = None
    open: bool | None = strawberry.field(default=None, description="Whether the desk still owes something.")
    classification: list[Classification] | None = None
    agency_code: list[str] | None = None
    agency_role: AgencyRole | None = AgencyRole.ANY
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
    external_id: str | None = strawberry.field(default=None, description="A partner finds its own ids only.")
    search: str | None = strawberry.field(
        default=None, description="Words of title and body in Indonesian, likeness of the title, or part of the number."
    )


def wanted(given: TicketFilter | None) -> filters.TicketFilter:
    """The filter in plain values; raises BAD_INPUT for an assigneeId that is no officer's id."""
    if given is None:
        return filters.NO_FILTER
    return filters.TicketFilter(
        status=_values(given.status),
        open=given.open,
        classification=_values(given.classification),
        agency_code=_values(given.agency_code),
        agency_role=given.agency_role or AgencyRole.ANY,
        assignee_id=_officer_key(given.assignee_id),
        unassigned=given.unassigned,
        worklist=given.worklist,
        category_code=_values(given.category_code),
        channel=_values(given.channel),
        kecamatan_code=_values(given.kecamatan_code),
        kelurahan_code=_values(given.kelurahan_code),
        received_from=given.received_from,
        received_to=given.received_to,
        updated_from=given.updated_from,
        external_id=given.external_id,
        search=given.search,
    )


def _values(values: list[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)


def _officer_key(assignee_id: str | None) -> int | None:
    if assignee_id is None:
        return None
    key = key_of(assignee_id, "Officer")
    if key is None:
        raise bad_input("BAD_ID", field="assigneeId")
    return key
