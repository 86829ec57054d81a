"""Groups: all subscriptions with the same document, variables and sight, for which everything is done once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from realtime.callbacks import (
    BadEventError,
    Decision,
    ExpiredError,
    GroupPlan,
    HubCallbacks,
    Keys,
    Row,
    TooLateError,
    UnpaidError,
    settled,
)
from realtime.cursors import FeedPosition
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Broadcast, Member
from realtime.payloads import CachedPayload, PayloadCache, PayloadCaches
from realtime.rows import Held, RowCache
from realtime.shares import Shares
from realtime.yielding import Pace, Timed

Loaded = Mapping[int, Held]
MOST_BEATS = 3


class Unshown(NamedTuple):
    """Events that came in together, and when; as_of is the moment up to which a feed has all that came before."""

    since: float
    as_of: datetime
    events: Sequence[LoggedEvent]


@dataclass(frozen=True, slots=True)
class GroupParts:
    """What all groups of one hub work with.

    turns: taken for showing. gate: to be passed before anything is shown. confirmed: whether a recent look vouches for
    the rights of all members. lost: told the members that went away. pace: by which who used much gives way to others.
    """

    callbacks: HubCallbacks
    history: History
    rows: RowCache
    gate: Callable[[], Awaitable[None]]
    caches: PayloadCaches
    broadcast: Broadcast
    turns: Shares
    limits: HubLimits
    monotonic: Callable[[], float]
    lost: Callable[[Collection[Member]], None]
    confirmed: Callable[[], bool]
    note_execution: Callable[[], None]
    pace: Pace


class Group:
    """Follows the history by itself, and keeps what it rendered for those who return.

    position: everything up to it was written to the members, or shows them nothing. A group that has nothing to show
    is where the history is, without anybody having to tell it. principal: the account that brought it; account: the
    one that it counts for now. entered: how many are members or about to be. ended: nobody may join any more.
    lag_ms: how old the newest event was that it has shown since its last heartbeat; what is hidden from it counts for
    nothing. expired_upto, counted: what replays found out, see there.
    """

    __slots__ = (
        "__weakref__",
        "_admitted",
        "_as_of",
        "_at",
        "_beat_overtaken",
        "_beats",
        "_inbox",
        "_paid",
        "_parts",
        "_position",
        "_ready",
        "_replaying",
        "account",
        "beat_at",
        "counted",
        "ended",
        "entered",
        "expired_upto",
        "lag_ms",
        "members",
        "plan",
        "principal",
        "replayed_at",
        "used_at",
        "waiting",
    )  # fmt: skip

    def __init__(self, plan: GroupPlan, parts: GroupParts) -> None:
        self.plan = plan
        self.principal: str | None = None
        self.members: dict[Member, None] = {}
        self.entered = 0
        self.account: str | None = None
        self.expired_upto = -1
        self.counted: tuple[int, int, int] | None = None
        self.ended = False
        self.lag_ms = 0
        self.waiting = 0
        self.used_at = self.beat_at = parts.monotonic()
        self._parts = parts
        self._position = 0
        self._as_of = parts.history.as_of
        self._inbox: deque[Unshown] | None = None
        self._at = 0  # how many events of the first part of the inbox are done
        self._admitted = 0  # how many members were taken so far
        self._paid = 0  # the last event whose frame was paid for
        self._ready: PayloadCache | None = None
        self._replaying: asyncio.Lock | None = None
        self._beats: tuple[int, datetime, bytes] | None = None
        self._beat_overtaken = False

    @property
    def keys(self) -> Keys | None:
        return self.plan.keys

    @property
    def idle(self) -> bool:
        return self.entered == 0

    @property
    def busy(self) -> bool:
        """Whether something waits to be shown."""
        return self._inbox is not None

    @property
    def position(self) -> int:
        return self._parts.history.last if self._inbox is None else self._position

    @property
    def as_of(self) -> datetime:
        """The moment up to which everything was written to the members: what waits here came later."""
        return self._parts.history.as_of if self._inbox is None else self._as_of

    @property
    def ready(self) -> PayloadCache:
        """What is ready for those who return."""
        if self._ready is None:
            self._ready = PayloadCache(self._parts.caches)
        return self._ready

    @property
    def replaying(self) -> asyncio.Lock:
        """Held by who renders the past: those who return together find it ready."""
        if self._replaying is None:
            self._replaying = asyncio.Lock()
        return self._replaying

    def admit(self, member: Member) -> None:
        """Take a member that has everything up to where this group is, or more."""
        self._admitted += 1
        self.members[member] = None

    # ---------------------------------------------------------------- live

    def wake(self, events: Sequence[LoggedEvent]) -> bool:
        """Take events that may concern this group, before the history takes them.

        True where nobody is showing yet: show is to be called then.
        """
        if self.ended or not (self.members or self.busy):
            return False  # where it still shows something, whoever joins meanwhile counts on what is in the inbox
        begin = self._inbox is None
        if self._inbox is None:
            self._inbox, self._at = deque(), 0
            self._position, self._as_of = self._parts.history.last, self._parts.history.as_of
        self._inbox.append(Unshown(self._parts.monotonic(), self._parts.history.as_of, events))
        self.waiting += len(events)
        return begin

    async def show(self) -> None:
        """Write what came in to all members in order, in parts, until nothing is left.

        Raises UnpaidError before the first event that nobody pays for, ExpiredError where the members of something else
        than a feed have to reload, and whatever an execution raises that would raise it again.
        """
        pause = self._parts.limits.first_pause
        while self._inbox and self.members and not self.ended:
            try:
                self._require_in_time()
                await self._parts.pace.pause(self.principal)
                async with self._parts.turns.taken(self.principal or id(self)):
                    await self._show_slice()
            except (TooLateError, BadEventError):
                await self._reset_members()
            except (ExpiredError, UnpaidError):
                raise
            except Exception as problem:
                if not self._parts.callbacks.passing(problem):
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._parts.limits.longest_pause)
            else:
                pause = self._parts.limits.first_pause
                await asyncio.sleep(0)
        self.drop()

    def drop(self) -> None:
        """Show nothing of what came in."""
        self._inbox, self.waiting = None, 0

    def _require_in_time(self) -> None:
        assert self._inbox is not None  # noqa: S101 - only called while there is something
        limits, late = self._parts.limits, self._parts.monotonic() - self._inbox[0].since
        if late > limits.late_seconds or self.waiting > limits.most_waiting:
            raise TooLateError

    async def _show_slice(self) -> None:
        until = self._parts.monotonic() + self._parts.limits.slice_seconds / max(1, self._parts.turns.used)
        loaded = await self._parts.rows.load(tickets_of(self._next_events()))
        while self._inbox and self.members and not self.ended:
            await self._show_event(self._inbox[0].events[self._at], loaded)
            if self._parts.monotonic() > until:
                return

    def _next_events(self) -> Sequence[LoggedEvent]:
        return self._inbox[0].events[self._at : self._at + self._parts.limits.page] if self._inbox else ()

    async def _show_event(self, event: LoggedEvent, loaded: Loaded) -> None:
        """Show one event to those who are members when it is written, by a row that is old to none of them."""
        while True:
            ready = await self._fresh(event, loaded)
            if self.ended or not self._inbox:
                return
            payload = ready.payload if self.members else None
            if payload is not None and not self._pay_once(event):
                raise UnpaidError
            if payload is None or await self._written(event, ready, payload):
                break
        self._step(event)
        if self._beat_overtaken:
            await self._broadcast_beat(self.lag_ms)

    async def _written(self, event: LoggedEvent, ready: CachedPayload, payload: bytes) -> bool:
        """Write what an event shows to all members; False where some may not have it.

        Its row was touched, or somebody joined: until all have it, this group is where it was before.
        """
        self.keep(event, ready)
        admitted = self._admitted
        self.lag_ms = self._parts.history.age_ms(event)
        holds = partial(self._parts.history.touches.holds, ready.ticket, ready.touch)
        self._parts.lost(await self._parts.broadcast(tuple(self.members), event.seq, payload, holds=holds))
        return holds() and admitted == self._admitted

    async def _fresh(self, event: LoggedEvent, loaded: Loaded) -> CachedPayload:
        """What an event shows; nothing is awaited between the last look at rows and rights and the return."""
        ready = self._ready.get(event.seq) if self._ready is not None else None
        while True:
            ready = ready or await self.rendered(event, loaded, lambda: self._pay_once(event))
            await self._parts.gate()
            if self._parts.history.touches.holds(ready.ticket, ready.touch):
                return ready
            ready = None

    def _step(self, event: LoggedEvent) -> None:
        """One event is done."""
        if not self._inbox:
            return  # the last member has gone meanwhile
        self._position = event.seq
        self._at += 1
        self.waiting -= 1
        if self._at == len(self._inbox[0].events):
            self._inbox.popleft()
            self._at = 0
            self._as_of = self._inbox[0].as_of if self._inbox else self._as_of

    def _pay_once(self, event: LoggedEvent) -> bool:
        """Take the price of one event for all members, however often it has to be rendered."""
        if self._paid >= event.seq:
            return True
        if not self._parts.callbacks.pays(self.plan, len(self.members)):
            return False
        self._paid = event.seq
        return True

    async def _reset_members(self) -> None:
        """Tell all members to reload what they show, and go on from where the history is."""
        position = self._parts.history.last
        if not self.plan.feed:
            self._skip_to(position)
            raise ExpiredError
        payload = await self.reset_frame(position)
        if not self.ended:
            # Not before: a heartbeat from there would hide the loss from who has not been told of it.
            self._skip_to(position)
            self._parts.lost(await self._parts.broadcast(tuple(self.members), position, payload))

    def _skip_to(self, position: int) -> None:
        """Show nothing of what came in up to there."""
        left = [
            part._replace(events=[each for each in part.events if each.seq > position]) for part in self._inbox or ()
        ]
        self._inbox = deque(part for part in left if part.events)
        self._at, self._position = 0, position
        self._as_of = self._inbox[0].as_of if self._inbox else self._parts.history.as_of
        self.waiting = sum(len(part.events) for part in self._inbox)

    # ---------------------------------------------------------------- rendering

    async def rendered(self, event: LoggedEvent, loaded: Loaded, pay: Callable[[], bool]) -> CachedPayload:
        """What one event shows by the rows of now; pay is asked before anything is executed.

        Raises UnpaidError, BadEventError for an event that this group does not understand, and what rendering raises.
        """
        ticket = event.ticket_id
        if ticket is None:
            return CachedPayload(0, self._parts.history.touches.now, None)
        while True:
            held = await self._row(ticket, loaded)
            decision = self._decision(event, held.row)
            if decision is None:
                return CachedPayload(ticket, held.touch, None)
            if not pay():
                raise UnpaidError
            payload = await self._payload(event, decision, held.row)
            if self._parts.rows.holds(ticket, held):
                return CachedPayload(ticket, held.touch, payload)

    async def decision_of(self, event: LoggedEvent, loaded: Loaded) -> Decision | None:
        """What one event shows by the row of now, without rendering it; None for nothing."""
        if event.ticket_id is None:
            return None
        return self._decision(event, (await self._row(event.ticket_id, loaded)).row)

    async def _row(self, ticket: int, loaded: Loaded) -> Held:
        held = loaded.get(ticket)
        if held is None or not self._parts.rows.holds(ticket, held):
            held = self._parts.rows.get(ticket) or (await self._parts.rows.load([ticket]))[ticket]
        return held

    def _decision(self, event: LoggedEvent, row: Row | None) -> Decision | None:
        try:
            return self._parts.callbacks.decide(event, self.plan, row)
        except Exception as problem:
            raise BadEventError(event.seq) from problem

    async def _payload(self, event: LoggedEvent, decision: Decision, row: Row) -> bytes:
        self._parts.note_execution()
        position = FeedPosition(self._parts.history.epoch, event.seq)
        rendering = self._parts.callbacks.render(self.plan, event, decision, row, position)
        timed = Timed(rendering, self._parts.monotonic) if isinstance(rendering, Coroutine) else None
        try:
            return await settled(timed or rendering, self._parts.limits.render_seconds)
        finally:
            if timed is not None:
                self._parts.pace.charge(self.principal, timed.seconds)

    # ---------------------------------------------------------------- heartbeats and resets

    async def beat(self) -> None:
        """Tell all members how far the log was seen.

        Who is shown something meanwhile is past this heartbeat: a group that is busy writes it between two events then.
        """
        self.beat_at = self._parts.monotonic()
        lag_ms, self.lag_ms = self.lag_ms, 0
        for tries in range(1, MOST_BEATS + 1):
            if await self._broadcast_beat(lag_ms, even_late=tries == MOST_BEATS):
                return
        self._beat_overtaken = self.busy
        if not self.busy:  # what overtook it was the last that is shown for now
            await self._broadcast_beat(lag_ms, even_late=True)

    async def _broadcast_beat(self, lag_ms: int, *, even_late: bool = False) -> bool:
        """Write a heartbeat to those who are where the group is, or even late to those who are where it was.

        True where the group is there still: else members were shown something meanwhile, and are past it.
        """
        self._beat_overtaken = False
        position = self.position
        payload = await self.heartbeat(position, self.as_of, lag_ms)
        if position == self.position or even_late:
            members = tuple(self.members)
            self._parts.lost(await self._parts.broadcast(members, position, payload, again=True))
        if position == self.position:
            await self._beat_ahead(position)
        return position == self.position

    async def _beat_ahead(self, position: int) -> None:
        """Write a heartbeat to those who were shown an event that others wait for, as its row changed meanwhile."""
        last = self._parts.history.last
        further = {each.position for each in self.members if each.open and position < each.position <= last}
        for each in sorted(further):
            payload = await self.heartbeat(each, self.as_of)
            ahead = [member for member in self.members if member.position == each]
            self._parts.lost(await self._parts.broadcast(ahead, each, payload, again=True))

    async def heartbeat(self, position: int, as_of: datetime, lag_ms: int = 0) -> bytes:
        """The heartbeat of one position, rendered once for all who start there at the same moment."""
        if self._beats is None or self._beats[:2] != (position, as_of):
            at = FeedPosition(self._parts.history.epoch, position)
            beat = self._parts.callbacks.heartbeat(self.plan, at, as_of, lag_ms)
            self._beats = (position, as_of, await settled(beat, self._parts.limits.render_seconds))
        return self._beats[2]

    async def reset_frame(self, seq: int) -> bytes:
        """The frame that tells a feed to reload and to go on from there."""
        position = FeedPosition(self._parts.history.epoch, seq, self.plan.mark or b"")
        return await settled(self._parts.callbacks.reset(self.plan, position), self._parts.limits.render_seconds)

    # ---------------------------------------------------------------- what is kept

    def touch_all(self) -> None:
        """Rights or master data changed: touches outdate what is kept here; snapshots are rendered anew."""

    def keep(self, event: LoggedEvent, ready: CachedPayload) -> None:
        """Keep what an event shows; a group that has ended keeps nothing, as nobody would give it back."""
        if not self.ended:
            self.ready.put(event.seq, ready)

    def keep_run(self, after: int, upto: int, ready: Sequence[tuple[int, CachedPayload]]) -> None:
        """Keep in one piece what a replay shows."""
        if not self.ended:
            self.ready.put_run(after, upto, ready)

    def end(self) -> None:
        """Nobody may join any more, and nothing more is shown."""
        self.ended = True
        self.drop()
        if self._ready is not None:
            self._ready.clear()


def tickets_of(events: Collection[LoggedEvent]) -> set[int]:
    """The tickets that these events are about."""
    return {event.ticket_id for event in events if event.ticket_id is not None}
