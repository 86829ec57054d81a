"""Which fields a caller must be able to read before a filter or an order is in their schema: both reveal their field.

A key is an input field or a value of TicketOrder in schema.graphql. Its value lists alternatives, each a set of
coordinates that must all be open. Without an alternative it is for staff only. A name without a dot is an enum that
must be open as a whole. What has no key reveals nothing new: the caller's own externalId, and the time of receipt.
"""

from __future__ import annotations

from collections.abc import Collection

from services.access.fields import RULES, Relation

Need = frozenset[str]


def _each(*alternatives: str) -> tuple[Need, ...]:
    return tuple(frozenset(alternative.split()) for alternative in alternatives)


def _of(fields: str, *names: str) -> tuple[Need, ...]:
    """Alternatives: these fields, each time with another one of these fields of their type."""
    return _each(*(f"{fields} {name}" for name in names))


_AGENCIES = ("Agency.code", "Agency.name", "Agency.id")
_CATEGORIES = ("Category.code", "Category.name", "Category.id")

_STAFF_ONLY: tuple[Need, ...] = ()
_ASSIGNEE = _each("Ticket.assignee")
_AGENCY = _of("Ticket.leadAgency Ticket.supportingAgencies", *_AGENCIES)
_CATEGORY = _of("Ticket.category", *_CATEGORIES)
_KELURAHAN = _of("Ticket.location", "Location.kelurahanCode", "Location.kelurahan")
_KECAMATAN = (*_KELURAHAN, *_of("Ticket.location", "Location.kecamatan"))
_WORDS = _each("Ticket.title Ticket.body Ticket.number")
_RECEIVED, _UPDATED = _each("Ticket.receivedAt"), _each("Ticket.updatedAt")

# A board tells parts of its own: who reads those may ask for one of them, whatever is open of tickets.
_LEADS = (
    *_of("Ticket.leadAgency", *_AGENCIES),
    *_of("WallboardSnapshot.byAgency AgencyLoad.agency AgencyLoad.open", *_AGENCIES),
)
_MATTERS = _of("WallboardSnapshot.byCategory CategoryCount.category CategoryCount.count", *_CATEGORIES)
_PLACES = _of("WallboardSnapshot.byKecamatan AreaCount.count", "AreaCount.code", "AreaCount.name")

NEEDS: dict[str, tuple[Need, ...]] = {
    "TicketFilter.status": _each("Ticket.status"),
    "TicketFilter.open": _each("Ticket.status TicketStatus"),
    "TicketFilter.classification": _each("Ticket.classification"),
    "TicketFilter.agencyCode": _AGENCY,
    "TicketFilter.agencyRole": _AGENCY,
    "TicketFilter.assigneeId": _ASSIGNEE,
    "TicketFilter.unassigned": _ASSIGNEE,
    "TicketFilter.worklist": _STAFF_ONLY,
    "TicketFilter.categoryCode": _CATEGORY,
    "TicketFilter.channel": _each("Ticket.channel"),
    "TicketFilter.kecamatanCode": _KECAMATAN,
    "TicketFilter.kelurahanCode": _KELURAHAN,
    "TicketFilter.receivedFrom": _RECEIVED,
    "TicketFilter.receivedTo": _RECEIVED,
    "TicketFilter.updatedFrom": _UPDATED,
    "TicketFilter.search": _WORDS,
    "BoardFilter.agencyCode": _LEADS,
    "BoardFilter.categoryCode": (*_CATEGORY, *_MATTERS),
    "BoardFilter.channel": _each("Ticket.channel"),
    "BoardFilter.kecamatanCode": (*_KECAMATAN, *_PLACES),
    "TicketOrder.RECENTLY_CHANGED": _UPDATED,
    "TicketOrder.LONGEST_UNCHANGED": _UPDATED,
    "TicketOrder.RELEVANCE": _WORDS,
}
ALWAYS = frozenset({"TicketFilter.externalId", "TicketOrder.NEWEST_FIRST", "TicketOrder.OLDEST_FIRST"})


def missing(coordinate: str, readers: frozenset[Relation], open_names: Collection[str]) -> Need | None:
    """The coordinates that callers of these relations lack for a filter or an order; None where they lack none.

    open_names are the coordinates of output fields that are open, and the names of enums that are so as a whole.
    """
    if coordinate not in NEEDS:
        return None
    lacking = [_lacking(need, readers, open_names) for need in NEEDS[coordinate]]
    return None if frozenset() in lacking else min(lacking, key=len, default=frozenset())


def _lacking(need: Need, readers: frozenset[Relation], open_names: Collection[str]) -> Need:
    return frozenset(each for each in need if each not in open_names or not _readable(each, readers))


def _readable(coordinate: str, readers: frozenset[Relation]) -> bool:
    return coordinate not in RULES or not readers.isdisjoint(RULES[coordinate].readers)
