"""The hub: follows the log of one database in one process, and lets every group write what is new to its members."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.bell import Bell
from realtime.broadcast import Broadcast
from realtime.callbacks import GroupPlan, HubCallbacks, SubscribeRequest, contained
from realtime.clocks import Beats, DayClock, ScopeClock, SnapshotClock, Tidying
from realtime.event_groups import EventGroup
from realtime.follower import Follower, Log
from realtime.groups import Group, GroupParts
from realtime.guards import Guards
from realtime.history import History
from realtime.joining import Joining
from realtime.limits import HubLimits
from realtime.log_reader import LogReader
from realtime.looks import Looks
from realtime.members import Connection, Member
from realtime.payloads import PayloadCaches
from realtime.registry import Registry
from realtime.rendering import Renderer
from realtime.replays import ReplayParts
from realtime.rights import Rights
from realtime.rows import RowCache
from realtime.shares import Shares
from realtime.showing import Showing
from realtime.snapshots import SnapshotGroup, Snapshots
from realtime.tasks import Tasks
from realtime.yielding import Pace


@dataclass(frozen=True, slots=True)
class HubState:
    """How the hub is, for /ready and /metrics. error says why the last look failed, None if it did not.

    looked_ago: seconds since the last complete look. behind_ms: how old the oldest event may be that is committed and
    not read. late_groups: groups that have something to show.
    """

    position: int
    epoch: str
    reference_seq: int
    looked_at: datetime
    looked_ago: float
    behind_ms: int
    lag_ms: int
    error: str | None
    bus: str
    looks: int
    groups: int
    late_groups: int
    failed_groups: int
    members: int
    sockets: int
    executions: int
    lost: int


class Hub:
    """Everything about tickets and rights comes by callbacks.

    Nothing that a look does depends on whether the bell rang: it only decides when the next look begins. Reading,
    showing, replaying, rights, heartbeats and snapshots have their own tasks; guards begin again what ends or stalls.
    """

    def __init__(
        self, *, bell: Bell, callbacks: HubCallbacks, clock: Callable[[], datetime],
        database: Callable[[], BaseDBAsyncClient] | None = None, log: Log | None = None,
        limits: HubLimits | None = None, guards: Guards | None = None,
        monotonic: Callable[[], float] = time.monotonic, pace: Pace | None = None,
    ) -> None:  # fmt: skip
        assert log is not None or database is not None  # noqa: S101 - one of them is how the log is read
        self.limits = limits or HubLimits()
        self.bell = bell
        self.guards = guards or Guards(monotonic=monotonic)
        self.pace = pace or Pace(monotonic=monotonic)
        self._callbacks = callbacks
        self._monotonic = monotonic
        self._tasks = Tasks()
        self._build(log or LogReader(database, lambda: self.bell.marked), clock)  # type: ignore[arg-type]

    def _build(self, log: Log, clock: Callable[[], datetime]) -> None:
        callbacks, limits, monotonic, tasks = self._callbacks, self.limits, self._monotonic, self._tasks
        self._history = history = History(log.after, limits, monotonic)
        self.registry = registry = Registry(callbacks, history, limits, monotonic)
        self._rights = rights = Rights(
            registry, history, callbacks, clock, limits, monotonic, self.look_shared, tasks.begin
        )
        rows = RowCache(callbacks, history.touches, limits, tasks.begin)
        self._showing = Showing(registry, tasks, self.pace, self._calm)
        self._follower = Follower(
            log, history, registry, rights, rows, limits, monotonic, self._showing.begin, self.bell.follow
        )
        self._looks = Looks(self._follower, tasks, self.pace, limits, monotonic, self._looked)
        self._build_groups(rows)
        self._snapshots = Snapshots(registry, callbacks, clock, limits, monotonic, self._draw)
        self._snapshot_clock = SnapshotClock(self._snapshots, limits, self._links)
        self._beats = Beats(registry, limits, monotonic, tasks.begin)
        self._scope_clock = ScopeClock(rights, clock, limits)
        self._day_clock = DayClock(rights, callbacks.day, limits)
        self._tidying = Tidying(registry, history, self._group_parts.caches, limits, monotonic)

    def _build_groups(self, rows: RowCache) -> None:
        """What groups and replays work with."""
        callbacks, limits, monotonic, history, rights = (
            self._callbacks, self.limits, self._monotonic, self._history, self._rights,
        )  # fmt: skip
        renderer = Renderer(callbacks, history, rows, limits, monotonic, self.pace, self.registry.note_execution)
        self._group_parts = GroupParts(
            callbacks, history, rows, renderer, rights.gate, PayloadCaches(history.touches, limits.all_ready_bytes),
            Broadcast(limits.members_at_once, limits.turns_between),
            Shares(limits.groups_at_once, limits.groups_of_principal_at_once), limits, monotonic,
            self.registry.lose, lambda: rights.confirmed, self.pace,
        )  # fmt: skip
        replays = ReplayParts(
            callbacks, history, rows, renderer, self.registry, Shares(limits.replays_at_once, 1),
            Shares(limits.replay_bytes_under_way, limits.replay_bytes_of_principal, limits.replay_bytes_reserved),
            limits, monotonic, rights.gate, self.pace,
        )  # fmt: skip
        self._joining = Joining(
            self.registry, history, rights, callbacks, limits, replays, self._made, self.look_shared
        )

    # ---------------------------------------------------------------- life

    async def begin(self) -> None:
        """Begin at the end of the log. From now on groups work in the context variables of this moment.

        Raises LogElsewhereError where the log is not at home, or ends before what others have told of it.
        """
        await self.bell.remember()
        self._tasks.remember()
        await contained(self._tasks.begin(self._follower.start()))

    async def start(self) -> None:
        """Begin, and look at every ring of the bell and every tick until stop."""
        await self.begin()
        self._tasks.run(self._keep)

    def _keep(self) -> None:
        keep = self.guards.keep
        keep("hub.follower", self._looks.follow, stalled=lambda: self.is_stalled)
        keep("hub.bell", lambda: self.bell.listen(self._looks.hear))
        keep("hub.beats", self._beats.run)
        # The name is a label of surga_tasks_begun_again, so it stays as it was.
        keep("hub.pictures", self._snapshot_clock.run)
        keep("hub.scopes", self._scope_clock.run)
        keep("hub.days", self._day_clock.run)
        keep("hub.tidying", self._tidying.run)

    async def stop(self) -> None:
        """End all work; connections are left to those who opened them."""
        await self.guards.stop()
        await self._tasks.end()

    @property
    def is_stalled(self) -> bool:
        """Whether a look is under way that gets no further."""
        return self._looks.is_stalled

    @property
    def confirmed(self) -> bool:
        """Whether a recent complete look vouches for the scopes of open connections; else they are read anew."""
        return self._rights.confirmed

    @property
    def state(self) -> HubState:
        follower, registry = self._follower, self.registry
        return HubState(
            position=self._history.last,
            epoch=self._history.epoch,
            reference_seq=self._history.seen.reference_seq,
            looked_at=self._history.seen.at,
            looked_ago=self._monotonic() - follower.looked_at,
            behind_ms=follower.behind_ms,
            lag_ms=follower.lag_ms,
            error=follower.error,
            bus="LIVE" if self.bell.live else "POLLING",
            looks=follower.looks,
            groups=len(registry.groups),
            late_groups=len(self._showing),
            failed_groups=registry.failures,
            members=registry.members,
            sockets=len(registry.connections),
            executions=registry.executions,
            lost=registry.lost,
        )

    # ---------------------------------------------------------------- connections and their subscriptions

    @property
    def rights_seen(self) -> int:
        """Read this before a scope is read, and give it to attach with the connection."""
        return self._rights.seen

    async def attach(self, connection: Connection, rights_seen: int) -> None:
        """Take a connection with a scope, or its new scope; one that was read while rights changed is judged again."""
        self.registry.connections.setdefault(connection, {})
        self._rights.expect(connection)
        if rights_seen != self._rights.seen:
            await contained(self._tasks.begin(self._rights.judge_new(connection)))

    def detach(self, connection: Connection) -> None:
        """Remove a connection with all its subscriptions."""
        self.registry.detach(connection)

    async def end_scopes(self) -> None:
        """End the scopes whose time is over now, not only by their clock; costs nothing while no scope's is."""
        if self._rights.overdue:
            await self._rights.end_scopes()

    async def join(
        self,
        request: SubscribeRequest,
        connection: Connection,
        operation: str,
        scope: Any,
        rights_seen: int | None = None,
    ) -> Member | None:
        """Subscribe: first what came after request.after, then live. None where that was refused on its connection.

        rights_seen is what was read before the request was planned, None where nothing can have changed since.
        """
        member = Member.of(connection, operation)
        try:
            joining = self._joining.join(request, member, scope, rights_seen)
            return await contained(self._tasks.begin(joining, request.principal or "nobody"))
        except BaseException:
            self.registry.leave(member)  # it may have joined in the very turn of the loop in which it was ended
            raise

    def leave(self, member: Member) -> None:
        """Write nothing more to this member."""
        self.registry.leave(member)

    # ---------------------------------------------------------------- looking

    async def look(self) -> None:
        """Everything committed before this call is delivered when it returns, and all that is due by the clock."""
        try:
            await self.look_shared()
        finally:
            await self.settle()
            await self._rights.end_scopes()
            await self._day_clock.round()
            await self._beats.round()
            await self._snapshot_clock.round(self.limits.snapshot_patience)
            self._tidying.round()

    async def look_shared(self) -> None:
        """Read everything committed before this call, and wait for nobody who shows it."""
        await self._looks.shared()

    async def settle(self) -> None:
        """Wait until no group has anything to show."""
        await self._showing.settle()

    def _looked(self) -> None:
        self._snapshot_clock.wake.set()
        self._calm()

    def _calm(self) -> None:
        """Others go on when what was read has been shown, to whom that is due at once."""
        if self._looks.resting and not self._showing.is_prompt:
            self.pace.calm()

    def _links(self) -> tuple[bool, bool]:
        """Whether the bell is heard, and the log was read."""
        follower = self._follower
        recent = self._monotonic() - follower.looked_at <= self.limits.lease + self.limits.tick
        return self.bell.live, follower.error is None and recent

    # ---------------------------------------------------------------- groups

    def _made(self, plan: GroupPlan) -> Group:
        return SnapshotGroup(plan, self._group_parts) if plan.snapshot else EventGroup(plan, self._group_parts)

    def _draw(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin to render a snapshot; all of them together have one account's turns at the pool."""
        return self._tasks.begin(work, "snapshots")
