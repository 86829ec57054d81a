"""When the hub looks at the log: at every ring of the bell, at every tick, and whenever somebody asks for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from realtime.cancellation import ended
from realtime.follower import Follower
from realtime.limits import HubLimits
from realtime.strays import StrayError
from realtime.tasks import Tasks
from realtime.yielding import Pace

LOGGER = logging.getLogger("surga.realtime")


class Looks:
    """Begins looks, one at a time. resting: none is under way. on_rest: called when one has come to its end."""

    def __init__(
        self, follower: Follower, tasks: Tasks, pace: Pace, limits: HubLimits, monotonic: Callable[[], float],
        on_rest: Callable[[], None],
    ) -> None:  # fmt: skip
        self.resting = True
        self._follower = follower
        self._tasks = tasks
        self._pace = pace
        self._limits = limits
        self._monotonic = monotonic
        self._on_rest = on_rest
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._now: asyncio.Task[None] | None = None

    @property
    def is_stalled(self) -> bool:
        """Whether a look is under way that gets no further."""
        return not self.resting and self._monotonic() - self._follower.moved_at > self._limits.stall

    def hear(self) -> None:
        """The bell rang: look now."""
        self._pace.hurry()
        self._wake.set()

    async def shared(self) -> None:
        """Read everything committed before this call; calls at the same time share a look."""
        if self._next is None:
            self._next = self._tasks.begin(self._look_in_turn())
        await _outcome(self._next)

    async def follow(self) -> None:
        """Look for ever. A look that its guard found stalled is ended first."""
        await ended([task for task in (self._now, self._next) if task is not None and not task.done()])
        self._next = None
        pause = self._limits.first_pause
        while True:
            self._wake.clear()
            try:
                await self.shared()
            except Exception as problem:  # following outlives every failure of what it reads
                LOGGER.warning("The hub could not look at the log: %r", problem)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._limits.longest_pause)
            else:
                pause = self._limits.first_pause
                await self._rest()

    async def _look_in_turn(self) -> None:
        async with self._looking:
            self._pace.hurry()
            self._now = asyncio.current_task()
            if self._next is self._now:
                self._next = None
            self.resting = False
            self._follower.moved_at = self._monotonic()
            try:
                await self._follower.look()
            finally:
                self.resting = True
                self._on_rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._limits.tick):
                await self._wake.wait()
        except TimeoutError:
            return


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
