"""What single fields cost beside being answered: rows of lists that take no `first`, and statements of the database.

Prices are points; a point is some 20 us of work, however it is spent (docs/partners.md says what costs how much).
A test asks for every list of the schema, and counts the statements of every field that stands here.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.enums import TicketStatus
from services.access.filters.worklists import Worklist
from services.core.paging import LARGEST_PAGE
from services.core.reference import Reference

STATEMENT = 50  # points; measured: a statement by its key takes some 1 ms of server and database together
OPERATION = STATEMENT  # to know the caller, check the document and write the answer takes as much, whatever is asked
COUNT = 500  # a count of all that a caller sees: 1 ms at 3,000 tickets, 20 ms at 60,000
SEARCHES = {"Query.officers": 100, "Query.staff": 100, "Query.tickets": 1_000}  # words: up to 100 ms at 60,000 tickets
CHANGE = 10  # statements of one mutation: as many as handing in a report takes
COUNTING = 4 * STATEMENT  # one deadline: mostly 1 ms, some 20 ms for two hundred steps over ten years
# Points of one field of one row that take more than being answered: counting a clock, and saying how it was counted.
WORK = {"Deadline.explanation": 50, "Deadline.left": 20, "Deadline.used": 20}
BOARD = 10 * STATEMENT  # all parts of a board, where nobody has counted it yet

# The most rows of a list of objects that takes no `first`. Where the city's own master data decides, their real number
# counts, and the one here until they are read. The others are bounded by what they are lists of, else it is our choice.
SIZES = {
    "AuditEntry.details": 6,
    "Deadline.verdicts": 5,
    "DeadlineImpact.moves": LARGEST_PAGE,
    "DeadlineExplanation.daysOff": 15,
    "DeadlineExplanation.segments": 10,
    "Escalation.notified": 3,
    "FindReporterTicketsPayload.tickets": LARGEST_PAGE,
    "IllegalTransition.allowed": 10,
    "OfficeWeek.windows": 14,
    "Partner.deprecated": 10,
    "Partner.documents": 10,
    "Partner.keys": 5,
    "Query.agencies": 100,
    "Query.areas": 100,
    "Query.calendarDays": 40,
    "Query.categories": 100,
    "Query.deadlinePolicies": 40,
    "Query.displays": 50,
    "Query.escalationRules": 20,
    "Query.partners": 20,
    "Query.workCalendars": 5,
    "StaffAccount.assignments": 4,
    "TicketPayload.otherTickets": 10,
    "Ticket.allowedMoves": 8,
    "Ticket.answers": 3,
    "Ticket.deadlines": 4,
    "Ticket.duplicates": 10,
    "Ticket.escalations": 5,
    "Ticket.extensions": 2,
    "Ticket.hidden": 6,
    "Sp4nLink.history": 10,
    "Ticket.supportingAgencies": 3,
    "Ticket.unresolvedCases": 2,
    "VersionConflict.changedSince": 20,
    "Viewer.assignments": 4,
    "Viewer.sessions": 10,
    "Viewer.worklists": len(Worklist),
    "WallboardSnapshot.byAgency": 100,
    "WallboardSnapshot.byCategory": 100,
    "WallboardSnapshot.byKecamatan": 5,
    "WallboardSnapshot.byLateness": 100,
    "WallboardSnapshot.byStatus": len(TicketStatus),
    "WallboardSnapshot.dueFirst": 10,
    "WallboardSnapshot.latest": 12,
    "WallboardSnapshot.links": 3,
    "WallboardSnapshot.oldestOpen": 10,
    "WallboardSnapshot.trend": 30,
    "WorkCalendar.agencies": 10,
    "WorkCalendar.weeks": 5,
}
ERRORS = 3  # of one mutation: mostly none; our choice

# Statements of a field, once for all rows of the list in which it stands: loaders fetch them together.
STATEMENTS = {
    "Mutation": CHANGE,
    "Notification.escalation": 2,
    "Notification.ticket": 1,
    "Query.agencies": 1,
    "Query.areas": 1,
    "Query.auditLog": 1,
    "Query.calendarDays": 1,
    "Query.categories": 1,
    "Query.deadlineFor": COUNTING // STATEMENT,
    "Query.deadlinePolicies": 1,
    "Query.displayRequest": 3,
    "Query.displays": 2,
    "Query.escalationRules": 1,
    "Query.node": 2,
    "Query.notifications": 1,
    "Query.officers": 2,
    "Query.partners": 4 + 2 * SIZES["Query.partners"],
    "Query.staff": 3,
    "Query.ticket": 2,
    "Query.tickets": 1,
    "Query.ticketStatusChanges": 4,
    "Query.unresolvedCases": 1,
    "Query.viewer": 1,
    "Query.wallboard": BOARD // STATEMENT,
    "Query.workCalendars": 1,
    "Subscription.notificationFeed": 1,
    "Subscription.wallboard": 1,
    "Ticket.answers": 1,
    "Ticket.continuedIn": 1,
    "Ticket.deadlines": 1,
    "Ticket.duplicates": 1,
    "Ticket.escalations": 1,
    "Ticket.extensions": 1,
    "Ticket.holdCount": 1,
    "Ticket.mergedInto": 1,
    "Ticket.reporter": 1,
    "Ticket.timeline": 1,
    "Ticket.sp4n": 2,
    "Ticket.unresolvedCases": 1,
    "Viewer.assignments": 1,
    "Viewer.sessions": 1,
    "Viewer.unreadNotifications": 1,
    "Viewer.worklists": COUNT // STATEMENT,
}
COUNTS = frozenset({"TicketConnection.totalCount", "UnresolvedCaseConnection.totalCount"})
SEARCHED = frozenset({"filter", "search"})  # arguments that hold the words


def points_of(type_name: str, field: str) -> int:
    """The points of a field's own statements."""
    if type_name == "Mutation":
        return STATEMENTS["Mutation"] * STATEMENT
    return STATEMENTS.get(f"{type_name}.{field}", 0) * STATEMENT


def work_of(type_name: str, field: str) -> int:
    """The points of answering a field of one row; mostly one."""
    return WORK.get(f"{type_name}.{field}", 1)


def size_of(type_name: str, field: str) -> int:
    """The most rows of a list of objects that takes no `first`; 1 for what is none."""
    if field == "errors":
        return ERRORS
    return SIZES.get(f"{type_name}.{field}", 1)


def real_sizes(reference: Reference | None) -> Mapping[str, int]:
    """The lists whose rows are the city's own master data, as long as they are now."""
    if reference is None:
        return {}
    agencies, categories = len(reference.agencies), len(reference.categories)
    return {
        "Query.agencies": agencies,
        "Query.areas": len(reference.areas),
        "Query.categories": categories,
        "WallboardSnapshot.byAgency": agencies,
        "WallboardSnapshot.byCategory": categories + 1,
        "WallboardSnapshot.byLateness": agencies,
        "WallboardSnapshot.byKecamatan": len(reference.kecamatan) + 1,
    }
