"""What happened, and who is told of it."""

from enum import StrEnum


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
# What reporters and partners are told of where its writer says nothing else; of every other kind staff are told then.
PUBLIC_KINDS = frozenset(
    {
        EventKind.SUBMITTED,
        EventKind.VERIFIED,
        EventKind.DISPATCHED,
        EventKind.RETURNED,
        EventKind.STATUS_CHANGED,
        EventKind.ASSIGNED,
        EventKind.FIELD_CHANGED,
        EventKind.ANSWER_SENT,
        EventKind.REOPENED,
        EventKind.MERGED,
        EventKind.CONTINUATION_CHANGED,
        EventKind.IMPORTED,
        EventKind.IMPORTED_NOTE,
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
