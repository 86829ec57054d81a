"""Every field that is open to all who see the object that it belongs to, as it holds nothing personal (docs/adr/0010).

Whoever adds a field to the schema says here that it is open, or in services/access/fields.py who may read it.
"""

from __future__ import annotations

from services.access.ticket_fields import TICKET_FIELDS, camel

_OF_TICKETS = {camel(field.attribute) for field in TICKET_FIELDS if field.open and field.attribute}
OPEN_FIELDS: dict[str, str] = {
    "AcceptInvitationPayload": "clientMutationId errors",
    "Agency": "active code id kind name parent shortName",
    "AgencyLoad": "agency dueSoon oldestOpenAt open overdue",
    "AllowedMove": "by needs reasonCodes to",
    "Answer": "id sentAt state updatedAt version",
    "AnswerPayload": "answer clientMutationId errors",
    "Area": "code kecamatan kecamatanCode name",
    "AreaCount": "code count name",
    "Category": "active code id name parent sp4nCode",
    "AuditDetail": "name value",
    "AuditEntry": "address at count details kind number position principal sealedAt subject",
    "AuditEntryConnection": "edges pageInfo",
    "AuditEntryEdge": "cursor node",
    "CategoryCount": "category count",
    "CalendarDay": "calendarCode day decree estimated kind name",
    "CheckInvitationPayload": "agency city clientMutationId email errors expiresAt name role",
    "ChangePasswordPayload": "changed clientMutationId errors",
    "CitizenSessionPayload": "clientMutationId errors expiresAt ticket",
    "Deadline": (
        "amount clock dueAt dueOn dueSoonAt explanation extension left policy rulesVersion standing startedAt state "
        "unit used verdicts"
    ),
    "DeadlineExplanation": "daysOff segments text",
    "DeadlineImpact": "becomeOverdue moved moves noLongerOverdue open version",
    "DeadlineMove": "after before clock ticket",
    "DeadlineRulesPayload": "clientMutationId errors version",
    "DeadlinePolicy": (
        "agency amount category channel classification clock code extension extensions handlingClass legalBasis rests "
        "unit validFrom validTo verified"
    ),
    "DeadlineSegment": "agency calendarCode days from running seconds status to",
    "DeadlineVerdict": "at dueAt lateBy policyCode punctuality rulesVersion",
    "DeprecatedFieldUse": "coordinate lastUsedAt uses",
    "DenyDisplayPayload": "clientMutationId denied errors",
    "Display": "address agency approvedBy board createdAt id lastHeartbeatAt name revokedAsCopied revokedAt",
    "DisplayPayload": "clientMutationId errors",
    "DisplayRequest": "address agency board expiresAt requestedAt userCode",
    "Escalation": "acknowledgedAt acknowledgedBy at id level note notified raisedBy reason rule",
    "EscalationPayload": "clientMutationId errors escalation",
    "EscalationRule": ("amount atOnce clock code fromStart legalBasis level statuses unit validFrom validTo verified"),
    "EventActor": "agency kind",
    "Extension": "amount clock decidedAt id requestedAt state",
    "FeedHeartbeat": "asOf cursor lagMilliseconds",
    "FeedReset": "cursor",
    "Continuation": "number status updatedAt",
    "FindReporterTicketsPayload": "clientMutationId errors",
    "Forbidden": "code message path",
    "HiddenField": "field reason",
    "IdempotencyConflict": "code message path",
    "IllegalTransition": "allowed code current currentStatus message path",
    "InvalidInput": "code message path",
    "LinkState": "link ok since",
    "Location": "kecamatan kelurahan kelurahanCode",
    "Mutation": (
        "acceptInvitation acknowledgeEscalation addNote approveDisplay assignOfficer changeDeadlineRules "
        "changeHandlingClass changePartnerGrant changePassword changeStaff changeTicketStatus "
        "checkInvitation closeUnresolvedCase createPartner createPartnerKey decideExtension denyDisplay "
        "dispatchTicket editTicket endPartner endStaff eraseReporter escalateTicket evaluateUnresolvedCase "
        "findReporterTickets inviteStaff linkSp4n markNotificationsRead mergeTicket recallAnswer "
        "recordOmbudsmanConsent recordReporterReply recordSp4nStatus renameDisplay renewInvitation "
        "reopenTicket requestExtension returnTicket revealReporter reviewAnswer revokeDisplay "
        "revokePartnerKey revokeSession rotateTrackingSecret saveAnswerDraft sendAnswer signIn signOut "
        "startCitizenSession storePartnerDocument submitTicket switchAssignment unlinkSp4n verifyTicket "
    ),
    "NotFound": "code message path",
    "MarkNotificationsReadPayload": "clientMutationId errors unread",
    "Notification": "at count escalation id kind readAt text ticket",
    "NotificationAdded": "cursor notification unread",
    "NotificationConnection": "edges feedCursor pageInfo unread",
    "NotificationEdge": "cursor node",
    "NotificationsCleared": "cursor ids unread",
    "OfficerConnection": "pageInfo",
    "OfficerEdge": "cursor node",
    "OfficeWeek": "decree name validFrom validTo windows",
    "OfficeWindow": "closes opens weekday",
    "OldTicket": "agency category dueOn holdUntil number receivedAt standing status workingDaysLeft",
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    "Partner": "budget coordinates deprecated documents endsAt id keys name purpose rows version",
    "PartnerBudget": "points restorePerSecond",
    "PartnerDocument": "name text",
    "PartnerKey": "createdAt expiresAt id lastUsedAt name networks",
    "PartnerKeyPayload": "clientMutationId errors",
    "PartnerPayload": "clientMutationId errors",
    "Query": ("agencies areas categories node officers ticket ticketStatusChanges tickets viewer wallboard "),
    "RevealReporterPayload": "clientMutationId errors",
    "RevokeSessionPayload": "clientMutationId errors session",
    "RotateTrackingSecretPayload": "clientMutationId errors",
    "Session": "agent createdAt current expiresAt id lastUsedAt",
    "SignInPayload": "clientMutationId errors expiresAt viewer",
    "SignOutPayload": "errors signedOut",
    "SwitchAssignmentPayload": "clientMutationId errors viewer",
    "Sp4nLink": "createdAt direction history mismatch status statusAt",
    "Sp4nStatusEntry": "at recordedBy status",
    "StaffAccount": "active assignments email id linkExpiresAt name passwordChangedAt version",
    "StaffAssignment": "agency role validFrom validTo",
    "StaffConnection": "edges pageInfo",
    "StaffEdge": "cursor node",
    "StaffInvitationPayload": "clientMutationId errors expiresAt",
    "StaffPayload": "clientMutationId errors",
    "StatusCount": "count status",
    "Subscription": "ticketFeed ticketStatusChanged wallboard",
    "Throttled": "code message path retryAfterSeconds",
    "Ticket": " ".join(("allowedMoves duplicates hidden holdCount", *sorted(_OF_TICKETS))),
    "TicketConnection": "asOf edges feedCursor pageInfo searchedAlike totalCount",
    "TicketEdge": "cursor node",
    "TicketEntered": "cursor ticket",
    "TicketEvent": "actor at from id kind to version visibility",
    "TicketEventConnection": "edges pageInfo",
    "TicketEventEdge": "cursor node",
    "TicketLeft": "cursor id reason ticketId",
    "TicketPayload": "clientMutationId errors feedCursor otherTickets ticket",
    "TicketStatusChange": "at cursor from ticket to version",
    "TicketStatusChangeConnection": "cursor edges hasNextPage reset",
    "TicketStatusChangeEdge": "cursor node",
    "TicketUpdated": "changed cursor ticket",
    "TrendDay": "day dayOff dispatched received resolved workingDay",
    "UnresolvedCase": (
        "cause closedAt evaluatedAt evaluatedBy followUpOn followUpOverdue id level openedAt responsibleAgency state "
        "ticket version"
    ),
    "UnresolvedCaseConnection": "edges pageInfo totalCount",
    "UnresolvedCaseEdge": "cursor node",
    "UnresolvedCasePayload": "case clientMutationId errors",
    "VersionConflict": "changedSince code current currentAnswer currentTicket message path",
    "Viewer": "agency kind name officer roles serverTime sessionExpiresAt worklists",
    "WallboardChange": "agency at category number to",
    "WallboardSnapshot": (
        "agency asOf build byAgency byCategory byKecamatan byLateness byStatus city cursor dispatchedToday dueFirst "
        "dueSoon dueToday latest links oldestOpen open openWithoutAgency overdue overdueLimit overdueWithoutAgency "
        "receivedToday resolvedToday tooFew total trend usualReceived withheld"
    ),
    "WorkCalendar": "agencies always code knownUntil name weeks",
    "WorklistCount": "count worklist",
}


def open_coordinates() -> frozenset[str]:
    """The open fields as schema coordinates, e.g. `Ticket.number`."""
    return frozenset(f"{name}.{field}" for name, fields in OPEN_FIELDS.items() for field in fields.split())
