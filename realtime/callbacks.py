"""What the hub works on: plans of groups, requests to subscribe, and the rules of the desk as callbacks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from realtime.cursors import FeedPosition
from realtime.log import LoggedEvent
from realtime.members import Validity
from realtime.strays import only_errors

T = TypeVar("T")
Row = Any
Rows = Mapping[int, Row]
Decision = Any
Keys = frozenset[Hashable]
Outdated = Collection[Hashable]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What all subscriptions of one group have in common.

    key: document, operation name, variables without the resume position, and everything that decides what is seen.
    feed: it gets heartbeats, and a frame that tells of a reset; others get an error instead.
    mark: must be the mark of a cursor that resumes this group, unless it is None.
    snapshot: it gets the whole of something, rendered anew when that changed, instead of single events.
    discreet: between its regular beats it gets a snapshot only where what it reads there has changed, as the moment of
    any other one would tell that something happened which it does not read.
    keys: no event without one of these concerns it; None where any event may.
    kept: what an event shows hangs on its ticket's row alone, so that it may be shown again as long as nothing changed
    that; else it is rendered anew for each who returns.
    cost: the points of one execution, by which an account's groups are bounded.
    domain: whatever those who decide and render need; the hub does not look at it.
    """

    key: Hashable
    feed: bool = False
    mark: bytes | None = None
    snapshot: bool = False
    discreet: bool = False
    keys: Keys | None = None
    kept: bool = True
    cost: int = 1
    domain: Any = None


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """One subscription: the group that it belongs to, where it goes on, and the account that it counts for, if known.

    reserved: it may use the part that is kept for staff, screens and partners. share: how much of an account's bound
    it may fill; less for a citizen.
    """

    plan: GroupPlan
    after: FeedPosition | None = None
    principal: str | None = None
    reserved: bool = True
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole as a GraphQL result in JSON; until: when it changes without an event, by the hub's clock.

    content: the same without what every drawing changes; only plans that are discreet need it. accept: called when a
    look vouches for the rights under which it was read, so that it may be shown again.
    """

    payload: bytes
    until: datetime | None = None
    content: bytes | None = None
    accept: Callable[[], None] = lambda: None


def passes(problem: BaseException) -> bool:
    """Whether a failure is transient: the same thing may succeed when it is tried again."""
    return isinstance(problem, TimeoutError | OSError)


@dataclass(frozen=True, slots=True)
class HubCallbacks:
    """The rules of the desk, as the hub calls them. Those that may return bytes or an awaitable of bytes do either.

    load: the rows of these tickets as they are now, in one statement.
    decide: what this event shows to this group, given the row of its ticket; None for nothing.
    render: the GraphQL result of one decision, as JSON, None where nothing is left to show; heartbeat and reset
    likewise for feeds.
    expired: the refusal of a cursor that is out of reach; failed: the one with this code of the contract, or REVOKED
    where the caller has no rights any more.
    rights_changed: called for every event that is not a ticket's, before any later event is shown; False means that
    nobody's scope has changed.
    judge: what became of these scopes, in one statement; UNKNOWN for one that cannot be judged. Raises where none can.
    named: whose scopes such an event can have changed, None for anybody's; names: under which names a scope is meant.
    interests: the keys of an event, before and after; None where it may concern any group.
    outdated: the keys of those of these plans that would be made otherwise by the master data of now.
    day: what lists depend on beside the log, the desk's day; when it is another one, outdated is asked for all plans.
    passing: whether a failure is transient; others would come again with the same event.
    snapshot: what a plan of snapshots shows, read after this moment (by the hub's monotonic clock), or the last one
    that was accepted if nothing can be read; decide tells for such a plan whether an event changes it.
    pulse: called again and again with whether the bell is heard and the log was read; True if that outdates snapshots.
    pays: takes the price of so many frames of this group, False where the budget does not hold it; spent is the refusal
    then, with the position from which to go on; snapshots have none.
    """

    load: Callable[[Collection[int]], Awaitable[Rows]]
    decide: Callable[[LoggedEvent, GroupPlan, Row | None], Decision | None]
    render: Callable[[GroupPlan, LoggedEvent, Decision, Row, FeedPosition], bytes | Awaitable[bytes | None] | None]
    heartbeat: Callable[[GroupPlan, FeedPosition, datetime, int], bytes | Awaitable[bytes]]
    reset: Callable[[GroupPlan, FeedPosition], bytes | Awaitable[bytes]]
    expired: Callable[[GroupPlan, FeedPosition], Exception]
    failed: Callable[[str], Exception]
    rights_changed: Callable[[LoggedEvent], Awaitable[bool | None]]
    judge: Callable[[Collection[Any]], Awaitable[Mapping[Any, Validity]]]
    named: Callable[[LoggedEvent], Collection[Hashable] | None] = lambda event: None
    names: Callable[[Any], Collection[Hashable]] = lambda scope: ()
    interests: Callable[[LoggedEvent], Collection[Hashable] | None] = lambda event: None
    outdated: Callable[[Sequence[GroupPlan]], Outdated | Awaitable[Outdated]] = lambda plans: ()
    day: Callable[[], Hashable] = lambda: None
    passing: Callable[[BaseException], bool] = passes
    snapshot: Callable[[GroupPlan, float, bool], Awaitable[Snapshot]] | None = None
    pulse: Callable[[bool, bool], bool] | None = None
    pays: Callable[[GroupPlan, int], bool] = lambda plan, frames: True
    spent: Callable[[GroupPlan, FeedPosition | None], Exception] = lambda plan, position: ExpiredError()


class ExpiredError(Exception):
    """What was asked for lies before what the group can replay."""


class UnpaidError(Exception):
    """The budget does not hold the next frame; everything up to the group's position was written."""


class TooLateError(Exception):
    """A group is so far behind that its members have to reload."""


class BadEventError(Exception):
    """A group does not understand an event: it could not show it however often it tried."""


async def contained(work: Awaitable[T]) -> T:
    """What work gives. Whatever it ends with comes as an Exception, so that it does not end the task of its caller."""
    with only_errors():
        return await work


async def settled(value: T | Awaitable[T], seconds: float) -> T:
    """The value itself, now or when it is there, contained; TimeoutError after so many seconds."""
    if not inspect.isawaitable(value):
        return value
    async with asyncio.timeout(seconds):
        return await contained(value)
