"""What a feed follows: the rights and the filter of a caller, the rows of tickets as they are now, and cursors.

Source: docs/adr/0001, 0007.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from realtime.cursors import BadCursor, FeedPosition
from services.access.access import row_rule
from services.access.filters.filters import TicketFilter, condition
from services.access.filters.values import FILTER
from services.access.predicates import Among, Predicate, meets
from services.access.scopes import Scope, Sight, require_chosen, require_signed_in
from services.access.states import State, row_state
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.reference import Reference
from services.core.refusals import Checks, EdgeRefusal, bad_input
from services.feeds.marks import mark_of
from services.queries.tickets import loaded_rows


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
    """Which tickets a feed follows: the caller's rights and the filter, apart, as they give different reasons."""

    sight: Sight
    rule: Predicate
    wanted: Predicate

    def sees(self, state: State) -> bool:
        return self.rule.holds(state)

    def holds(self, state: State | None) -> bool:
        return state is not None and self.rule.holds(state) and meets(self.wanted, state)

    @property
    def mark(self) -> bytes:
        """A digest of filter and rights, by which the cursor of another list is recognised."""
        return mark_of(self.sight, self.rule, self.wanted)


async def load(desk: Desk, keys: Collection[int]) -> dict[int, LoadedTicket]:
    """These tickets as they are now, in one statement."""
    rows, reference = await loaded_rows(desk, Among("id", tuple(keys)))
    return {row["id"]: LoadedTicket(row, reference) for row in rows}


async def watch(desk: Desk, scope: Scope, wanted: TicketFilter) -> Watch:
    """The tickets that a feed of this caller follows; raises BAD_INPUT for a search and for unknown codes."""
    reference, checks = await desk.reference(), Checks()
    checks(require_followable, scope, wanted)
    watched = checks(watched_by, reference, scope, wanted, desk.keys)
    checks.settle()
    return watched


def require_followable(scope: Scope, wanted: TicketFilter) -> None:
    """Let through what a feed can follow: raises UNAUTHENTICATED, FORBIDDEN, and BAD_INPUT for a search."""
    require_signed_in(scope)
    require_chosen(scope)
    if wanted.search is not None:
        raise bad_input("SEARCH_IN_FEED", FILTER, "search")


def watched_by(reference: Reference, scope: Scope, wanted: TicketFilter, keys: Keys | None = None) -> Watch:
    """The tickets that a list of this caller shows, and a feed after it follows; keys as condition takes them."""
    return Watch(scope.sight, row_rule(scope.sight), condition(wanted, reference, scope, keys))


def still_watched(
    reference: Reference, watched: Watch, scope: Scope, wanted: TicketFilter, keys: Keys | None = None
) -> bool:
    """Whether a feed still follows what a list with its filter shows by this master data."""
    try:
        return watched_by(reference, scope, wanted, keys) == watched
    except EdgeRefusal:  # a code that the city has no more
        return False


def decode_cursor(desk: Desk, cursor: str | None) -> FeedPosition | None:
    """The position in the log that a feed cursor holds; raises BAD_CURSOR."""
    try:
        return None if cursor is None else desk.cursors.open_feed(cursor)
    except BadCursor:
        raise EdgeRefusal("BAD_CURSOR", "FEED_CURSOR", path=("after",)) from None
