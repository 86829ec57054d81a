"""What happens by the clock, whatever pages, groups and replays do: beats, snapshots, ends of scopes, days, tidying."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from datetime import datetime
from typing import Any

from realtime.groups import Group
from realtime.history import History
from realtime.limits import HubLimits
from realtime.payloads import PayloadCaches
from realtime.registry import Registry
from realtime.rights import Rights
from realtime.snapshots import Snapshots
from realtime.yielding import Yielder

LOGGER = logging.getLogger("surga.realtime")
Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Beats:
    """Heartbeats of feeds, never further apart than the limit."""

    def __init__(self, registry: Registry, limits: HubLimits, monotonic: Callable[[], float], begin: Begin) -> None:
        self._registry = registry
        self._limits = limits
        self._monotonic = monotonic
        self._begin = begin

    async def run(self) -> None:
        """Look for due heartbeats until cancelled."""
        while True:
            await asyncio.sleep(self._limits.tick / 2)
            await self.round()

    async def round(self) -> None:
        """Write the heartbeats that are due; a group that takes long is left behind."""
        yielder = Yielder(self._limits.slice_seconds, self._monotonic)
        while (group := self._next_due()) is not None:
            await yielder()
            beat = self._begin(self._beat(group))
            await asyncio.wait([beat], timeout=self._limits.clock_patience)

    def _next_due(self) -> Group | None:
        """The feed that is silent for longest, if it is due; from now on it counts as written."""
        feeds, due = self._registry.feeds, self._monotonic() - self._limits.heartbeat + self._limits.tick
        group = next(iter(feeds), None)
        if group is None or group.beat_at > due:
            return None
        feeds.move_to_end(group)
        group.beat_at = self._monotonic()
        return group

    async def _beat(self, group: Group) -> None:
        if not group.members:
            return
        try:
            await group.beat()
        except Exception as problem:
            LOGGER.warning("A heartbeat could not be rendered: %s", type(problem).__name__)
            self._registry.fail(group)


class SnapshotClock:
    """Renders snapshots when they are due; wake: set where some may be due now."""

    def __init__(self, snapshots: Snapshots, limits: HubLimits, links: Callable[[], tuple[bool, bool]]) -> None:
        self.wake = asyncio.Event()
        self._snapshots = snapshots
        self._limits = limits
        self._links = links

    async def run(self) -> None:
        """Look for due snapshots until cancelled."""
        while True:
            self.wake.clear()
            await self.round(self._limits.snapshot_patience)
            wait = max(self._snapshots.wait(self._limits.tick), self._limits.slice_seconds)
            try:
                async with asyncio.timeout(wait):
                    await self.wake.wait()
            except TimeoutError:
                continue

    async def round(self, patience: float) -> None:
        """Render what is due, also while the log can not be read, as snapshots say how old they are, and why."""
        bell, readable = self._links()
        self._snapshots.note_links(bell=bell, readable=readable)
        await self._snapshots.round(patience, readable=readable)


class ScopeClock:
    """Ends scopes when their time is over."""

    def __init__(self, rights: Rights, clock: Callable[[], datetime], limits: HubLimits) -> None:
        self._rights = rights
        self._clock = clock
        self._limits = limits

    async def run(self) -> None:
        """End scopes until cancelled."""
        while True:
            await asyncio.sleep(self._wait())
            self._rights.end_over()

    def _wait(self) -> float:
        """Seconds until the next end, at most a tick, as an earlier one may be announced meanwhile."""
        earliest, least = self._rights.earliest, self._limits.slice_seconds
        if earliest is None:
            return self._limits.tick
        return min(self._limits.tick, max(least, (earliest - self._clock()).total_seconds()))


class DayClock:
    """Tells when the desk's day has changed; where that fails, it is told again at the next tick."""

    def __init__(self, rights: Rights, day: Callable[[], Hashable], limits: HubLimits) -> None:
        self._rights = rights
        self._day = day
        self._limits = limits
        self._began = day()

    async def run(self) -> None:
        """Look at the day until cancelled."""
        while True:
            await asyncio.sleep(self._limits.tick)
            await self.round()

    async def round(self) -> None:
        """End what shows another day's list; costs nothing on the same day."""
        day = self._day()
        if day == self._began:
            return
        try:
            await self._rights.begin_day()
        except Exception as problem:
            LOGGER.warning("A new day could not begin: %r", problem)
        else:
            self._began = day


class Tidying:
    """Frees memory that was needed only for a while."""

    def __init__(
        self, registry: Registry, history: History, caches: PayloadCaches, limits: HubLimits,
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self._registry = registry
        self._history = history
        self._caches = caches
        self._limits = limits
        self._monotonic = monotonic

    async def run(self) -> None:
        """Tidy up until cancelled."""
        while True:
            await asyncio.sleep(self._limits.tick)
            self.round()

    def round(self) -> None:
        """Forget old events, groups that nobody uses any more, and payloads that only a crowd needed."""
        now, limits = self._monotonic(), self._limits
        reached = now - self._history.reached_at < limits.history_kept
        self._history.keep(limits.recent_events + reached * limits.horizon_reach)
        while (idle := next(iter(self._registry.idle), None)) and now - idle.used_at > limits.history_kept:
            self._registry.forget(idle)
        self._caches.trim(now, limits)
