"""Rows, enums and rules that need only the row."""

from models.agencies import Agency, AgencyName
from models.answers import Answer
from models.areas import Area
from models.audit import AuditEntry, AuditSeal, AuditTally, AuditWaiting
from models.calendars import CalendarDay, DeadlinePolicy, DeadlineRule, OfficeWeek, WithdrawnDay, WorkCalendar
from models.categories import Category
from models.clocks import TicketClock
from models.credentials import Client, Credential
from models.displays import DeviceRequest, Display, RefreshToken
from models.escalations import ConsentEntry, Escalation, EscalationRule
from models.events import Event, LogEpoch, LogHead, TicketText
from models.extensions import Extension
from models.external_links import ExternalLink
from models.idempotency import IdempotencyKey
from models.installations import Installation
from models.notifications import Notification, NotificationPosition, NotificationRule
from models.officers import Assignment, Officer
from models.oversight import OversightRule
from models.partners import DeprecatedUse, Grant, GrantSet, StoredDocument
from models.reasons import HoldRule, OverdueLimit, ReasonRule, ReporterRule
from models.reporters import Reporter
from models.resolving import ResolvingRule
from models.sp4n import Sp4nLink, Sp4nSaid, Sp4nTerm
from models.staff_access import Invitation, Password
from models.tickets import Ticket, TicketCounter
from models.unresolved import UnresolvedCase, UnresolvedFilling
from models.words import MutationId, PendingReindex, WordBinding

__all__ = [
    "Agency",
    "AgencyName",
    "Answer",
    "Area",
    "Assignment",
    "AuditEntry",
    "AuditSeal",
    "AuditTally",
    "AuditWaiting",
    "CalendarDay",
    "Category",
    "Client",
    "ConsentEntry",
    "Credential",
    "DeadlinePolicy",
    "DeadlineRule",
    "DeprecatedUse",
    "DeviceRequest",
    "Display",
    "Escalation",
    "EscalationRule",
    "Event",
    "Extension",
    "ExternalLink",
    "Grant",
    "GrantSet",
    "HoldRule",
    "IdempotencyKey",
    "Installation",
    "Invitation",
    "LogEpoch",
    "LogHead",
    "MutationId",
    "Notification",
    "NotificationPosition",
    "NotificationRule",
    "OfficeWeek",
    "Officer",
    "OverdueLimit",
    "OversightRule",
    "Password",
    "PendingReindex",
    "ReasonRule",
    "RefreshToken",
    "Reporter",
    "ReporterRule",
    "ResolvingRule",
    "Sp4nLink",
    "Sp4nSaid",
    "Sp4nTerm",
    "StoredDocument",
    "Ticket",
    "TicketClock",
    "TicketCounter",
    "TicketText",
    "UnresolvedCase",
    "UnresolvedFilling",
    "WithdrawnDay",
    "WordBinding",
    "WorkCalendar",
]
