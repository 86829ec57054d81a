"""Groups: all subscriptions with the same document, variables and sight, for which everything is done once."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from models.enums import SubjectKind
from realtime.cursors import FeedPosition
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member, Spread, Validity
from realtime.ready import Ready

T = TypeVar("T")
Row = Any
Rows = Mapping[int, Row]
Decision = Any
Decided = Sequence[tuple[LoggedEvent, Decision]]
Outdated = Collection[Hashable]
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What all subscriptions of one group have in common.

    key: document, operation name, variables without the resume position, and everything that decides what is seen.
    feed: it gets heartbeats, and a frame that tells of a reset; others get an error instead.
    mark: must be the mark of a cursor that resumes this group, unless it is None.
    picture: it gets the whole of something, drawn anew when that changed, instead of single events.
    domain: whatever those who decide and render need; the hub does not look at it.
    """

    key: Hashable
    feed: bool = False
    mark: bytes | None = None
    picture: bool = False
    domain: Any = None


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription: the group that it belongs to, where it goes on, and who answers for it if known."""

    plan: GroupPlan
    after: FeedPosition | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The GraphQL result of a whole, as JSON; until is when it changes without any event, by the hub's clock."""

    payload: bytes
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """The rules of the desk, as the hub calls them. Those that may return bytes or an awaitable of bytes do either.

    load: the rows of these tickets as they are now, in one statement.
    decide: what this event shows to this group, given the row of its ticket; None for nothing.
    render: the GraphQL result of one decision, as JSON; heartbeat and reset likewise for feeds.
    expired: the refusal of a cursor that is out of reach; failed: the one with this code of the contract, or REVOKED
    where the caller has no rights any more.
    rights_changed: called for every event that is not a ticket's, before any later event is shown; False means that
    nobody's scope has changed.
    concerns: whether such an event can have changed this scope; the others are not asked for.
    still_valid: asked for every distinct scope after rights changed, and when a scope's time is over.
    outdated: the keys of those of these plans that would be made otherwise by the master data of now.
    picture: the whole that a plan of pictures shows, read after this moment (time.monotonic), or whatever there is if
    the log can not be read; decide tells for such a plan whether an event changes it.
    pulse: told after every look whether the bell is heard and the log was read; whether that makes pictures old.
    pays: whether somebody pays for so many frames of this group, and takes the price; spent is the refusal of those
    who do not, with the place from which they go on; pictures have none.
    """

    load: Callable[[Collection[int]], Awaitable[Rows]]
    decide: Callable[[LoggedEvent, GroupPlan, Row | None], Decision | None]
    render: Callable[[GroupPlan, LoggedEvent, Decision, Row, FeedPosition], bytes | Awaitable[bytes]]
    heartbeat: Callable[[GroupPlan, FeedPosition, datetime, int], bytes | Awaitable[bytes]]
    reset: Callable[[GroupPlan, FeedPosition], bytes | Awaitable[bytes]]
    expired: Callable[[GroupPlan, FeedPosition], Exception]
    failed: Callable[[str], Exception]
    rights_changed: Callable[[LoggedEvent], Awaitable[bool | None]]
    still_valid: Callable[[Any], Validity | Awaitable[Validity]]
    concerns: Callable[[LoggedEvent, Any], bool] = lambda event, scope: True
    outdated: Callable[[Sequence[GroupPlan]], Outdated | Awaitable[Outdated]] = lambda plans: ()
    picture: Callable[[GroupPlan, float, bool], Awaitable[Picture]] | None = None
    pulse: Callable[[bool, bool], bool] | None = None
    pays: Callable[[GroupPlan, int], bool] = lambda plan, frames: True
    spent: Callable[[GroupPlan, FeedPosition | None], Exception] = lambda plan, place: ExpiredError()


class ExpiredError(Exception):
    """What was asked for lies before what the group can replay."""


class UnpaidError(Exception):
    """Nobody pays for the next frame; everything up to the group's position was written."""


async def settled(value: T | Awaitable[T], seconds: float) -> T:
    """The value itself, now or when it is there; TimeoutError after so many seconds."""
    if not inspect.isawaitable(value):
        return value
    async with asyncio.timeout(seconds):
        return await value


def tickets_of(events: Collection[LoggedEvent]) -> set[int]:
    """The tickets that these events are about."""
    return {event.ticket_id for event in events if event.ticket_id is not None}


class Breath:
    """Lets the loop do other work whenever a slice of time is used up."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    async def __call__(self) -> None:
        if time.monotonic() > self._until:
            await asyncio.sleep(0)
            self._until = time.monotonic() + self._seconds


class Group:
    """Decides and renders once per event, and keeps the payloads for those who return.

    position: everything up to it was written to the members. A group without members renders nothing: what it missed
    is rendered when somebody asks for it. principal: who answers for its being there. ended: nobody may join any more.
    touches: how often something rendered may have become wrong. lag_ms: how old the newest event was that it has shown
    since its last heartbeat; what is hidden from it counts for nothing.
    """

    def __init__(
        self, plan: GroupPlan, position: int, handed: Handed, history: History, spread: Spread, limits: HubLimits,
        replays: asyncio.Semaphore,
    ) -> None:  # fmt: skip
        self.plan = plan
        self.principal: str | None = None
        self.position = position
        self.members: dict[Member, None] = {}
        self.joining = 0
        self.ended = False
        self.executions = 0
        self.touches = 0
        self.used_at = time.monotonic()
        self.replayed_at = -math.inf
        self.beat_at = time.monotonic()
        self.lag_ms = 0
        self._handed = handed
        self._history = history
        self._spread = spread
        self._limits = limits
        self._replays = replays
        self._ready = Ready()
        self._replaying = asyncio.Lock()
        self._touched: set[int] = set()
        self._all_touched = False
        self._beats: dict[tuple[int, datetime], bytes] = {}

    @property
    def idle(self) -> bool:
        return not self.members and not self.joining

    def touch(self, tickets: Collection[int]) -> None:
        """Forget what was rendered of these tickets before: a replay shows nothing that a fresh query hides."""
        self.touches += 1
        self._ready.forget(tickets)
        if self._replaying.locked():
            self._touched.update(tickets)

    def touch_all(self) -> None:
        """Forget everything rendered: rights or master data changed."""
        self.touches += 1
        self._ready.clear()
        self._all_touched = True

    def decided(self, events: Sequence[LoggedEvent], rows: Rows) -> Decided:
        """The events that this group shows, each with what was decided about it."""
        if not self.members:
            return []
        return self._decisions(events, rows)

    async def advance(self, decided: Decided, last: int, rows: Rows) -> list[Member]:
        """Write what was decided, up to last, to all members in order; returns those whose line is gone.

        Raises UnpaidError before the first event that nobody pays for.
        """
        lost: list[Member] = []
        for event, decision in decided:
            if not self._handed.pays(self.plan, len(self.members)):
                raise UnpaidError
            payload = await self._rendered(event, decision, rows)
            # From here to the first await nobody can join in between: who joins later finds the payload ready.
            self._ready.put(event.seq, event.ticket_id or 0, payload)
            self.position = event.seq
            lost += await self._spread(tuple(self.members), event.seq, payload)
        self.position = last
        return lost

    def paid(self, frames: int) -> int:
        """How many of so many frames for one member are paid for."""
        return next((count for count in range(frames) if not self._handed.pays(self.plan, 1)), frames)

    async def beat(self, as_of: datetime) -> list[Member]:
        """Tell all members how far the log was seen; returns those whose line is gone."""
        self.beat_at = time.monotonic()
        lag_ms, self.lag_ms = self.lag_ms, 0
        payload = await self.heartbeat(self.position, as_of, lag_ms)
        return await self._spread(tuple(self.members), self.position, payload, again=True)

    async def heartbeat(self, position: int, as_of: datetime, lag_ms: int = 0) -> bytes:
        """The heartbeat of one position, rendered once for all who start there at the same moment."""
        known = self._beats.get((position, as_of))
        if known is None:
            place = FeedPosition(self._history.epoch, position)
            known = await settled(self._handed.heartbeat(self.plan, place, as_of, lag_ms), self._limits.render_seconds)
            self._beats = {(position, as_of): known}
        return known

    async def missed(self, after: int, upto: int, oldest: datetime) -> list[tuple[int, bytes]]:
        """Everything shown with after < seq <= upto; ExpiredError where that is out of reach.

        One replay at a time and group: those who return together wait for the first one, and find all of it ready.
        """
        async with self._replaying:
            self.used_at = self.replayed_at = time.monotonic()
            if upto - after > self._limits.horizon_events:
                raise ExpiredError
            events = await self._history.since(after, upto)
            if events and events[0].recorded_at < oldest:
                raise ExpiredError
            return await self._payloads(events)

    def trim(self, now: float) -> None:
        """Give memory back that only a returning crowd needed."""
        if now - self.replayed_at > self._limits.history_kept:
            self._ready.keep(self._limits.ready_payloads, self._limits.ready_bytes)
        else:
            self._ready.keep(self._limits.horizon_events, self._limits.crowd_bytes)

    async def _payloads(self, events: Sequence[LoggedEvent]) -> list[tuple[int, bytes]]:
        found = {event.seq: self._ready[event.seq] for event in events if event.seq in self._ready}
        missing = [event for event in events if event.seq not in found]
        for _ in range(MOST_TRIES):
            if not missing:
                break
            self._touched, self._all_touched = set(), False
            found.update(await self._render_again(missing))
            missing = [event for event in events if self._outdated(event)]
        shown = [(event.seq, payload) for event in events if (payload := found[event.seq]) is not None]
        if len(shown) > self._limits.horizon_matches:
            raise ExpiredError
        return shown

    async def _render_again(self, events: Sequence[LoggedEvent]) -> dict[int, bytes | None]:
        """Render past events with the rows of now; what is touched meanwhile is not kept."""
        async with self._replays:
            decided, rows = await self._decided_again(events)
            payloads: dict[int, bytes | None] = {}
            breath = Breath(self._limits.slice_seconds)
            for event in events:
                shown = event.seq in decided
                payloads[event.seq] = await self._rendered(event, decided[event.seq], rows) if shown else None
                if not self._outdated(event):
                    self._ready.put(event.seq, event.ticket_id or 0, payloads[event.seq])
                await breath()
            return payloads

    async def _decided_again(self, events: Sequence[LoggedEvent]) -> tuple[dict[int, Decision], dict[int, Row]]:
        """What past events show, by seq, and the rows of these; read a page at a time, as many rows hold the loop."""
        decided: dict[int, Decision] = {}
        kept: dict[int, Row] = {}
        for start in range(0, len(events), self._limits.page):
            part = events[start : start + self._limits.page]
            async with asyncio.timeout(self._limits.read_seconds):
                rows = await self._handed.load(tickets_of(part))
            for event, decision in self._decisions(part, rows):
                decided[event.seq] = decision
                kept[event.ticket_id or 0] = rows.get(event.ticket_id or 0)
            if len(decided) > self._limits.horizon_matches:
                raise ExpiredError
        return decided, kept

    def _outdated(self, event: LoggedEvent) -> bool:
        return self._all_touched or event.ticket_id in self._touched

    def _decisions(self, events: Sequence[LoggedEvent], rows: Rows) -> list[tuple[LoggedEvent, Decision]]:
        decide, plan = self._handed.decide, self.plan
        decided = []
        for event in events:
            if event.subject_kind is SubjectKind.TICKET and event.ticket_id is not None:
                decision = decide(event, plan, rows.get(event.ticket_id))
                if decision is not None:
                    decided.append((event, decision))
        return decided

    async def _rendered(self, event: LoggedEvent, decision: Decision, rows: Rows) -> bytes:
        self.executions += 1
        place = FeedPosition(self._history.epoch, event.seq)
        row = rows.get(event.ticket_id or 0)
        return await settled(self._handed.render(self.plan, event, decision, row, place), self._limits.render_seconds)
