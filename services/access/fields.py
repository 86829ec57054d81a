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
class Rule:
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

RULES: dict[str, Rule] = {
    "Ticket.title": Rule(WORDS, _PERSONAL, hides="title"),
    "Ticket.body": Rule(WORDS, _PERSONAL, hides="body"),
    "Ticket.assignee": Rule(OFFICE, _ROLE, hides="assignee"),
    "Ticket.reporter": Rule(PEOPLE, _ROLE, hides="reporter", identity=True),
    "Ticket.answers": Rule(WORDS, _PERSONAL, hides="answers"),
    "Ticket.escalations": Rule(OFFICE, _ROLE, hides="escalations"),
    "Ticket.unresolvedCases": Rule(OFFICE, _ROLE, hides="unresolvedCases"),
    "Ticket.sp4n": Rule(OFFICE, _ROLE, hides="sp4n"),
    "Ticket.extensions": Rule(WORDS, _ROLE, hides="extensions"),
    "Ticket.timeline": Rule(PRESENT, _ROLE, hides="timeline"),
    "Ticket.dueAt": Rule(CLOCKED, _ROLE, hides="dueAt"),
    "Ticket.standing": Rule(CLOCKED, _ROLE, hides="standing"),
    "Ticket.deadlines": Rule(TERMS, _ROLE, hides="deadlines"),
    "Ticket.handlingClass": Rule(TERMS, _ROLE, hides="handlingClass"),
    "Ticket.closedBySilence": Rule(TERMS, _ROLE, hides="closedBySilence"),
    "Location.address": Rule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.address"),
    "Location.latitude": Rule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.latitude"),
    "Location.longitude": Rule(OFFICE | {Relation.REPORTER}, _PERSONAL, hides="location.longitude"),
    "Reporter.name": Rule(PEOPLE, _ROLE, identity=True),
    "Reporter.phone": Rule(PEOPLE, _ROLE, identity=True),
    "Reporter.email": Rule(PEOPLE, _ROLE, identity=True),
    "Reporter.nik": Rule(PEOPLE, _ROLE, identity=True),
    "RevealReporterPayload.reporter": Rule(STEERING, _ROLE),
    "RevealedReporter.name": Rule(STEERING, _ROLE),
    "RevealedReporter.phone": Rule(STEERING, _ROLE),
    "RevealedReporter.email": Rule(STEERING, _ROLE),
    "RevealedReporter.nik": Rule(STEERING, _ROLE),
    "FindReporterTicketsPayload.tickets": Rule(frozenset({Relation.DESK}), _ROLE, identity=True),
    "Query.unresolvedCases": Rule(OFFICE, _ROLE),
    "Sp4nLink.rawStatus": Rule(OFFICE, _ROLE),
    "Sp4nLink.trackingId": Rule(OFFICE, _ROLE),
    "Sp4nStatusEntry.rawStatus": Rule(OFFICE, _ROLE),
    "UnresolvedCase.decision": Rule(OFFICE, _ROLE),
    "UnresolvedCase.outcome": Rule(OFFICE, _ROLE),
    "UnresolvedCase.recommendation": Rule(OFFICE, _ROLE),
    "Answer.text": Rule(WORDS, _PERSONAL),
    "Answer.author": Rule(OFFICE, _ROLE),
    "Answer.approver": Rule(OFFICE, _ROLE),
    "Extension.reason": Rule(OFFICE, _ROLE),
    "Extension.note": Rule(OFFICE, _ROLE),
    "Extension.requestedBy": Rule(OFFICE, _ROLE),
    "Extension.decidedBy": Rule(OFFICE, _ROLE),
    "TicketEvent.text": Rule(WORDS, _PERSONAL),
    "TicketEvent.reasonCode": Rule(OFFICE, _ROLE),
    "TicketEvent.publicMessage": Rule(WORDS, _PERSONAL),
    "EventActor.name": Rule(OFFICE, _ROLE),
    "Officer.id": Rule(OFFICE, _ROLE),
    "Officer.name": Rule(OFFICE, _ROLE),
    "Officer.agency": Rule(OFFICE, _ROLE),
    "OfficerConnection.edges": Rule(OFFICE, _ROLE),
    "TicketStatusChange.clientMutationId": Rule(OFFICE | OWN, _ROLE),
    "TicketEntered.clientMutationId": Rule(OFFICE | OWN, _ROLE),
    "TicketUpdated.clientMutationId": Rule(OFFICE | OWN, _ROLE),
    "Query.displays": Rule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.displayRequest": Rule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "DisplayPayload.display": Rule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.deadlineFor": Rule(OFFICE, _ROLE),
    "Query.deadlinePolicies": Rule(OFFICE, _ROLE),
    "Query.workCalendars": Rule(OFFICE, _ROLE),
    "Query.calendarDays": Rule(OFFICE, _ROLE),
    "Query.previewDeadlineRules": Rule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "DeadlineRulesPayload.impact": Rule(frozenset({Relation.ADMIN, Relation.DESK}), _ROLE),
    "Query.notifications": Rule(OFFICE, _ROLE),
    "Subscription.notificationFeed": Rule(OFFICE, _ROLE),
    "Query.escalationRules": Rule(OFFICE, _ROLE),
    "Query.auditLog": Rule(OWN | {Relation.ADMIN}, _ROLE),
    "Query.partners": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerPayload.partner": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerKeyPayload.key": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "PartnerKeyPayload.token": Rule(OWN, _ROLE),
    "RotateTrackingSecretPayload.trackingSecret": Rule(STEERING, _ROLE),
    "Query.staff": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffPayload.account": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffInvitationPayload.account": Rule(frozenset({Relation.ADMIN}), _ROLE),
    "StaffInvitationPayload.path": Rule(OWN, _ROLE),
    "AcceptInvitationPayload.email": Rule(OWN, _ROLE),
    "TicketPayload.trackingSecret": Rule(OWN, _ROLE),
    "CitizenSessionPayload.accessToken": Rule(OWN, _ROLE),
    "SignInPayload.accessToken": Rule(OWN, _ROLE),
    "SignInPayload.csrfToken": Rule(OWN, _ROLE),
    "Viewer.assignments": Rule(OWN, _ROLE),
    "Viewer.csrfToken": Rule(OWN, _ROLE),
    "Viewer.sessions": Rule(OWN, _ROLE),
    "Viewer.unreadNotifications": Rule(OWN, _ROLE),
}
# Answers that were not sent yet, and entries of the timeline that are not for everyone, have readers of their own.
DRAFTS = Rule(WORKING, _ROLE)
# Fields that are null for all others, as they are where there is nothing: no reason is given, neither in Ticket.hidden
# nor in redactions, and every kind of caller may ask for them.
EMPTY: dict[str, Rule] = {
    "Answer.reviewNote": DRAFTS,
    "Ticket.continuedIn": Rule(frozenset({Relation.REPORTER}), _ROLE),
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
