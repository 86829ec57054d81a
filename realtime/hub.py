"""The hub: looks at the log, and lets every group write what is new to its members."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import SubjectKind
from models.patient_pool import first_in_line
from realtime.bell import Bell
from realtime.cursors import FeedPosition
from realtime.endings import ended
from realtime.groups import Breath, Decided, Group, GroupPlan, Handed, Rows, UnpaidError, Wish, settled, tickets_of
from realtime.history import History
from realtime.joining import Joining
from realtime.limits import HubLimits
from realtime.log import REFERENCE_KINDS, Head, LoggedEvent, head, read_after
from realtime.members import Line, Member, Spread
from realtime.pictures import PictureGroup, Pictures
from realtime.registry import Registry
from realtime.rights import Rights

T = TypeVar("T")
LOGGER = logging.getLogger("surga.realtime")


@dataclass(frozen=True, slots=True)
class HubState:
    """How the hub is, for /ready and /metrics. error says why the last look failed, None if it did not."""

    position: int
    epoch: str
    reference_seq: int
    looked_at: datetime
    lag_ms: int
    error: str | None
    bus: str
    looks: int
    groups: int
    members: int
    sockets: int
    executions: int
    lost: int


class Hub:
    """Follows the log of one database in one process. Everything about tickets and rights is handed in.

    Nothing that a look does depends on whether the bell rang: it only decides when the next look begins.
    """

    def __init__(
        self, *, connection: Callable[[], BaseDBAsyncClient], bell: Bell, handed: Handed,
        clock: Callable[[], datetime], limits: HubLimits | None = None,
    ) -> None:  # fmt: skip
        self.limits = limits or HubLimits()
        self.bell = bell
        self.registry = Registry(handed, self.limits.groups, self.limits.groups_of_principal)
        self._connection = connection
        self._handed = handed
        self._history = History(self._read, self.limits.page, self.limits.recent_events)
        self._rights = Rights(self.registry, handed, clock, self.limits.read_seconds)
        self._joining = Joining(self.registry, self._history, self._rights, handed, self.limits, self._made, self.look)
        self._pictures = Pictures(self.registry, clock, self.limits)
        self._drawing: asyncio.Task[None] | None = None
        self._spread = Spread(self.limits.members_at_once)
        self._replays = asyncio.Semaphore(self.limits.replays_at_once)
        self._context = contextvars.copy_context()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[None] | None = None
        self._error: str | None = None
        self._lag_ms = 0
        self._looks = 0

    # ---------------------------------------------------------------- life

    async def begin(self) -> None:
        """Begin at the end of the log. From now on groups work in the context variables of this moment."""
        self._context = contextvars.copy_context()
        self._context.run(first_in_line.set, True)  # no flood of requests holds the events up
        self._history.start(await head(self._connection()))

    async def start(self) -> None:
        """Begin, and look at every ring of the bell and every tick until stop."""
        await self.begin()
        self._task(self._follow())
        self._task(self.bell.listen(self._wake.set))

    async def stop(self) -> None:
        """End all work; lines are left to those who opened them."""
        await ended(tuple(self._tasks))

    @property
    def state(self) -> HubState:
        return HubState(
            position=self._history.last,
            epoch=self._history.epoch,
            reference_seq=self._history.seen.reference_seq,
            looked_at=self._history.seen.at,
            lag_ms=self._lag_ms,
            error=self._error,
            bus="LIVE" if self.bell.live else "POLLING",
            looks=self._looks,
            groups=len(self.registry.groups),
            members=self.registry.members,
            sockets=len(self.registry.lines),
            executions=self.registry.executions,
            lost=self.registry.lost,
        )

    # ---------------------------------------------------------------- lines and their subscriptions

    @property
    def rights_seen(self) -> int:
        """Read this before a scope is read, and hand it to attach with the line."""
        return self._rights.seen

    async def attach(self, line: Line, rights_seen: int) -> None:
        """Take a line with a scope, or its new scope; one that was read while rights changed is asked for again."""
        self.registry.lines.setdefault(line, {})
        self._rights.expect(line)
        if rights_seen != self._rights.seen:
            await self._task(self._rights.judge([line]))

    def detach(self, line: Line) -> None:
        """Let a line go with all its subscriptions."""
        self.registry.detach(line)

    async def end_scopes(self) -> None:
        """End the scopes whose time is over now, not only at the next look; costs nothing while no scope's is."""
        if self._rights.overdue:
            await self._task(self._rights.end_scopes())

    async def join(
        self, wish: Wish, line: Line, operation: str, scope: Any, rights_seen: int | None = None
    ) -> Member | None:
        """Subscribe: first what came after wish.after, then live. None where the wish was refused on its line.

        rights_seen is what was read before the wish was planned, None where nothing can have changed since.
        """
        member = Member.of(line, operation)
        try:
            return await self._task(self._joining.join(wish, member, scope, rights_seen))
        except asyncio.CancelledError:
            self.registry.leave(member)  # it may have joined in the very turn of the loop in which it was ended
            raise

    def leave(self, member: Member) -> None:
        """Write nothing more to this member."""
        self.registry.leave(member)

    # ---------------------------------------------------------------- looking

    async def look(self) -> None:
        """Everything committed before this call is delivered when it returns; calls at the same time share a look."""
        if self._next_look is None:
            self._next_look = self._task(self._look_in_turn())
        await asyncio.shield(self._next_look)

    async def _follow(self) -> None:
        pause = self.limits.first_pause
        while True:
            self._wake.clear()
            try:
                await self.look()
            except Exception as problem:  # the hub outlives every failure of what it reads
                LOGGER.warning("The hub could not look at the log: %r", problem)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self.limits.longest_pause)
            else:
                pause = self.limits.first_pause
                await self._rest()

    async def _rest(self) -> None:
        tick = self.limits.tick
        try:
            async with asyncio.timeout(tick if self._drawing else self._pictures.wait(tick)):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _look_in_turn(self) -> None:
        async with self._looking:
            self._next_look = None
            try:
                await self._look()
                self._error = None
            except Exception as problem:
                self._error = repr(problem)
                raise
            finally:
                await self._show_pictures()

    async def _look(self) -> None:
        more, self._lag_ms = True, 0
        while more:
            events, seen = await self._read(self._history.last, self.limits.page)
            if seen.epoch != self._history.epoch or seen.seq < self._history.last:
                await self._rights.judge_all()  # first: where it fails, the next look finds the log replaced again
                self._replace(seen)
                return
            if events:
                self._lag_ms = max(0, round((seen.at - events[-1].recorded_at).total_seconds() * 1000))
                await self._deliver(events)
            self._history.seen = seen
            self._looks += 1
            more = len(events) == self.limits.page
        await self._rights.end_scopes()
        await self._beat()
        self._trim()

    async def _show_pictures(self) -> None:
        """Pictures go out with a log that can not be read too: they tell how old they are, and why.

        Those that take long are left behind: no event waits for them.
        """
        readable = self._error is None
        if self._handed.pulse is not None and self._handed.pulse(self.bell.live, readable):
            self._pictures.touch()
        if self._drawing is None and self._pictures.due:
            self._drawing = self._task(self._pictures.show(readable=readable))
            self._drawing.add_done_callback(self._drawn)
            await asyncio.wait([self._drawing], timeout=self.limits.picture_patience)

    def _drawn(self, drawing: asyncio.Task[None]) -> None:
        self._drawing = None

    async def _read(self, seq: int, limit: int) -> tuple[list[LoggedEvent], Head]:
        async with asyncio.timeout(self.limits.read_seconds):
            return await read_after(self._connection(), seq, limit)

    async def _load(self, events: Sequence[LoggedEvent]) -> Rows:
        tickets = tickets_of(events)
        if not tickets:
            return {}
        async with asyncio.timeout(self.limits.read_seconds):
            return await self._handed.load(tickets)

    async def _deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Show events in order; a change of rights takes effect between those before and those after it."""
        rows = await self._load(events)
        for about_tickets, run in groupby(events, key=lambda event: event.subject_kind is SubjectKind.TICKET):
            if about_tickets:
                await self._rights.end_scopes()  # what was read was committed before: nobody sees more than in time
                await self._show(list(run), rows)
            else:
                for event in run:
                    await self._rights.change(event)
                    if event.kind in REFERENCE_KINDS:
                        await self._end_outdated()
                    for group in self._pass([event]):
                        group.position = event.seq

    def _pass(self, events: Sequence[LoggedEvent]) -> list[Group]:
        """Move on over these events. A group made from now on begins after them, so they are not its business."""
        self._history.add(events)
        return list(self.registry.groups.values())

    async def _show(self, events: Sequence[LoggedEvent], rows: Rows) -> None:
        groups, tickets, last = self._pass(events), tickets_of(events), events[-1].seq
        busy: list[tuple[Group, Decided]] = []
        breath = Breath(self.limits.slice_seconds)
        for group in groups:
            await breath()
            group.touch(tickets)
            decided = self._decided(group, events, rows)
            if decided:
                busy.append((group, decided))
            else:
                # At once: who joins from now on must find what this group passed over as missed.
                group.position = last
        if len(busy) == 1:
            await self._advance(*busy[0], last, rows)
            return
        at_once = self.limits.groups_at_once
        for start in range(0, len(busy), at_once):
            work = [self._task(self._advance(*each, last, rows)) for each in busy[start : start + at_once]]
            await asyncio.gather(*work)

    def _decided(self, group: Group, events: Sequence[LoggedEvent], rows: Rows) -> Decided:
        try:
            return group.decided(events, rows)
        except Exception:
            self._fail(group)
            return []

    async def _advance(self, group: Group, decided: Decided, last: int, rows: Rows) -> None:
        try:
            group.lag_ms = self._lag_ms
            self.registry.lose(await group.advance(decided, last, rows))
        except UnpaidError:
            self.registry.spend(group, FeedPosition(self._history.epoch, group.position))
            group.position = last
        except Exception:
            self._fail(group)

    async def _beat(self) -> None:
        """Heartbeats are never further apart than the limit, though they wait for a look."""
        due = time.monotonic() - self.limits.heartbeat + self.limits.tick
        breath = Breath(self.limits.slice_seconds)
        for group in tuple(self.registry.groups.values()):
            if group.plan.feed and group.members and group.beat_at <= due:
                await breath()
                try:
                    self.registry.lose(await group.beat(self._history.seen.at))
                except Exception:
                    self._fail(group)

    async def _end_outdated(self) -> None:
        """End the groups whose filter means something else by the master data of now: a fresh list is another one."""
        groups = tuple(self.registry.groups.values())
        asked = self._handed.outdated([group.plan for group in groups])
        keys = await settled(asked, self.limits.read_seconds)
        for group in groups:
            if group.plan.key in keys:
                self.registry.expire(group, FeedPosition(self._history.epoch, group.position))

    def _fail(self, group: Group) -> None:
        LOGGER.exception("A group of subscriptions failed, and was ended.")
        self.registry.fail(group)

    def _trim(self) -> None:
        now, limits = time.monotonic(), self.limits
        reached = now - self._history.reached_at < limits.history_kept
        self._history.keep(limits.recent_events + reached * limits.horizon_events)
        for group in tuple(self.registry.groups.values()):
            group.trim(now)
            if group.idle and now - group.used_at > limits.history_kept:
                self.registry.forget(group)

    def _replace(self, seen: Head) -> None:
        """Another log stands where the old one was: nobody's position means anything any more."""
        LOGGER.warning("The event log was replaced; every subscription begins again.")
        self._history.start(seen)
        self.registry.start_again(FeedPosition(seen.epoch, seen.seq))

    # ---------------------------------------------------------------- making

    def _made(self, plan: GroupPlan) -> Group:
        made = PictureGroup if plan.picture else Group
        return made(plan, self._history.last, self._handed, self._history, self._spread, self.limits, self._replays)

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work in the context of the beginning, whoever asks for it."""
        task = asyncio.get_running_loop().create_task(work, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
