"""Which fields a caller must be able to read before a filter or an order is in their schema: both reveal their field.

A key is an input field or a value of TicketOrder in schema.graphql. Its value lists alternatives, each a set of
coordinates that must all be open. Without an alternative it is for staff only. A name without a dot is an enum that
must be open as a whole. What has no key reveals nothing new: the caller's own externalId, and the time of receipt.
Source: docs/adr/0018.
"""

from __future__ import annotations

from collections.abc import Collection

from services.access.fields import RULES, Relation
from services.access.filters import needs
from services.access.filters.filters import NAMES, RULES_OF_FIELDS
from services.access.filters.needs import Need, Needs, one_of

# A board tells parts of its own: who reads those may ask for one of them, whatever is open of tickets.
_LEADS = (
    *one_of("Ticket.leadAgency", *needs.AGENCIES),
    *one_of("WallboardSnapshot.byAgency AgencyLoad.agency AgencyLoad.open", *needs.AGENCIES),
    *one_of("WallboardSnapshot.byLateness AgencyLoad.agency AgencyLoad.open", *needs.AGENCIES),
)
_MATTERS = one_of("WallboardSnapshot.byCategory CategoryCount.category CategoryCount.count", *needs.CATEGORIES)
_PLACES = one_of("WallboardSnapshot.byKecamatan AreaCount.count", "AreaCount.code", "AreaCount.name")

_OF_FIELDS = {name: RULES_OF_FIELDS[field].needs for name, field in NAMES.items()}
NEEDS: dict[str, Needs] = {
    **{f"TicketFilter.{name}": each for name, each in _OF_FIELDS.items() if each is not needs.NOTHING},
    "BoardFilter.agencyCode": _LEADS,
    "BoardFilter.categoryCode": (*needs.CATEGORY, *_MATTERS),
    "BoardFilter.channel": needs.CHANNEL,
    "BoardFilter.kecamatanCode": (*needs.KECAMATAN, *_PLACES),
    "TicketOrder.RECENTLY_CHANGED": needs.UPDATED,
    "TicketOrder.LONGEST_UNCHANGED": needs.UPDATED,
    "TicketOrder.RELEVANCE": needs.WORDS,
    "TicketOrder.DUE_FIRST": needs.DUE,
}
ALWAYS = frozenset(
    {
        *(f"TicketFilter.{name}" for name, each in _OF_FIELDS.items() if each is needs.NOTHING),
        "TicketOrder.NEWEST_FIRST",
        "TicketOrder.OLDEST_FIRST",
    }
)


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
