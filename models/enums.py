"""The closed lists of the desk; their Indonesian terms stand in the GraphQL descriptions and in docs/glossary.md."""

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
# A report that is incomplete or on hold waits for somebody else, an answered one for its reporter.
WAITING_STATUSES = frozenset({TicketStatus.INCOMPLETE, TicketStatus.ON_HOLD, TicketStatus.ANSWERED})

# What waits for the desk: to be verified, to be dispatched, to be dispatched again.
UNVERIFIED_STATUSES = frozenset({TicketStatus.RECEIVED})
RETURNED_STATUSES = frozenset({TicketStatus.VERIFIED})
REOPENED_STATUSES = frozenset({TicketStatus.REOPENED})
# What no agency works on yet: a lead agency that stands here already, of an import, was never dispatched to.
UNDISPATCHED_LED_STATUSES = UNVERIFIED_STATUSES | RETURNED_STATUSES
AGENCY_STATUSES = frozenset({TicketStatus.DISPATCHED, TicketStatus.IN_PROGRESS})
# What waits for an officer of the lead agency, to whom reporters bring what was missing, too; an answered ticket may
# change hands, and waits for nobody there.
UNASSIGNED_STATUSES = AGENCY_STATUSES | {TicketStatus.INCOMPLETE, TicketStatus.ON_HOLD, TicketStatus.REOPENED}
ASSIGNABLE_STATUSES = UNASSIGNED_STATUSES | {TicketStatus.ANSWERED}


class DeadlineStanding(StrEnum):
    """Where a deadline stands today; due soon is today or the next working day (our choice)."""

    IN_TIME = "IN_TIME"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    RESTING = "RESTING"
    UNBOUND = "UNBOUND"


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


class AgencyKind(StrEnum):
    OPD = "OPD"
    KELURAHAN = "KELURAHAN"
    BUMD = "BUMD"
    VERTICAL = "VERTICAL"
    EXTERNAL = "EXTERNAL"


class Role(StrEnum):
    OFFICER = "OFFICER"
    LIAISON = "LIAISON"
    COORDINATOR = "COORDINATOR"
    LEADER = "LEADER"
    INSPECTOR = "INSPECTOR"
    ADMIN = "ADMIN"


class PrincipalKind(StrEnum):
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    DISPLAY = "DISPLAY"
    CITIZEN = "CITIZEN"
    ANONYMOUS = "ANONYMOUS"


class ActorKind(StrEnum):
    STAFF = "STAFF"
    PARTNER = "PARTNER"
    REPORTER = "REPORTER"
    SYSTEM = "SYSTEM"
    IMPORT = "IMPORT"


class Visibility(StrEnum):
    PUBLIC = "PUBLIC"
    INTER_AGENCY = "INTER_AGENCY"
    INTERNAL = "INTERNAL"


class HiddenReason(StrEnum):
    ANONYMOUS = "ANONYMOUS"
    CONFIDENTIAL = "CONFIDENTIAL"
    SUPERVISORY = "SUPERVISORY"
    PERSONAL_DATA = "PERSONAL_DATA"
    NOT_YOUR_ROLE = "NOT_YOUR_ROLE"


class MoveMutation(StrEnum):
    VERIFY = "VERIFY"
    DISPATCH = "DISPATCH"
    RETURN = "RETURN"
    CHANGE_STATUS = "CHANGE_STATUS"
    SEND_ANSWER = "SEND_ANSWER"
    REOPEN = "REOPEN"
    MERGE = "MERGE"


class MoveNeed(StrEnum):
    NOTE = "NOTE"
    REASON = "REASON"
    UNTIL = "UNTIL"
    AGENCY = "AGENCY"
    EVIDENCE = "EVIDENCE"
    DUPLICATE_OF = "DUPLICATE_OF"
    ANSWER = "ANSWER"


class ReasonList(StrEnum):
    """The lists of reasons, by the move that they are chosen with; a city's folder says what each offers."""

    RETURN = "RETURN"
    HOLD_BY_DESK = "HOLD_BY_DESK"
    HOLD_BY_AGENCY = "HOLD_BY_AGENCY"
    JURISDICTION = "JURISDICTION"
    ARCHIVE = "ARCHIVE"
    UNRESOLVED = "UNRESOLVED"
    OUTCOME = "OUTCOME"
    REOPEN = "REOPEN"


class ClockKind(StrEnum):
    """Whose time it is, and towards what; services/deadlines/clocks.py says in which statuses each runs and rests."""

    VERIFICATION = "VERIFICATION"
    FIRST_RESPONSE = "FIRST_RESPONSE"
    RESOLUTION = "RESOLUTION"
    REPORTER_REPLY = "REPORTER_REPLY"
    COMPLETION = "COMPLETION"
    NATIONAL = "NATIONAL"


class ClockState(StrEnum):
    """RESTING: somebody else is waited for. STOPPED: done, or no longer owed."""

    RUNNING = "RUNNING"
    RESTING = "RESTING"
    STOPPED = "STOPPED"


class DeadlineUnit(StrEnum):
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    HOURS = "HOURS"
    DAYS = "DAYS"


UNITS_OF_DAYS = frozenset({DeadlineUnit.WORKING_DAYS, DeadlineUnit.DAYS})
# What is counted by office hours and working days, so that nothing is counted without a calendar.
UNITS_OF_OFFICES = frozenset({DeadlineUnit.WORKING_DAYS, DeadlineUnit.WORKING_HOURS})


class Punctuality(StrEnum):
    """Whether a clock that stopped was in time."""

    ON_TIME = "ON_TIME"
    LATE = "LATE"
    NOT_JUDGED = "NOT_JUDGED"


class HandlingClass(StrEnum):
    """From which the time for resolving follows; SUPERVISORY follows from the report itself and is never chosen."""

    LIGHT = "LIGHT"
    NORMATIVE = "NORMATIVE"
    ORDINARY = "ORDINARY"
    SUPERVISORY = "SUPERVISORY"


class NotificationKind(StrEnum):
    """What an officer is told of; services/notifications/table.py says of which events, and who."""

    ASSIGNED = "ASSIGNED"
    DISPATCHED = "DISPATCHED"
    MENTIONED = "MENTIONED"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"
    REPORTER_REPLIED = "REPORTER_REPLIED"
    ANSWER_TO_APPROVE = "ANSWER_TO_APPROVE"
    EXTENSION = "EXTENSION"
    CASE_FOLLOW_UP = "CASE_FOLLOW_UP"
    SUMMARY = "SUMMARY"
    CALENDAR_UNKNOWN = "CALENDAR_UNKNOWN"


class ExtensionState(StrEnum):
    """Where a request for an extension stands; LAPSED: the deadline passed, or the ticket closed, before a decision."""

    WAITING = "WAITING"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"


class EscalationLevel(StrEnum):
    """Who is told when nobody acts, from below upwards."""

    OFFICER = "OFFICER"
    AGENCY = "AGENCY"
    COORDINATOR = "COORDINATOR"
    LEADER = "LEADER"
    OMBUDSMAN = "OMBUDSMAN"


class UnresolvedCaseState(StrEnum):
    """Where the evaluation of an unresolved case stands; the last two end it."""

    TO_EVALUATE = "TO_EVALUATE"
    FOLLOW_UP = "FOLLOW_UP"
    DONE = "DONE"
    REOPENED = "REOPENED"


class OmbudsmanConsent(StrEnum):
    """What the reporter says to a case that Ombudsman may take over."""

    ASKED = "ASKED"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"


class AnswerState(StrEnum):
    DRAFT = "DRAFT"
    WAITING_APPROVAL = "WAITING_APPROVAL"
    APPROVED = "APPROVED"  # as clients read it: rows keep WAITING_APPROVAL with an approver, as earlier releases do
    REJECTED = "REJECTED"
    SENT = "SENT"


class EventKind(StrEnum):
    """What happened; the sets below say for each kind who is told."""

    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    DISPATCHED = "DISPATCHED"
    RETURNED = "RETURNED"
    STATUS_CHANGED = "STATUS_CHANGED"
    ASSIGNED = "ASSIGNED"
    FIELD_CHANGED = "FIELD_CHANGED"
    NOTE_ADDED = "NOTE_ADDED"
    ANSWER_DRAFTED = "ANSWER_DRAFTED"
    ANSWER_APPROVED = "ANSWER_APPROVED"
    ANSWER_REJECTED = "ANSWER_REJECTED"
    ANSWER_RECALLED = "ANSWER_RECALLED"
    ANSWER_SENT = "ANSWER_SENT"
    REOPENED = "REOPENED"
    MERGED = "MERGED"
    DUPLICATE_MERGED = "DUPLICATE_MERGED"
    CONTINUATION_CHANGED = "CONTINUATION_CHANGED"
    IMPORTED = "IMPORTED"
    IMPORTED_NOTE = "IMPORTED_NOTE"
    CLOCK_PASSED = "CLOCK_PASSED"
    DEADLINE_MOVED = "DEADLINE_MOVED"
    ESCALATED = "ESCALATED"
    ESCALATION_ACKNOWLEDGED = "ESCALATION_ACKNOWLEDGED"
    EXTENSION_REQUESTED = "EXTENSION_REQUESTED"
    EXTENSION_DECIDED = "EXTENSION_DECIDED"
    REPLY_RECEIVED = "REPLY_RECEIVED"
    CASE_EVALUATED = "CASE_EVALUATED"
    LINK_CHANGED = "LINK_CHANGED"
    RIGHTS_CHANGED = "RIGHTS_CHANGED"
    CREDENTIAL_ISSUED = "CREDENTIAL_ISSUED"
    CREDENTIAL_REVOKED = "CREDENTIAL_REVOKED"
    CREDENTIAL_ROTATED = "CREDENTIAL_ROTATED"
    REFERENCE_CHANGED = "REFERENCE_CHANGED"
    REPORTER_REVEALED = "REPORTER_REVEALED"
    REPORTER_SOUGHT = "REPORTER_SOUGHT"
    REPORTER_ERASED = "REPORTER_ERASED"
    NOTIFIED = "NOTIFIED"
    NOTIFICATIONS_CLEARED = "NOTIFICATIONS_CLEARED"


# What a ticket's timeline shows, and the contract lists as TicketEventKind. A kind that no set has is shown nowhere.
TIMELINE_KINDS = frozenset(
    {
        EventKind.SUBMITTED,
        EventKind.VERIFIED,
        EventKind.DISPATCHED,
        EventKind.RETURNED,
        EventKind.STATUS_CHANGED,
        EventKind.ASSIGNED,
        EventKind.FIELD_CHANGED,
        EventKind.NOTE_ADDED,
        EventKind.ANSWER_DRAFTED,
        EventKind.ANSWER_APPROVED,
        EventKind.ANSWER_REJECTED,
        EventKind.ANSWER_RECALLED,
        EventKind.ANSWER_SENT,
        EventKind.REOPENED,
        EventKind.MERGED,
        EventKind.DUPLICATE_MERGED,
        EventKind.IMPORTED,
        EventKind.IMPORTED_NOTE,
        EventKind.ESCALATED,
        EventKind.ESCALATION_ACKNOWLEDGED,
        EventKind.CASE_EVALUATED,
        EventKind.LINK_CHANGED,
        EventKind.CLOCK_PASSED,
        EventKind.DEADLINE_MOVED,
        EventKind.EXTENSION_REQUESTED,
        EventKind.EXTENSION_DECIDED,
        EventKind.REPLY_RECEIVED,
    }
)
# What no timeline shows and the reporter of a merged report is told live: where the ticket that stays stands now.
FOLLOWED_KINDS = frozenset({EventKind.CONTINUATION_CHANGED})
# What changes rights or master data: everybody's scope and reference are read anew after it.
REFERENCE_KINDS = frozenset({EventKind.REFERENCE_CHANGED, EventKind.RIGHTS_CHANGED})
# What no timeline shows and what changes no right of others: keys and tokens, and reporters shown, sought or erased.
AUDITED_KINDS = frozenset(
    {
        EventKind.CREDENTIAL_ISSUED,
        EventKind.CREDENTIAL_REVOKED,
        EventKind.CREDENTIAL_ROTATED,
        EventKind.REPORTER_REVEALED,
        EventKind.REPORTER_SOUGHT,
        EventKind.REPORTER_ERASED,
    }
)
# What no timeline shows and the feeds of the officers are told whom it names: a notification came, was read or went.
NOTIFICATION_KINDS = frozenset({EventKind.NOTIFIED, EventKind.NOTIFICATIONS_CLEARED})


class AuditKind(StrEnum):
    """What the audit log keeps; REFUSED and TOKEN_USED are counts of a minute, all others stand one by one."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    SESSION_EVICTED = "SESSION_EVICTED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the name of what happened
    PASSWORD_CHANGE_FAILED = "PASSWORD_CHANGE_FAILED"  # noqa: S105 - the name of what happened
    INVITED = "INVITED"
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED"
    RIGHTS_CHANGED = "RIGHTS_CHANGED"
    ACCOUNT_CREATED = "ACCOUNT_CREATED"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"
    ACCOUNT_ENDED = "ACCOUNT_ENDED"
    TOKEN_ISSUED = "TOKEN_ISSUED"  # noqa: S105 - the name of what happened
    TOKEN_REVOKED = "TOKEN_REVOKED"  # noqa: S105 - the name of what happened
    KEY_ISSUED = "KEY_ISSUED"
    KEY_REVOKED = "KEY_REVOKED"
    KEYS_ROTATED = "KEYS_ROTATED"
    GRANT_CHANGED = "GRANT_CHANGED"
    REPORTER_REVEALED = "REPORTER_REVEALED"
    REPORTER_SOUGHT = "REPORTER_SOUGHT"
    REPORTER_ERASED = "REPORTER_ERASED"
    EXPORTED = "EXPORTED"
    SECRET_ROTATED = "SECRET_ROTATED"  # noqa: S105 - the name of what happened
    DISPLAY_REQUESTED = "DISPLAY_REQUESTED"
    DISPLAY_APPROVED = "DISPLAY_APPROVED"
    DISPLAY_DENIED = "DISPLAY_DENIED"
    DISPLAY_RENAMED = "DISPLAY_RENAMED"
    DISPLAY_REVOKED = "DISPLAY_REVOKED"
    DEADLINE_RULES_CHANGED = "DEADLINE_RULES_CHANGED"
    CONSENT_RECORDED = "CONSENT_RECORDED"
    LINK_CHANGED = "LINK_CHANGED"
    LOG_ADOPTED = "LOG_ADOPTED"
    LOG_REWRITTEN = "LOG_REWRITTEN"
    REFUSED = "REFUSED"
    TOKEN_USED = "TOKEN_USED"  # noqa: S105 - the name of what happened


class SubjectKind(StrEnum):
    TICKET = "TICKET"
    OFFICER = "OFFICER"
    CREDENTIAL = "CREDENTIAL"
    CLIENT = "CLIENT"
    REFERENCE = "REFERENCE"
    NOTIFICATION = "NOTIFICATION"


class EpochKind(StrEnum):
    """How an epoch of the log began; ORDERED is by hand, for whatever nobody can see from outside."""

    MADE = "MADE"
    RESTORED = "RESTORED"
    FAILED_OVER = "FAILED_OVER"
    COPIED = "COPIED"
    ORDERED = "ORDERED"


class TextKind(StrEnum):
    """PLACE: an address with its coordinates that gave way. SOURCE_KIND: how another system calls a note of its own."""

    TITLE = "TITLE"
    BODY = "BODY"
    PLACE = "PLACE"
    SOURCE_KIND = "SOURCE_KIND"
    NOTE = "NOTE"
    ANSWER = "ANSWER"
    EVIDENCE = "EVIDENCE"
    REASON = "REASON"
    DECISION = "DECISION"
    ADVICE = "ADVICE"
    OUTCOME = "OUTCOME"
    TRACKING_ID = "TRACKING_ID"
    RAW_STATUS = "RAW_STATUS"


class LinkDirection(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class Sp4nStatus(StrEnum):
    """Where SP4N-LAPOR! says that a report stands, as the city's list understands its words."""

    UNPROCESSED = "UNPROCESSED"
    VERIFIED = "VERIFIED"
    IN_PROGRESS = "IN_PROGRESS"
    POSTPONED = "POSTPONED"
    RESOLVED = "RESOLVED"
    ARCHIVED = "ARCHIVED"
    UNKNOWN = "UNKNOWN"


CLOSED_THERE = frozenset({Sp4nStatus.RESOLVED, Sp4nStatus.ARCHIVED})
OPEN_THERE = frozenset(Sp4nStatus) - CLOSED_THERE - {Sp4nStatus.UNKNOWN}


class Sp4nMismatch(StrEnum):
    """How the two desks disagree."""

    CLOSED_HERE_ONLY = "CLOSED_HERE_ONLY"
    CLOSED_THERE_ONLY = "CLOSED_THERE_ONLY"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"


class AreaLevel(StrEnum):
    KECAMATAN = "KECAMATAN"
    KELURAHAN = "KELURAHAN"


class Purpose(StrEnum):
    """What a database was made for; demo data never enters a production database."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"
