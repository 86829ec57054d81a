"""Which fields of a ticket an event changed, as TicketUpdated.changed names them."""

from __future__ import annotations

from collections.abc import Iterable

from services.access.states import State
from services.access.ticket_fields import TICKET_FIELDS
from services.unresolved import stays

# Field of a state -> name of the contract's field that it stands for, as TicketUpdated.changed tells it.
CONTRACT_NAMES = {field.state: field.change for field in TICKET_FIELDS if field.state and field.change}
# A further name, and the field of a state from which it follows: a supervisory report is of a class of its own.
FOLLOWING = {"handlingClass": "supervisory"}


def changed_names(before: State, after: State, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The contract's names of the fields that differ between two states, and more."""
    differing = {name for field, name in CONTRACT_NAMES.items() if before[field] != after[field]}
    differing |= {name for name, field in FOLLOWING.items() if before[field] != after[field]}
    if stays.is_unresolved(before) != stays.is_unresolved(after):
        differing.add("unresolvedCases")
    return tuple(sorted(differing | set(more)))
