"""What a ticket is, and where it stands; the sets beside the statuses say what waits for whom."""

from enum import StrEnum


class TicketStatus(StrEnum):
    RECEIVED = "RECEIVED"
    INCOMPLETE = "INCOMPLETE"
    VERIFIED = "VERIFIED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    ANSWERED = "ANSWERED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    UNRESOLVED = "UNRESOLVED"
    OUT_OF_JURISDICTION = "OUT_OF_JURISDICTION"
    DIVERTED_TO_EMERGENCY = "DIVERTED_TO_EMERGENCY"
    ARCHIVED = "ARCHIVED"


CLOSED_STATUSES = frozenset(
    {
        TicketStatus.RESOLVED,
        TicketStatus.UNRESOLVED,
        TicketStatus.OUT_OF_JURISDICTION,
        TicketStatus.DIVERTED_TO_EMERGENCY,
        TicketStatus.ARCHIVED,
    }
)
OPEN_STATUSES = frozenset(TicketStatus) - CLOSED_STATUSES
# What waits for the desk: to be verified, to be dispatched, to be dispatched again.
UNVERIFIED_STATUSES = frozenset({TicketStatus.RECEIVED})
RETURNED_STATUSES = frozenset({TicketStatus.VERIFIED})
REOPENED_STATUSES = frozenset({TicketStatus.REOPENED})
# What no agency works on yet: a lead agency that stands here already, of an import, was never dispatched to.
UNDISPATCHED_LED_STATUSES = UNVERIFIED_STATUSES | RETURNED_STATUSES
AGENCY_STATUSES = frozenset({TicketStatus.DISPATCHED, TicketStatus.IN_PROGRESS})
# A report that is incomplete or on hold waits for somebody else, an answered one for its reporter; so does, until a set
# above names it, a report in any further status, as no open ticket is nobody's (docs/adr/0023).
WAITING_STATUSES = OPEN_STATUSES - UNVERIFIED_STATUSES - RETURNED_STATUSES - REOPENED_STATUSES - AGENCY_STATUSES
# What waits for an officer of the lead agency, to whom reporters bring what was missing, too; an answered ticket may
# change hands, and waits for nobody there.
UNASSIGNED_STATUSES = AGENCY_STATUSES | {TicketStatus.INCOMPLETE, TicketStatus.ON_HOLD, TicketStatus.REOPENED}
ASSIGNABLE_STATUSES = UNASSIGNED_STATUSES | {TicketStatus.ANSWERED}


class Classification(StrEnum):
    COMPLAINT = "COMPLAINT"
    ASPIRATION = "ASPIRATION"
    INFORMATION_REQUEST = "INFORMATION_REQUEST"


class Channel(StrEnum):
    SURGA_WEB = "SURGA_WEB"
    WHATSAPP = "WHATSAPP"
    SMS = "SMS"
    PHONE = "PHONE"
    CALL_112 = "CALL_112"
    WALK_IN = "WALK_IN"
    LETTER = "LETTER"
    EMAIL = "EMAIL"
    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    MOBILE_APP = "MOBILE_APP"
    SP4N_LAPOR = "SP4N_LAPOR"
    OPEN311 = "OPEN311"
    PARTNER = "PARTNER"
    OTHER = "OTHER"


class AnswerState(StrEnum):
    DRAFT = "DRAFT"
    WAITING_APPROVAL = "WAITING_APPROVAL"
    APPROVED = "APPROVED"  # as clients read it: rows keep WAITING_APPROVAL with an approver, as earlier releases do
    REJECTED = "REJECTED"
    SENT = "SENT"
