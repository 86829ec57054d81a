"""What an event of the log shows to a caller: status changes, and the coming and going of tickets in a live list.

An event is shown only if its ticket is visible both in the state right after it and in the row as loaded now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from models.database import connection
from models.enums import EventKind, PrincipalKind, TicketStatus
from realtime import log
from realtime.cursors import BadCursor, FeedPosition
from realtime.log import LoggedEvent
from services.access import hidden_names, row_rule, works_on
from services.credentials import refreshed
from services.desk import Desk
from services.filters import TicketFilter, condition
from services.pages import page_size
from services.predicates import Among, Predicate, meets
from services.reads import loaded_rows
from services.reference import Reference
from services.refusals import EdgeRefusal, bad_input
from services.scopes import Scope, Sight
from services.states import State, known_status
from services.timelines import event_visible
from services.views import TicketView, row_state

PAGE_OF_LOG = 500
PAGES_PER_CALL = 10


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
        return hashlib.blake2b(repr(self).encode(), digest_size=8).digest()


async def load(desk: Desk, keys: Collection[int]) -> dict[int, LoadedTicket]:
    """These tickets as they are now, in one statement."""
    rows, reference = await loaded_rows(desk, Among("id", tuple(keys)))
    return {row["id"]: LoadedTicket(row, reference) for row in rows}


async def watch(desk: Desk, scope: Scope, wanted: TicketFilter) -> Watch:
    """The tickets that a feed of this caller follows; raises BAD_INPUT for a search and for unknown codes."""
    if scope.kind is PrincipalKind.ANONYMOUS:
        raise EdgeRefusal("UNAUTHENTICATED", "SIGN_IN")
    if wanted.search is not None:
        raise bad_input("SEARCH_IN_FEED")
    return watched_by(await desk.reference(), scope, wanted)


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


def status_change(event: LoggedEvent, watched: Watch, now: LoadedTicket | None) -> StatusChange | None:
    """The status change that this event shows; the filter is applied to the state right after it."""
    if now is None or not _moves(event):
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
    changed = readable_changes(event, watched.sight)
    return Updated(event, view, changed) if changed else None


def readable_changes(event: LoggedEvent, sight: Sight) -> list[str]:
    """The names of the changed fields that this sight may read.

    Where all of them are hidden but the version rose, that is what changed: a fresh query would show it too.
    """
    names = [name for name in event.changed if _reads(sight, event, name)]
    if not names and event.before is not None and event.after is not None:
        return ["version"] if event.before.get("version") != event.after.get("version") else []
    return names


def _reads(sight: Sight, event: LoggedEvent, name: str) -> bool:
    hidden = hidden_names(sight)
    if name == "timeline":
        return event_visible(sight, event.visibility, event.actor_agency_id)
    if name == "answers" and event.kind is not EventKind.ANSWER_SENT:
        return event.after is not None and works_on(sight, event.after)
    return name not in hidden and name.partition(".")[0] not in hidden


def told_mutation_id(event: LoggedEvent, sight: Sight) -> str | None:
    """The clientMutationId of an event: for staff where staff sent it, for a partner where that partner did."""
    actor, _, key = (event.actor_id or "").partition(":")
    if sight.kind is PrincipalKind.STAFF and actor == "officer":
        return event.client_mutation_id
    if sight.kind is PrincipalKind.PARTNER and (actor, key) == ("client", str(sight.client_id)):
        return event.client_mutation_id
    return None


async def scope_now(desk: Desk, scope: Scope) -> Scope | None:
    """The scope that a connected caller's credential gives now; None where it gives none any more."""
    try:
        return await refreshed(desk, scope)
    except EdgeRefusal:
        return None


def may_change_rights(event: LoggedEvent) -> bool:
    """Whether an event that is not a ticket's can change what a connected caller sees."""
    return event.kind in (EventKind.RIGHTS_CHANGED, EventKind.CREDENTIAL_REVOKED, EventKind.REFERENCE_CHANGED)


def may_concern(event: LoggedEvent, scope: Scope) -> bool:
    """Whether such an event can change this scope: the end of a credential only what it, or its client, has opened."""
    if event.kind is not EventKind.CREDENTIAL_REVOKED:
        return True
    client, ended = event.details.get("client"), event.details.get("credentials", [event.subject_id])
    return scope.credential_id in ended or (client is not None and scope.client_id == client)


@dataclass(frozen=True, slots=True)
class StatusChangePage:
    """A page of the feed for clients that pull; cursor moves on when the page is empty too."""

    changes: list[StatusChange]
    cursors: list[str]
    has_next: bool
    cursor: str
    reset: bool = False


@dataclass(slots=True)
class _Pull:
    position: int
    changes: list[StatusChange] = field(default_factory=list)
    finished: bool = False


async def status_changes(
    desk: Desk, scope: Scope, wanted: TicketFilter, first: int, after: str | None
) -> StatusChangePage:
    """The next status changes after a cursor, at most first; without one, the place from which to go on.

    reset tells that the cursor is too old, of another log or ahead of this one: reload the list first.
    """
    size = page_size(first)
    watched = await watch(desk, scope, wanted)
    place = opened(desk, after)
    head = await log.head(connection())
    if place is None:
        return StatusChangePage([], [], has_next=False, cursor=desk.cursors.seal_place(head.epoch, head.seq))
    if place.epoch != head.epoch or place.seq > head.seq or await _too_old(desk, place.seq):
        cursor = desk.cursors.seal_place(head.epoch, head.seq)
        return StatusChangePage([], [], has_next=False, cursor=cursor, reset=True)
    return await _pulled(desk, watched, head.epoch, place.seq, size)


def opened(desk: Desk, cursor: str | None) -> FeedPosition | None:
    """The place that a feed cursor stands for; raises BAD_CURSOR."""
    try:
        return None if cursor is None else desk.cursors.open_feed(cursor)
    except BadCursor:
        raise EdgeRefusal("BAD_CURSOR", "FEED_CURSOR") from None


async def _too_old(desk: Desk, seq: int) -> bool:
    """Whether the first event after seq lies beyond the horizon."""
    events, _ = await log.read_after(connection(), seq, 1)
    return bool(events) and events[0].recorded_at < desk.now() - desk.rules.replay_horizon


async def _pulled(desk: Desk, watched: Watch, epoch: str, seq: int, size: int) -> StatusChangePage:
    pull = _Pull(seq)
    for _ in range(PAGES_PER_CALL):
        await _pull_page(desk, watched, pull, size)
        if pull.finished or len(pull.changes) >= size:
            break
    shown = desk.cursors.seal_feed
    return StatusChangePage(
        changes=pull.changes,
        cursors=[shown(epoch, change.event.seq) for change in pull.changes],
        has_next=not pull.finished,
        cursor=desk.cursors.seal_place(epoch, pull.position),
    )


async def _pull_page(desk: Desk, watched: Watch, pull: _Pull, size: int) -> None:
    """Read on in the log until the page is full, this part of the log is read, or the log ends."""
    events, head = await log.read_after(connection(), pull.position, PAGE_OF_LOG)
    likely = [event for event in events if _moves(event) and watched.holds(event.after)]
    tickets = await load(desk, {event.ticket_id for event in likely if event.ticket_id is not None})
    for event in likely:
        change = status_change(event, watched, tickets.get(event.ticket_id or 0))
        if change is not None and len(pull.changes) < size:
            pull.changes.append(change)
        elif change is not None:
            pull.position = event.seq - 1
            return
    pull.position = events[-1].seq if events else pull.position
    pull.finished = pull.position >= head.seq


def _moves(event: LoggedEvent) -> bool:
    before, after = event.before, event.after
    return after is not None and (before is None or before.get("status") != after.get("status"))
