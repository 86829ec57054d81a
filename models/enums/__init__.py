"""The closed lists of the desk, a file for each noun.

They are imported from here, so that a list may move to the file of another noun. Their Indonesian terms stand in
services/core/terms.yaml and docs/glossary.md.
"""

from models.enums.audit import AuditKind
from models.enums.callers import ActorKind, HiddenReason, PrincipalKind, Role, Visibility
from models.enums.deadlines import (
    UNITS_OF_DAYS,
    UNITS_OF_OFFICES,
    ClockKind,
    ClockState,
    DeadlineStanding,
    DeadlineUnit,
    ExtensionState,
    HandlingClass,
    Punctuality,
)
from models.enums.escalations import EscalationLevel, OmbudsmanConsent, UnresolvedCaseState
from models.enums.events import (
    AUDITED_KINDS,
    FOLLOWED_KINDS,
    NOTIFICATION_KINDS,
    PUBLIC_KINDS,
    REFERENCE_KINDS,
    TIMELINE_KINDS,
    EpochKind,
    EventKind,
    SubjectKind,
    TextKind,
)
from models.enums.master_data import AgencyKind, AreaLevel, Purpose
from models.enums.moves import MoveMutation, MoveNeed, ReasonList
from models.enums.notifications import NotificationKind
from models.enums.sp4n import CLOSED_THERE, OPEN_THERE, LinkDirection, Sp4nMismatch, Sp4nStatus
from models.enums.tickets import (
    AGENCY_STATUSES,
    ASSIGNABLE_STATUSES,
    CLOSED_STATUSES,
    OPEN_STATUSES,
    REOPENED_STATUSES,
    RETURNED_STATUSES,
    UNASSIGNED_STATUSES,
    UNDISPATCHED_LED_STATUSES,
    UNVERIFIED_STATUSES,
    WAITING_STATUSES,
    AnswerState,
    Channel,
    Classification,
    TicketStatus,
)

__all__ = [
    "AGENCY_STATUSES",
    "ASSIGNABLE_STATUSES",
    "AUDITED_KINDS",
    "CLOSED_STATUSES",
    "CLOSED_THERE",
    "FOLLOWED_KINDS",
    "NOTIFICATION_KINDS",
    "OPEN_STATUSES",
    "OPEN_THERE",
    "PUBLIC_KINDS",
    "REFERENCE_KINDS",
    "REOPENED_STATUSES",
    "RETURNED_STATUSES",
    "TIMELINE_KINDS",
    "UNASSIGNED_STATUSES",
    "UNDISPATCHED_LED_STATUSES",
    "UNITS_OF_DAYS",
    "UNITS_OF_OFFICES",
    "UNVERIFIED_STATUSES",
    "WAITING_STATUSES",
    "ActorKind",
    "AgencyKind",
    "AnswerState",
    "AreaLevel",
    "AuditKind",
    "Channel",
    "Classification",
    "ClockKind",
    "ClockState",
    "DeadlineStanding",
    "DeadlineUnit",
    "EpochKind",
    "EscalationLevel",
    "EventKind",
    "ExtensionState",
    "HandlingClass",
    "HiddenReason",
    "LinkDirection",
    "MoveMutation",
    "MoveNeed",
    "NotificationKind",
    "OmbudsmanConsent",
    "PrincipalKind",
    "Punctuality",
    "Purpose",
    "ReasonList",
    "Role",
    "Sp4nMismatch",
    "Sp4nStatus",
    "SubjectKind",
    "TextKind",
    "TicketStatus",
    "UnresolvedCaseState",
    "Visibility",
]
