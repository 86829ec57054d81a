"""What a filter or an order tells of tickets, in words that several of them share (docs/adr/0018).

A need is the coordinates that all must be open to a caller, and the enums that must be so as a whole; several needs are
alternatives. NOTHING is met by everybody, STAFF_ONLY by nobody else.
"""

from __future__ import annotations

Need = frozenset[str]
Needs = tuple[Need, ...]


def each(*alternatives: str) -> Needs:
    """Any one of these, each written as its coordinates."""
    return tuple(frozenset(alternative.split()) for alternative in alternatives)


def one_of(fields: str, *names: str) -> Needs:
    """One need for each name: all of these fields, and that field of what they answer."""
    return each(*(f"{fields} {name}" for name in names))


AGENCIES = ("Agency.code", "Agency.name", "Agency.shortName", "Agency.id")
CATEGORIES = ("Category.code", "Category.name", "Category.id")

NOTHING = each("")
STAFF_ONLY: Needs = ()
STATUS = each("Ticket.status")
STATUSES = each("Ticket.status TicketStatus")
CLASSIFICATION = each("Ticket.classification")
ASSIGNEE = each("Ticket.assignee")
AGENCY = one_of("Ticket.leadAgency Ticket.supportingAgencies", *AGENCIES)
CATEGORY = one_of("Ticket.category", *CATEGORIES)
CHANNEL = each("Ticket.channel")
KELURAHAN = one_of("Ticket.location", "Location.kelurahanCode", "Location.kelurahan")
KECAMATAN = (*KELURAHAN, *one_of("Ticket.location", "Location.kecamatan"))
WORDS = each("Ticket.title Ticket.body Ticket.number")
RECEIVED, UPDATED = each("Ticket.receivedAt"), each("Ticket.updatedAt")
DUE, STANDING = each("Ticket.dueAt"), each("Ticket.standing")
CLOCK = each("Ticket.deadlines Deadline.clock Deadline.state Deadline.standing")
HANDLING_CLASS, SILENCE = each("Ticket.handlingClass"), each("Ticket.closedBySilence")
