"""Groups: all subscriptions with the same document, variables and sight, for which everything is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from realtime.broadcast import Broadcast
from realtime.callbacks import GroupPlan, HubCallbacks, Keys, settled
from realtime.cursors import FeedPosition
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.payloads import CachedPayload, PayloadCache, PayloadCaches
from realtime.rendering import Renderer
from realtime.rows import RowCache
from realtime.shares import Shares
from realtime.yielding import Pace

MOST_BEATS = 3


@dataclass(frozen=True, slots=True)
class GroupParts:
    """What all groups of one hub work with.

    renderer: what an event shows. turns: taken for showing. gate: to be passed before anything is shown. confirmed:
    whether a recent look vouches for the rights of all members. lost: told the members that went away. pace: by which
    who used much gives way to others.
    """

    callbacks: HubCallbacks
    history: History
    rows: RowCache
    renderer: Renderer
    gate: Callable[[], Awaitable[None]]
    caches: PayloadCaches
    broadcast: Broadcast
    turns: Shares
    limits: HubLimits
    monotonic: Callable[[], float]
    lost: Callable[[Collection[Member]], None]
    confirmed: Callable[[], bool]
    pace: Pace


class Group:
    """Who is in it, how far they are, and what is kept for those who return.

    principal: the account that brought it; account: the one that it counts for now. entered: how many are members or
    about to be. ended: nobody may join any more. prompt: its last execution waited for nothing. lag_ms: how old the
    newest event was that it has shown since its last heartbeat; what is hidden from it counts for nothing.
    expired_upto, counted: what replays found out, see there.
    """

    __slots__ = (
        "__weakref__",
        "_beat_overtaken",
        "_beats",
        "_parts",
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
        "prompt",
        "used_at",
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
        self.prompt = True
        self.lag_ms = 0
        self.used_at = self.beat_at = parts.monotonic()
        self._parts = parts
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
        return False

    @property
    def position(self) -> int:
        """Everything up to it was written to the members, or shows them nothing."""
        return self._parts.history.last

    @property
    def as_of(self) -> datetime:
        """The moment up to which everything was written to the members."""
        return self._parts.history.as_of

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
        self.members[member] = None

    def wake(self, events: Sequence[LoggedEvent]) -> bool:
        """Take events that may concern this group, before the history takes them; whether it is to be shown then."""
        raise NotImplementedError

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
            await self._broadcast(tuple(self.members), position, payload)
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
            await self._broadcast(ahead, each, payload)

    async def _broadcast(self, members: Sequence[Member], position: int, payload: bytes) -> None:
        """Write one payload of this position to members, to those who are there already too."""
        self._parts.lost((await self._parts.broadcast(members, [(position, payload)], again=True))[0])

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
        if self.plan.kept and not self.ended:
            self.ready.put(event.seq, ready)

    def keep_run(self, after: int, upto: int, ready: Sequence[tuple[int, CachedPayload]]) -> None:
        """Keep in one piece what a replay shows."""
        if self.plan.kept and not self.ended:
            self.ready.put_run(after, upto, ready)

    def end(self) -> None:
        """Nobody may join any more, and nothing more is shown."""
        self.ended = True
        if self._ready is not None:
            self._ready.clear()


def rows_of(events: Collection[LoggedEvent]) -> set[int]:
    """The tickets by whose rows these events are shown."""
    return {row for event in events if (row := event.row) is not None}


def tickets_of(events: Collection[LoggedEvent]) -> set[int]:
    """The tickets that these events are about."""
    return {event.ticket_id for event in events if event.ticket_id is not None}
