"""The hub: follows the log of one database in one process, and lets every group write what is new to its members."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from models.pool_turns import first_in_line, share
from realtime.bell import Bell
from realtime.callbacks import ExpiredError, GroupPlan, HubCallbacks, SubscribeRequest, UnpaidError, contained
from realtime.cancellation import ended
from realtime.clocks import Beats, ScopeClock, SnapshotClock, Tidying
from realtime.follower import Follower, Log
from realtime.groups import Group, GroupParts
from realtime.guards import Guards
from realtime.history import History
from realtime.joining import Joining
from realtime.limits import HubLimits
from realtime.log import LogReader
from realtime.members import Broadcast, Connection, Member
from realtime.payloads import PayloadCaches
from realtime.registry import Registry
from realtime.replays import ReplayParts
from realtime.rights import Rights
from realtime.rows import RowCache
from realtime.shares import Shares
from realtime.snapshots import SnapshotGroup, Snapshots
from realtime.strays import StrayError, is_meant_for_us
from realtime.yielding import Pace

T = TypeVar("T")
LOGGER = logging.getLogger("surga.realtime")


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
        self._context = contextvars.copy_context()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._showing: dict[Group, asyncio.Task[None]] = {}
        self._prompt: set[Group] = set()  # those that show something, of accounts that did not use much
        self._wake = asyncio.Event()
        self._resting = True
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[None] | None = None
        self._look_now: asyncio.Task[None] | None = None
        self._build(log or LogReader(database, lambda: self.bell.marked), clock)  # type: ignore[arg-type]

    def _build(self, log: Log, clock: Callable[[], datetime]) -> None:
        callbacks, limits, monotonic = self._callbacks, self.limits, self._monotonic
        self._history = history = History(log.after, limits, monotonic)
        self.registry = Registry(callbacks, history, limits, monotonic)
        self._rights = rights = Rights(
            self.registry, history, callbacks, clock, limits, monotonic, self._look_shared, self._task
        )
        rows = RowCache(callbacks, history.touches, limits, self._task)
        turns = Shares(limits.groups_at_once, limits.groups_of_principal_at_once)
        caches = PayloadCaches(history.touches, limits.all_ready_bytes)
        self._broadcast = Broadcast(limits.members_at_once)
        self._group_parts = GroupParts(
            callbacks, history, rows, rights.gate, caches, self._broadcast, turns, limits, monotonic,
            self.registry.lose, lambda: rights.confirmed, self.registry.note_execution, self.pace,
        )  # fmt: skip
        replays = ReplayParts(
            callbacks, history, rows, self.registry, Shares(limits.replays_at_once, 1),
            Shares(limits.replay_bytes_under_way, limits.replay_bytes_of_principal, limits.replay_bytes_reserved),
            limits, monotonic, rights.gate, self.pace,
        )  # fmt: skip
        self._joining = Joining(
            self.registry, history, rights, callbacks, limits, replays, self._made, self._look_shared
        )
        self._follower = Follower(
            log, history, self.registry, rights, rows, limits, monotonic, self._begin, self.bell.follow
        )
        self._snapshots = Snapshots(self.registry, callbacks, clock, limits, monotonic, self._draw)
        self._snapshot_clock = SnapshotClock(self._snapshots, limits, self._links)
        self._beats = Beats(self.registry, limits, monotonic, self._task)
        self._scope_clock = ScopeClock(rights, clock, limits)
        self._tidying = Tidying(self.registry, history, caches, limits, monotonic)

    # ---------------------------------------------------------------- life

    async def begin(self) -> None:
        """Begin at the end of the log. From now on groups work in the context variables of this moment.

        Raises LogElsewhereError where the log is not at home, or ends before what others have told of it.
        """
        await self.bell.remember()
        self._context = contextvars.copy_context()
        self._context.run(first_in_line.set, True)  # no flood of requests holds the events up
        await contained(self._task(self._follower.start()))

    async def start(self) -> None:
        """Begin, and look at every ring of the bell and every tick until stop."""
        await self.begin()
        self._context.run(self._keep)

    def _keep(self) -> None:
        keep = self.guards.keep
        keep("hub.follower", self._follow, stalled=lambda: self.is_stalled)
        keep("hub.bell", lambda: self.bell.listen(self._hear))
        keep("hub.beats", self._beats.run)
        keep("hub.pictures", self._snapshot_clock.run)
        keep("hub.scopes", self._scope_clock.run)
        keep("hub.tidying", self._tidying.run)

    async def stop(self) -> None:
        """End all work; connections are left to those who opened them."""
        await self.guards.stop()
        await ended(tuple(self._tasks))

    @property
    def is_stalled(self) -> bool:
        """Whether a look is under way that gets no further."""
        return not self._resting and self._monotonic() - self._follower.moved_at > self.limits.stall

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
            await contained(self._task(self._rights.judge_new(connection)))

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
            return await contained(self._task(joining, request.principal or "nobody"))
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
            await self._look_shared()
        finally:
            await self.settle()
            await self._rights.end_scopes()
            await self._beats.round()
            await self._snapshot_clock.round(self.limits.snapshot_patience)
            self._tidying.round()

    async def settle(self) -> None:
        """Wait until no group has anything to show."""
        while work := [task for task in self._showing.values() if task is not asyncio.current_task()]:
            await asyncio.wait(work)

    async def _look_shared(self) -> None:
        """Read everything committed before this call; calls at the same time share a look."""
        if self._next_look is None:
            self._next_look = self._task(self._look_in_turn())
        await _outcome(self._next_look)

    def _hear(self) -> None:
        self.pace.hurry()
        self._wake.set()

    async def _look_in_turn(self) -> None:
        async with self._looking:
            self.pace.hurry()
            self._look_now = asyncio.current_task()
            if self._next_look is self._look_now:
                self._next_look = None
            self._resting = False
            self._follower.moved_at = self._monotonic()
            try:
                await self._follower.look()
            finally:
                self._resting = True
                self._snapshot_clock.wake.set()
                self._calm()

    def _calm(self) -> None:
        """Others go on when what was read has been shown, to whom that is due at once."""
        if self._resting and not self._prompt:
            self.pace.calm()

    async def _follow(self) -> None:
        """Look for ever. A look that its guard found stalled is ended first."""
        await ended([task for task in (self._look_now, self._next_look) if task is not None and not task.done()])
        self._next_look = None
        pause = self.limits.first_pause
        while True:
            self._wake.clear()
            try:
                await self._look_shared()
            except Exception as problem:  # following outlives every failure of what it reads
                LOGGER.warning("The hub could not look at the log: %r", problem)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.limits.longest_pause)
            else:
                pause = self.limits.first_pause
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self.limits.tick):
                await self._wake.wait()
        except TimeoutError:
            return

    def _links(self) -> tuple[bool, bool]:
        """Whether the bell is heard, and the log was read."""
        follower = self._follower
        recent = self._monotonic() - follower.looked_at <= self.limits.lease + self.limits.tick
        return self.bell.live, follower.error is None and recent

    # ---------------------------------------------------------------- groups

    def _made(self, plan: GroupPlan) -> Group:
        return SnapshotGroup(plan, self._group_parts) if plan.snapshot else Group(plan, self._group_parts)

    def _begin(self, group: Group) -> None:
        """Let a group show what came in, in a task of its own."""
        if not self.pace.is_over(group.principal):
            self._prompt.add(group)
        task = self._showing[group] = self._task(self._show(group), f"group:{id(group)}")
        task.add_done_callback(lambda task: self._shown(group, task))

    def _shown(self, group: Group, task: asyncio.Task[None]) -> None:
        if self._showing.get(group) is task:
            del self._showing[group]
            self._prompt.discard(group)
            self._calm()

    async def _show(self, group: Group) -> None:
        """Show what came in; whatever is raised ends this group alone: no member is past an event not shown."""
        try:
            await group.show()
        except UnpaidError:
            self.registry.spend(group)
            group.drop()
        except ExpiredError:
            self.registry.expire(group)
        except BaseException as problem:
            if is_meant_for_us(problem, problem.__traceback__):
                raise
            LOGGER.error("A group of subscriptions failed, and was ended.", exc_info=problem)
            self.registry.fail(group)

    def _draw(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin to render a snapshot; all of them together have one account's turns at the pool."""
        return self._task(work, "pictures")

    def _task(self, work: Coroutine[Any, Any, T], account: str | None = None) -> asyncio.Task[T]:
        """Run work in the context of the beginning, whoever asks for it; with an account, in its turn at the pool."""
        context = self._context.copy()
        if account is not None:
            context.run(first_in_line.set, False)
            context.run(share.set, account)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # who waited for it has been told, or has gone meanwhile


async def _outcome(task: asyncio.Task[None]) -> None:
    """Wait for a task that others wait for too: neither its end nor theirs is anybody's cancellation."""
    await asyncio.wait([task])
    if task.cancelled():
        raise TimeoutError("A look was ended.")
    problem = task.exception()
    if isinstance(problem, Exception):
        raise problem
    if problem is not None:
        raise StrayError(type(problem).__name__) from problem
