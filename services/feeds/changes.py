"""Which changed fields of a ticket an event shows to a caller: those that they may read, and no others (decided here).

A partner reads what its grant opens. An event that changes nothing of that is not shown to it, as a new query would
give the same answer as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from models.enums import TIMELINE_KINDS, EventKind, PrincipalKind
from realtime.log import LoggedEvent
from services.access.access import hidden_names, reads, works_on
from services.access.fields import REPORTERS_CLOCKS
from services.access.scopes import Sight
from services.access.states import State
from services.core.reference import Reference
from services.queries.timelines import event_visible

# Every move and every edit changes these too: where nothing else of it is readable, the first readable one is shown.
WITH_ALL = {"version": "version", "updatedAt": "updated_at"}
# An erasure takes the words out of these, whoever may read of the erasure itself.
ERASED_IN = {"answers": "Answer.text", "timeline": "TicketEvent.text"}
STATUS_IS_READ_IN = frozenset({"Ticket.status", "TicketStatusChange.from", "TicketStatusChange.to"})


@dataclass(frozen=True, slots=True)
class Part:
    """A field whose value is master data: the field of a state with its key, the map of Reference, and its fields."""

    state: str
    held: str
    type_: str
    fields: dict[str, str]

    def read(self, state: State, reference: Reference, opens: frozenset[str]) -> list[Any]:
        """The values that a query for all open fields would give."""
        refs = getattr(reference, self.held)
        keys = state.get(self.state)
        found = [refs.get(key) for key in (keys if isinstance(keys, list) else [keys])]
        read = [attrgetter(attribute) for name, attribute in self.fields.items() if f"{self.type_}.{name}" in opens]
        return [None if each is None else [get(each) for get in read] for each in found] if read else []


_CODED = {name: name for name in ("id", "code", "name", "active", "parent")}
_AGENCY = _CODED | {"kind": "kind", "shortName": "short_name"}
# The exact location is for no partner, so an edit of it alone is not shown to one.
_LOCATION = {"kelurahanCode": "code", "kelurahan": "name", "kecamatan": "kecamatan"}
PARTS = {
    "category": Part("category", "categories", "Category", _CODED | {"sp4nCode": "sp4n_code"}),
    "leadAgency": Part("lead", "agencies", "Agency", _AGENCY),
    "location": Part("kelurahan", "areas", "Location", _LOCATION),
    "reportedAgency": Part("reported", "agencies", "Agency", _AGENCY),
    "referredTo": Part("referred_to", "agencies", "Agency", _AGENCY),
    "supportingAgencies": Part("supporting", "agencies", "Agency", _AGENCY),
}


def readable_changes(event: LoggedEvent, sight: Sight, reference: Reference) -> list[str]:
    """The names of the changed fields that this sight may read; empty where the event is none for it.

    Where all of them are hidden, version or updatedAt stands for them, as a new query would show that change too.
    """
    names = [name for name in event.changed if _is_readable(sight, event, name, reference)]
    return names or next(([name] for name in WITH_ALL if _changes_too(sight, event, name)), _entry(event, sight))


def reads_status(sight: Sight) -> bool:
    """Whether this sight reads a ticket's status in any field that would show a change of it."""
    return sight.granted is None or not STATUS_IS_READ_IN.isdisjoint(sight.granted.opens)


def _is_readable(sight: Sight, event: LoggedEvent, name: str, reference: Reference) -> bool:
    if not _reads(sight, event, name):
        return False
    if sight.granted is None or name not in PARTS or event.before is None or event.after is None:
        return True
    part, opens = PARTS[name], sight.granted.opens
    return part.read(event.before, reference, opens) != part.read(event.after, reference, opens)


def _reads(sight: Sight, event: LoggedEvent, name: str) -> bool:
    field = name.partition(".")[0]
    if sight.granted is not None and f"Ticket.{field}" not in sight.granted.opens:
        return False
    if name in ERASED_IN and event.kind is EventKind.REPORTER_ERASED:
        return _reads_words(sight, ERASED_IN[name])
    if name == "deadlines" and sight.kind is PrincipalKind.CITIZEN:
        return _changes_own_clocks(event)
    if name == "continuedIn":
        return sight.kind is PrincipalKind.CITIZEN
    if name in ("duplicates", "timeline"):
        return event_visible(sight, event.visibility, event.actor_agency_id)
    if name == "answers" and event.kind is not EventKind.ANSWER_SENT:
        return event.after is not None and works_on(sight, event.after)
    return hidden_names(sight).isdisjoint((name, field))


def _changes_own_clocks(event: LoggedEvent) -> bool:
    """Whether an event changes a clock that the reporter reads, as its states or its details tell."""
    named = {event.details.get("clock"), *_listed(event.details.get("clocks"))}
    before, after = (_own_clocks(state) for state in (event.before, event.after))
    return before != after or not named.isdisjoint(REPORTERS_CLOCKS)


def _own_clocks(state: State | None) -> list[str]:
    """Where the clocks stand that the reporter reads."""
    return [each for each in _listed((state or {}).get("clocks")) if each.partition(":")[0] in REPORTERS_CLOCKS]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _reads_words(sight: Sight, coordinate: str) -> bool:
    return reads(sight, coordinate) and (sight.granted is None or coordinate in sight.granted.opens)


def _changes_too(sight: Sight, event: LoggedEvent, name: str) -> bool:
    if event.before is None or event.after is None or not _reads(sight, event, name):
        return False
    return bool(event.before.get(WITH_ALL[name]) != event.after.get(WITH_ALL[name]))


def _entry(event: LoggedEvent, sight: Sight) -> list[str]:
    """The field timeline where a partner reads nothing else of an event than its entry there; else nothing."""
    in_timelines = event.kind in TIMELINE_KINDS and sight.granted is not None
    return ["timeline"] if in_timelines and _reads(sight, event, "timeline") else []
