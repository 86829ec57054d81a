"""The inputs of use cases on tickets: those of the contract, with ids read and codes as they were typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.enums import Classification, HandlingClass, TicketStatus


@dataclass(frozen=True, slots=True)
class DispatchTarget:
    """To whom a ticket goes; no supporting codes means no supporting agencies."""

    lead_agency_code: str
    supporting_agency_codes: tuple[str, ...] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Verify:
    ticket_id: int | None
    expected_version: int
    classification: Classification
    category_code: str | None = None
    supervisory: bool | None = None
    anonymous: bool | None = None
    confidential: bool | None = None
    reported_agency_code: str | None = None
    title: str | None = None
    handling_class: HandlingClass | None = None
    note: str | None = None
    dispatch: DispatchTarget | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    ticket_id: int | None
    expected_version: int
    lead_agency_code: str
    supporting_agency_codes: tuple[str, ...] | None = None
    note: str | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    ticket_id: int | None
    expected_version: int
    reason_code: str
    note: str | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """officer_id is None to leave the ticket without an assignee."""

    ticket_id: int | None
    expected_version: int
    officer_id: int | None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    description: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    ticket_id: int | None
    expected_version: int
    status: TicketStatus
    note: str | None = None
    reason_code: str | None = None
    until: date | None = None
    evidence: tuple[Evidence, ...] = ()
    prolong: bool = False
    missing: tuple[str, ...] = ()
    referred_to_agency_code: str | None = None
    referred: bool | None = None
    answered_in_number: str | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    ticket_id: int | None
    expected_version: int
    reason_code: str
    note: str | None = None
    client_mutation_id: str | None = None
