"""What mutations take: one input object each, with expectedVersion where a ticket changes."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from models.enums import Channel, Classification, HandlingClass, TicketStatus, Visibility
from schema.core.pasted import Pasted


@strawberry.input
class StartCitizenSessionInput(Pasted):
    number: str
    secret: str
    client_mutation_id: str | None = None


@strawberry.input(description="Where it is; a kelurahan by its Kemendagri code, degrees in WGS 84.")
class LocationInput(Pasted):
    kelurahan_code: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@strawberry.input(description="Who reports. Kept apart from the ticket; shown masked, to those who may see it at all.")
class ReporterInput(Pasted):
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    nik: str | None = None


@strawberry.input(description="A report that is already in SP4N-LAPOR!.")
class Sp4nLinkInput(Pasted):
    tracking_id: str = strawberry.field(description="Digits, with or without #.")
    created_at: datetime | None = None


@strawberry.input(
    description=(
        "A replay by the same principal returns the first answer; the same key with other content is "
        "IdempotencyConflict. Without a token: channel SURGA_WEB only, no externalId, no receivedAt, throttled."
    )
)
class SubmitTicketInput(Pasted):
    title: str = strawberry.field(description="1 to 200 characters.")
    body: str = strawberry.field(description="1 to 10,000 characters.")
    channel: Channel
    idempotency_key: str | None = None
    external_id: str | None = strawberry.field(default=None, description="Unique per source system and principal.")
    classification: Classification | None = None
    category_code: str | None = None
    received_at: datetime | None = strawberry.field(
        default=None,
        description="When the desk received it; defaults to now, never in the future. Every clock starts here.",
    )
    occurred_on: date | None = None
    anonymous: bool | None = None
    confidential: bool | None = None
    reported_agency_code: str | None = None
    location: LocationInput | None = None
    reporter: ReporterInput | None = None
    receipt: bool | None = strawberry.field(
        default=False,
        description=(
            "For staff with channel WALK_IN, PHONE or LETTER: the payload holds the tracking secret once, for the "
            "receipt that the reporter is handed; audited as SECRET_ROTATED is. A replay holds none: from then on "
            "rotateTrackingSecret gives a new one."
        ),
    )
    sp4n: Sp4nLinkInput | None = strawberry.field(
        default=None,
        description="For channel SP4N_LAPOR; a tracking id that is linked already gives IdempotencyConflict.",
    )
    client_mutation_id: str | None = None


@strawberry.input
class DispatchFields(Pasted):
    lead_agency_code: str
    supporting_agency_codes: list[str] | None = None
    note: str | None = None


@strawberry.input(
    description=(
        "The desk may raise anonymous, confidential and supervisory; only the reporter lowers the first two, "
        "only the inspector the third."
    )
)
class VerifyTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    classification: Classification
    category_code: str | None = None
    supervisory: bool | None = None
    anonymous: bool | None = None
    confidential: bool | None = None
    reported_agency_code: str | None = None
    title: str | None = None
    note: str | None = None
    dispatch: DispatchFields | None = strawberry.field(
        default=None, description="Verify and dispatch in one transaction (two events)."
    )
    handling_class: HandlingClass | None = strawberry.field(default=None, description="ORDINARY where it is left out.")
    client_mutation_id: str | None = None


@strawberry.input
class DispatchTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    lead_agency_code: str
    supporting_agency_codes: list[str] | None = None
    note: str | None = None
    client_mutation_id: str | None = None


@strawberry.input
class ReturnTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    reason_code: str
    note: str | None = None
    client_mutation_id: str | None = None


@strawberry.input
class AssignOfficerInput(Pasted):
    id: strawberry.ID
    expected_version: int
    officer_id: strawberry.ID | None = strawberry.field(default=None, description="Null takes the assignee away.")
    client_mutation_id: str | None = None


@strawberry.input
class EvidenceInput(Pasted):
    description: str
    url: str | None = None


@strawberry.input
class ChangeTicketStatusInput(Pasted):
    id: strawberry.ID
    expected_version: int
    status: TicketStatus
    note: str | None = None
    reason_code: str | None = None
    until: date | None = None
    evidence: list[EvidenceInput] | None = None
    prolong: bool | None = strawberry.field(
        default=False,
        description=(
            "For a ticket that is ON_HOLD and stays so: the new day on which it is looked at again; "
            "reason and note as for the move."
        ),
    )
    referred_to_agency_code: str | None = strawberry.field(
        default=None,
        description=(
            "Of OUT_OF_JURISDICTION: the body that is responsible, by its code (kind EXTERNAL or VERTICAL); "
            "required there."
        ),
    )
    referred: bool | None = strawberry.field(
        default=None,
        description="Whether the report was passed on to that body; false: the reporter is told to go there.",
    )
    missing: list[str] | None = strawberry.field(
        default=None,
        description=(
            "Of INCOMPLETE: what is missing, from the labels' list Missing (LOCATION, TIME, IDENTITY, PROOF); "
            "the note may add to it, and one of the two is needed."
        ),
    )
    answered_in_number: str | None = strawberry.field(
        default=None,
        description=(
            "Of ARCHIVED for ALREADY_ANSWERED: the number of the report in which the same was answered; the reporter "
            "is told of it unless that report is confidential or supervisory."
        ),
    )
    client_mutation_id: str | None = None


@strawberry.input
class SaveAnswerDraftInput(Pasted):
    ticket_id: strawberry.ID
    answer_id: strawberry.ID | None = None
    expected_answer_version: int | None = None
    text: str
    submit: bool | None = False
    client_mutation_id: str | None = None


@strawberry.input
class ReviewAnswerInput(Pasted):
    answer_id: strawberry.ID
    expected_answer_version: int
    approve: bool
    note: str | None = None
    client_mutation_id: str | None = None


@strawberry.input
class RecallAnswerInput(Pasted):
    answer_id: strawberry.ID
    expected_answer_version: int
    client_mutation_id: str | None = None


@strawberry.input
class SendAnswerInput(Pasted):
    ticket_id: strawberry.ID
    expected_version: int
    answer_id: strawberry.ID
    client_mutation_id: str | None = None


@strawberry.input
class ReopenTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    reason_code: str
    note: str | None = None
    client_mutation_id: str | None = None


@strawberry.input
class MergeTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    into_number: str
    note: str | None = None
    client_mutation_id: str | None = None


@strawberry.input(description="visibility has no default: nobody publishes a note by forgetting.")
class AddNoteInput(Pasted):
    id: strawberry.ID
    text: str
    visibility: Visibility
    client_mutation_id: str | None = None
    mentions: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Petugas yang disebut, at most 10; each must see the ticket, and is notified.",
    )


@strawberry.input(description="Null leaves a field as it is.")
class EditTicketInput(Pasted):
    id: strawberry.ID
    expected_version: int
    title: str | None = None
    body: str | None = None
    category_code: str | None = None
    reported_agency_code: str | None = None
    location: LocationInput | None = None
    client_mutation_id: str | None = None
