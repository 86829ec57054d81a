"""Every field that not everybody may read: which relations to its ticket may, and the reason that all others get.

Ticket.hidden, the hiding itself, redactions, docs/rights.md and the tests' matrix come from these rules; of the fields
in EMPTY all others are told nothing. A field of the schema that stands neither here nor in
services/access/open_fields.py fails the build. Source: docs/adr/0010.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.enums import ClockKind, HiddenReason


class Relation(StrEnum):
    """What a caller is to a ticket that they see; staff may be several at once."""

    REPORTER = "REPORTER"  # the citizen's session of this ticket
    HANDLER = "HANDLER"  # officer or liaison of the lead agency or of a supporting one
    DESK = "DESK"  # coordinator, unless their own agency is the reported one of a supervisory ticket
    INSPECTOR = "INSPECTOR"  # inspector of a supervisory ticket
    STAFF = "STAFF"  # any staff who see the ticket
    ADMIN = "ADMIN"  # administrators, for what is no ticket
    PARTNER = "PARTNER"
    DISPLAY = "DISPLAY"
    LEFT = "LEFT"  # a caller whose own change has just taken the ticket out of their sight
    SENDER = "SENDER"  # the caller who made it, or asked for it


@dataclass(frozen=True, slots=True)
class ReadRule:
    """Who reads a field, and why the others do not (S16, S20).

    hides is the field's name in Ticket.hidden. A field with identity is also hidden from everyone while the
    reporter has not declined anonymity, and from the reported agency where the ticket is supervisory.
    """

    readers: frozenset[Relation]
    reason: HiddenReason
    hides: str | None = None
    identity: bool = False


OFFICE = frozenset({Relation.HANDLER, Relation.DESK, Relation.INSPECTOR, Relation.STAFF})
WORKING = frozenset({Relation.HANDLER, Relation.DESK, Relation.INSPECTOR})
STEERING = frozenset({Relation.DESK, Relation.INSPECTOR})
WORDS = OFFICE | {Relation.REPORTER, Relation.PARTNER}
PRESENT = WORDS | {Relation.DISPLAY}
PEOPLE = WORKING | {Relation.REPORTER}
OWN = frozenset({Relation.SENDER})
CLOCKED = OFFICE | {Relation.PARTNER, Relation.DISPLAY}  # not the reporter: the clock may be an agency's own
TERMS = OFFICE | {Relation.REPORTER, Relation.PARTNER}

_PERSONAL, _ROLE = HiddenReason.PERSONAL_DATA, HiddenReason.NOT_YOUR_ROLE

RULES: dict[str, ReadRule] = {
    "Ticket.title": ReadRule(WORDS, _PERSONAL, hides="title"),
    "Ticket.body": ReadRule(WORDS, _PERSONAL, hides="body"),
    "Ticket.assignee": ReadRule(OFFICE, _ROLE, hides="assignee"),
    "Ticket.reporter": ReadRule(PEOPLE, _ROLE, hides="reporter", identity=True),
    "Ticket.answers": ReadRule(WORDS, _PERSONAL, hides="answers"),
    "Ticket.escalations": ReadRule(OFFICE, _ROLE, hides="escalations"),
    "Ticket.unresolvedCases": ReadRule(OFFICE, _ROLE, hides="unresolvedCases"),
    "Ticket.sp4n": ReadRule(OFFICE, _ROLE, hides="sp4n"),
    "Ticket.extensions": ReadRule(WORDS, _ROLE, hides="extensions"),
    "Ticket.timeline": ReadRule(PRESENT, _ROLE, hides="timeline"),
    "Ticket.dueAt": ReadRule(CLOCKED, _ROLE, hides="dueAt"),
    "Ticket.standing": ReadRule(CLOCKED, _ROLE, hides="standing"),
    "Ticket.deadlines": ReadRule(TERMS, _ROLE, hides="deadlines"),
    "Ticket.handlingClass": ReadRule(TERMS, _ROLE, hides="handlingClass"),
    "Ticket.closedBySilence": ReadRule(TERMS, _ROLE, hides="closedBySilence"),
    "Location.address": ReadRule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.address"),
    "Location.latitude": ReadRule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.latitude"),
    "Location.longitude": ReadRule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.longitude"),
    "Reporter.name": ReadRule(PEOPLE, _ROLE, identity=True),
    "Reporter.phone": ReadRule(PEOPLE, _ROLE, identity=True),
    "Reporter.email": ReadRule(PEOPLE, _ROLE, identity=True),
    "Reporter.nik": ReadRule(PEOPLE, _ROLE, identity=True),
    "RevealReporterPayload.reporter": ReadRule(STEERING, _ROLE),
    "RevealedReporter.name": ReadRule(STEERING, _ROLE),
    "RevealedReporter.phone": ReadRule(STEERING, _ROLE),
    "RevealedReporter.email": ReadRule(STEERING, _ROLE),
    "RevealedReporter.nik": ReadRule(STEERING, _ROLE),
    "FindReporterTicketsPayload.tickets": ReadRule(frozenset({Relation.DESK}), _ROLE, identity=True),
    "Query.unresolvedCases": ReadRule(OFFICE, _ROLE),
    "Sp4nLink.rawStatus": ReadRule(OFFICE, _ROLE),
    "Sp4nLink.trackingId": ReadRule(OFFICE, _ROLE),
    "Sp4nStatusEntry.rawStatus": ReadRule(OFFICE, _ROLE),
    "UnresolvedCase.decision": ReadRule(OFFICE, _ROLE),
    "UnresolvedCase.outcome": ReadRule(OFFICE, _ROLE),
    "UnresolvedCase.recommendation": ReadRule(OFFICE, _ROLE),
    "Answer.text": ReadRule(WORDS, _PERSONAL),
    "Answer.author": ReadRule(OFFICE, _ROLE),
    "Answer.approver": ReadRule(OFFICE, _ROLE),
    "Extension.reason": ReadRule(OFFICE, _ROLE),
    "Extension.note": ReadRule(OFFICE, _ROLE),
    "Extension.requestedBy": ReadRule(OFFICE, _ROLE),
    "Extension.decidedBy": ReadRule(OFFICE, _ROLE),
    "TicketEvent.text": ReadRule(WORDS, _PERSONAL),
    "TicketEvent.reasonCode": ReadRule(OFFICE, _ROLE),
    "TicketEvent.publicMessage": ReadRule(WORDS, _PERSONAL),
    "EventActor.name": ReadRule(OFFICE, _ROLE),
    "Officer.id": ReadRule(OFFICE, _ROLE),
    "Officer.name": ReadRule(OFFICE, _ROLE),
    "Officer.agency": ReadRule(OFFICE, _ROLE),
    "OfficerConnection.edges": ReadRule(OFFICE, _ROLE),
    "TicketStatusChange.clientMutationId": ReadRule(OFFICE | OWN, _ROLE),
    "TicketEntered.clientMutationId": ReadRule(OFFICE | OWN, _ROLE),
    "TicketUpdated.clientMutationId": ReadRule(OFFICE | OWN, _ROLE),
    "Query.displays": ReadRule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.displayRequest": ReadRule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "DisplayPayload.display": ReadRule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.deadlineFor": ReadRule(OFFICE, _ROLE),
    "Query.deadlinePolicies": ReadRule(OFFICE, _ROLE),
    "Query.workCalendars": ReadRule(OFFICE, _ROLE),
    "Query.calendarDays": ReadRule(OFFICE, _ROLE),
    "Query.previewDeadlineRules": ReadRule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "DeadlineRulesPayload.impact": ReadRule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.notifications": ReadRule(OFFICE, _ROLE),
    "Subscription.notificationFeed": ReadRule(OFFICE, _ROLE),
    "Query.escalationRules": ReadRule(OFFICE, _ROLE),
    "Query.auditLog": ReadRule(OWN | {Relation.ADMIN}, _ROLE),
    "Query.partners": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerPayload.partner": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerKeyPayload.key": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerKeyPayload.token": ReadRule(OWN, _ROLE),
    "RotateTrackingSecretPayload.trackingSecret": ReadRule(STEERING, _ROLE),
    "Query.staff": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffPayload.account": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffInvitationPayload.account": ReadRule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffInvitationPayload.path": ReadRule(OWN, _ROLE),
    "AcceptInvitationPayload.email": ReadRule(OWN, _ROLE),
    "TicketPayload.trackingSecret": ReadRule(OWN, _ROLE),
    "CitizenSessionPayload.accessToken": ReadRule(OWN, _ROLE),
    "SignInPayload.accessToken": ReadRule(OWN, _ROLE),
    "SignInPayload.csrfToken": ReadRule(OWN, _ROLE),
    "Viewer.assignments": ReadRule(OWN, _ROLE),
    "Viewer.csrfToken": ReadRule(OWN, _ROLE),
    "Viewer.sessions": ReadRule(OWN, _ROLE),
    "Viewer.unreadNotifications": ReadRule(OWN, _ROLE),
}
# Answers that were not sent yet, and entries of the timeline that are not for everyone, have readers of their own.
DRAFTS = ReadRule(WORKING, _ROLE)
# Fields that are null for all others, as they are where there is nothing: no reason is given, neither in Ticket.hidden
# nor in redactions, and every kind of caller may ask for them.
EMPTY: dict[str, ReadRule] = {
    "Answer.reviewNote": DRAFTS,
    "Ticket.continuedIn": ReadRule(frozenset({Relation.REPORTER}), _ROLE),
}
# What names an agency is open, but to the reporter of a supervisory report: nobody names one to them, on any path.
# By the field's name in Ticket.hidden.
NAMING = {name: f"Ticket.{name}" for name in ("leadAgency", "referredTo", "reportedAgency", "supportingAgencies")}
NAMING_ACTOR = "EventActor.agency"
NAMING_CLOCKS = ("DeadlinePolicy.agency", "DeadlineSegment.agency")
# The clocks that the reporter reads: the desk's, the city's, and their own. Of an agency's own they are told nothing.
REPORTERS_CLOCKS = frozenset(
    {ClockKind.VERIFICATION, ClockKind.RESOLUTION, ClockKind.REPORTER_REPLY, ClockKind.COMPLETION}
)
HIDING = {rule.hides: coordinate for coordinate, rule in RULES.items() if rule.hides is not None}
