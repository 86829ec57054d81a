"""What an event of the log shows to a caller: status changes, and the coming and going of tickets in a live list.

An event is shown only if its ticket is visible both in the state right after it and in the row as loaded now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from models.enums import EventKind, PrincipalKind, SubjectKind, TicketStatus
from realtime.cursors import BadCursor, FeedPosition
from realtime.log import LoggedEvent
from realtime.members import Validity
from services.access import row_rule
from services.changes import readable_changes, reads_status
from services.desk import Desk
from services.filters import TicketFilter, condition
from services.identify import refreshed_all
from services.marks import mark_of
from services.predicates import Among, Predicate, meets
from services.reads import loaded_rows
from services.reference import Reference
from services.refusals import EdgeRefusal, bad_input
from services.scopes import Scope, Sight
from services.states import State, known_status
from services.views import TicketView, row_state

JUDGED_AT_ONCE = 500  # in one statement; so many rows hold the loop for some 10 ms
Names = frozenset[tuple[str, int]]
EVERY_CLIENT = ("client", 0)
OF_MASTER_DATA = frozenset({"city", "version", "counts", "import"})  # what a seed and an import tell of themselves


class LoadedTicket:
    """A ticket's row as it is now, with the master data of the same moment."""

    def __init__(self, row: Mapping[str, Any], reference: Reference) -> None:
        self.row = row
        self.reference = reference

    @cached_property
    def state(self) -> State:
        return row_state(self.row)


@dataclass(frozen=True, slots=True)
class Watch:
    """Which tickets a feed follows: the caller's rights and the filter, apart, as the two differ in what is told."""

    sight: Sight
    rule: Predicate
    wanted: Predicate

    def sees(self, state: State) -> bool:
        return self.rule.holds(state)

    def holds(self, state: State | None) -> bool:
        return state is not None and self.rule.holds(state) and meets(self.wanted, state)

    @property
    def mark(self) -> bytes:
        """Names filter and rights, so that a cursor of another list is noticed."""
        return mark_of(self.sight, self.rule, self.wanted)


async def load(desk: Desk, keys: Collection[int]) -> dict[int, LoadedTicket]:
    """These tickets as they are now, in one statement."""
    rows, reference = await loaded_rows(desk, Among("id", tuple(keys)))
    return {row["id"]: LoadedTicket(row, reference) for row in rows}


async def watch(desk: Desk, scope: Scope, wanted: TicketFilter) -> Watch:
    """The tickets that a feed of this caller follows; raises BAD_INPUT for a search and for unknown codes."""
    require_followable(scope, wanted)
    return watched_by(await desk.reference(), scope, wanted)


def require_followable(scope: Scope, wanted: TicketFilter) -> None:
    """Let through what a feed can follow: raises UNAUTHENTICATED, and BAD_INPUT for a search."""
    if scope.kind is PrincipalKind.ANONYMOUS:
        raise EdgeRefusal("UNAUTHENTICATED", "SIGN_IN")
    if wanted.search is not None:
        raise bad_input("SEARCH_IN_FEED")


def watched_by(reference: Reference, scope: Scope, wanted: TicketFilter) -> Watch:
    """The tickets that a list of this caller shows and a feed goes on with."""
    return Watch(scope.sight, row_rule(scope.sight), condition(wanted, reference, scope))


def still_watched(reference: Reference, watched: Watch, scope: Scope, wanted: TicketFilter) -> bool:
    """Whether a feed follows what a list with the same filter shows by this master data."""
    try:
        return watched_by(reference, scope, wanted) == watched
    except EdgeRefusal:  # a code that the city has no more
        return False


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One status change that a caller may see, and the ticket as it is now."""

    event: LoggedEvent
    ticket: TicketView
    from_: TicketStatus | None
    to: TicketStatus


def moves(event: LoggedEvent) -> bool:
    """Whether the ticket has another status after an event than before it."""
    before, after = event.before, event.after
    return after is not None and (before is None or before.get("status") != after.get("status"))


def status_change(event: LoggedEvent, watched: Watch, now: LoadedTicket | None) -> StatusChange | None:
    """The status change that this event shows; the filter is applied to the state right after it."""
    if now is None or not moves(event) or not reads_status(watched.sight):
        return None
    to = known_status(event.after)
    if to is None or not watched.holds(event.after) or not watched.sees(now.state):
        return None
    view = TicketView(now.row, now.reference, watched.sight)
    return StatusChange(event, view, known_status(event.before), to)


class LeftReason(StrEnum):
    FILTER = "FILTER"
    NOT_VISIBLE = "NOT_VISIBLE"


@dataclass(frozen=True, slots=True)
class Entered:
    event: LoggedEvent
    ticket: TicketView


@dataclass(frozen=True, slots=True)
class Updated:
    event: LoggedEvent
    ticket: TicketView
    changed: list[str]


@dataclass(frozen=True, slots=True)
class Left:
    event: LoggedEvent
    ticket_id: int
    reason: LeftReason


def membership(event: LoggedEvent, watched: Watch, now: LoadedTicket | None) -> Entered | Updated | Left | None:
    """What this event does to a live list, decided from the state before and after, for filter and rights alike."""
    if now is None or event.after is None or event.ticket_id is None:
        return None
    was, stays = watched.holds(event.before), watched.holds(event.after)
    if was and not stays:
        gone = not watched.sees(event.after) or not watched.sees(now.state)
        return Left(event, event.ticket_id, LeftReason.NOT_VISIBLE if gone else LeftReason.FILTER)
    if not stays or not watched.sees(now.state):
        return None
    view = TicketView(now.row, now.reference, watched.sight)
    if not was:
        return Entered(event, view)
    changed = readable_changes(event, watched.sight, now.reference)
    return Updated(event, view, changed) if changed else None


def told_mutation_id(event: LoggedEvent, sight: Sight) -> str | None:
    """The clientMutationId of an event: for staff where staff sent it, for a partner where that partner did."""
    actor, _, key = (event.actor_id or "").partition(":")
    if sight.kind is PrincipalKind.STAFF and actor == "officer":
        return event.client_mutation_id
    if sight.kind is PrincipalKind.PARTNER and (actor, key) == ("client", str(sight.client_id)):
        return event.client_mutation_id
    return None


async def judged(desk: Desk, scopes: Collection[Scope]) -> dict[Scope, Validity]:
    """What became of these scopes, each judged by itself: UNKNOWN for one whose row this release can not read.

    One statement for JUDGED_AT_ONCE of them; raises only where the database does not answer, and for all of them then.
    """
    known = sorted({scope.credential_id for scope in scopes if scope.credential_id is not None})
    now: dict[int, Scope | Exception] = {}
    for start in range(0, len(known), JUDGED_AT_ONCE):
        now.update(await refreshed_all(desk, known[start : start + JUDGED_AT_ONCE]))
    return {scope: _validity(desk, scope, now) for scope in scopes}


def _validity(desk: Desk, scope: Scope, credentials: Mapping[int, Scope | Exception]) -> Validity:
    """A scope beside what its credential gives now; one whose time is over has changed at least."""
    now = scope if scope.credential_id is None else credentials.get(scope.credential_id)
    if now is None or isinstance(now, EdgeRefusal):
        return Validity.REVOKED
    if isinstance(now, Exception):
        return Validity.UNKNOWN
    over = scope.valid_until is not None and scope.valid_until <= desk.now()
    same = (now.sight, now.officer_id, now.valid_until) == (scope.sight, scope.officer_id, scope.valid_until)
    return Validity.SAME if same and not over else Validity.CHANGED


CHANGES_OF_RIGHTS = frozenset({EventKind.RIGHTS_CHANGED, EventKind.CREDENTIAL_REVOKED, EventKind.REFERENCE_CHANGED})


def may_change_rights(event: LoggedEvent) -> bool:
    """Whether an event that is not a ticket's can change what a connected caller sees; one of a later release can."""
    known = isinstance(event.kind, EventKind) and not event.newer
    return not known or event.kind in CHANGES_OF_RIGHTS


def may_concern(event: LoggedEvent, scope: Scope) -> bool:
    """Whether such an event can change this scope."""
    named = named_by(event)
    return named is None or not named.isdisjoint(names_of(scope))


def named_by(event: LoggedEvent) -> Names | None:
    """Whose scopes an event can change: officers, clients and credentials by their keys; None is everybody.

    An event in a form that is not known here, of another release or of an old one, concerns everybody.
    """
    if not may_change_rights(event):
        return frozenset()
    if event.newer:
        return None
    if event.kind is EventKind.REFERENCE_CHANGED:
        # Grants and boards speak of the city by its codes; what staff and citizens may do names nothing of it.
        return frozenset({EVERY_CLIENT}) if event.details and event.details.keys() <= OF_MASTER_DATA else None
    if event.kind is EventKind.CREDENTIAL_REVOKED:
        return _ended_by(event)
    name = _SUBJECTS.get(event.subject_kind)
    return None if name is None or event.subject_id <= 0 else frozenset({(name, event.subject_id)})


_SUBJECTS = {SubjectKind.OFFICER: "officer", SubjectKind.CLIENT: "client"}


def _ended_by(event: LoggedEvent) -> Names | None:
    """The credentials that an event ends, and the client all of whose credentials end with it."""
    client, ended = event.details.get("client"), event.details.get("credentials", [event.subject_id])
    keys = [*ended, *([] if client is None else [client])] if isinstance(ended, list) else []
    if not keys or not all(isinstance(key, int) and key > 0 for key in keys):
        return None
    names = {("credential", key) for key in ended}
    return frozenset(names if client is None else names | {("client", client)})


def names_of(scope: Scope) -> Names:
    """By which names events call for this scope."""
    keys = {
        "officer": scope.officer_id,
        "client": scope.client_id,
        "credential": scope.credential_id,
        "ticket": scope.ticket_id,
    }
    names = {(name, key) for name, key in keys.items() if key is not None}
    return frozenset(names if scope.client_id is None else names | {EVERY_CLIENT})


def opened(desk: Desk, cursor: str | None) -> FeedPosition | None:
    """The place that a feed cursor stands for; raises BAD_CURSOR."""
    try:
        return None if cursor is None else desk.cursors.open_feed(cursor)
    except BadCursor:
        raise EdgeRefusal("BAD_CURSOR", "FEED_CURSOR") from None
