"""Guards of the tasks that last as long as their process: whatever ends or stalls one, it is begun again."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from realtime.cancellation import ended

LOGGER = logging.getLogger("surga.guards")
ENDED = "it returned"
STALLED = "it stalled"

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Times in seconds.

    A pause doubles with every end within the window, from first_pause to longest_pause. stalled is asked every look,
    for the first time after grace, so that a new run can show what it does. A run that is cancelled because it stalled
    is left behind after give_up. More than `most` ends within the window are hopeless.
    """

    first_pause: float = 0.1
    longest_pause: float = 1.0
    look: float = 0.5
    grace: float = 5.0
    give_up: float = 1.0
    most: int = 30
    within: float = 60.0


@dataclass(slots=True, eq=False)
class Kept:
    """One lasting task: what it does, its current run, and when its last runs ended."""

    name: str
    work: Work
    stalled: Callable[[], bool] | None
    context: contextvars.Context
    task: asyncio.Task[str] | None = None
    timer: asyncio.TimerHandle | None = None
    watch: asyncio.TimerHandle | None = None
    begun_at: float = 0.0
    cancelled_at: float | None = None
    ends: deque[float] = field(default_factory=deque)


class Guards:
    """Keeps the lasting tasks of one process. begun_again counts by name, reasons tells why the last time.

    All of it runs in callbacks of the loop: there is no task of a guard that somebody could cancel.
    """

    def __init__(
        self,
        *,
        limits: GuardLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        hopeless: Callable[[str], None] | None = None,
    ) -> None:
        self.limits = limits or GuardLimits()
        self.begun_again: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}
        self._monotonic = monotonic
        self._hopeless = hopeless
        self._kept: dict[str, Kept] = {}
        self._left_behind: set[asyncio.Task[str]] = set()
        self._stopped = False

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks that are kept, in the order in which they were begun."""
        return tuple(self._kept)

    def keep(self, name: str, work: Work, *, stalled: Callable[[], bool] | None = None) -> None:
        """Run work() in a task of its own, again whenever it ends or stalled() is true, until stop.

        It runs in the context variables of this call. Raises ValueError where the name is taken.
        """
        if name in self._kept:
            raise ValueError(f"There is a lasting task of the name {name} already.")
        kept = Kept(name, work, stalled, contextvars.copy_context())
        self._kept[name] = kept
        self.begun_again[name] = 0
        self._begin(kept)

    async def stop(self) -> None:
        """End all tasks, even those that swallow a cancellation; who was left behind gets no longer than give_up."""
        self._stopped = True
        for kept in self._kept.values():
            for timer in (kept.timer, kept.watch):
                if timer is not None:
                    timer.cancel()
        await ended([kept.task for kept in self._kept.values() if kept.task is not None])
        for task in self._left_behind:
            task.cancel()
        if self._left_behind:
            await asyncio.wait(self._left_behind, timeout=self.limits.give_up)

    # ---------------------------------------------------------------- one run after the other

    def _begin(self, kept: Kept) -> None:
        loop = asyncio.get_running_loop()
        kept.timer, kept.cancelled_at, kept.begun_at = None, None, self._monotonic()
        kept.task = loop.create_task(_run(kept.work), name=kept.name, context=kept.context.copy())
        kept.task.add_done_callback(lambda task: self._safely(kept, lambda: self._over(kept, task)))
        if kept.stalled is not None and kept.watch is None:
            self._watch_later(kept)

    def _over(self, kept: Kept, task: asyncio.Task[str]) -> None:
        self._left_behind.discard(task)
        if self._stopped or kept.task is not task:
            return
        reason = asyncio.CancelledError.__name__ if task.cancelled() else task.result()
        self._again(kept, reason if kept.cancelled_at is None else STALLED)

    def _again(self, kept: Kept, reason: str) -> None:
        """Begin the work again after a pause, unless it ended too often."""
        kept.task = None
        self.begun_again[kept.name] += 1
        self.reasons[kept.name] = reason
        often = self._ends_of_late(kept)
        if often > self.limits.most:
            self._end_process(kept.name, reason)
            return
        pause = min(self.limits.first_pause * 2 ** (often - 1), self.limits.longest_pause)
        LOGGER.warning("The lasting task %s is begun again: %s.", kept.name, reason)
        kept.timer = asyncio.get_running_loop().call_later(pause, self._safely, kept, lambda: self._begin(kept))

    def _ends_of_late(self, kept: Kept) -> int:
        now = self._monotonic()
        kept.ends.append(now)
        while kept.ends[0] < now - self.limits.within:
            kept.ends.popleft()
        return len(kept.ends)

    # ---------------------------------------------------------------- stalled runs

    def _watch_later(self, kept: Kept) -> None:
        look = self.limits.look
        due = self._monotonic() + look
        kept.watch = asyncio.get_running_loop().call_later(
            look, self._safely, kept, lambda: self._watch(kept, held=self._monotonic() - due > look)
        )

    def _watch(self, kept: Kept, *, held: bool) -> None:
        """Look at a run. held: the loop itself stood still, which proves nothing about this work: look again later."""
        self._watch_later(kept)
        if kept.task is None or held or self._monotonic() - kept.begun_at < self.limits.grace:
            return
        if kept.cancelled_at is None and not _is_stalled(kept):
            return
        self._cancel(kept, kept.task)

    def _cancel(self, kept: Kept, task: asyncio.Task[str]) -> None:
        """Cancel a run again and again, as it may swallow a cancellation; leave behind who does not end."""
        now = self._monotonic()
        if kept.cancelled_at is None:
            kept.cancelled_at = now
        task.cancel()
        if now - kept.cancelled_at >= self.limits.give_up:
            LOGGER.error("The lasting task %s does not end, and is left behind.", kept.name)
            self._left_behind.add(task)
            self._again(kept, STALLED)

    # ---------------------------------------------------------------- where nothing helps

    def _safely(self, kept: Kept, step: Callable[[], None]) -> None:
        """Take one step of a guard; one that fails would leave its task unguarded, so the process ends."""
        try:
            if not self._stopped:
                step()
        except BaseException as problem:
            self._end_process(kept.name, f"its guard failed by {type(problem).__name__}")
            raise

    def _end_process(self, name: str, reason: str) -> None:
        LOGGER.critical("The lasting task %s can not be kept running: %s.", name, reason)
        if self._hopeless is not None:
            self._hopeless(name)


async def _run(work: Work) -> str:
    """Run work to its end, and give the name of how it ended: nothing of what it raised is kept by the loop."""
    try:
        await work()
    except BaseException as problem:
        return type(problem).__name__
    return ENDED


def _is_stalled(kept: Kept) -> bool:
    """Whether its owner calls it stalled; True where that raises, so that the guard acts."""
    try:
        return kept.stalled is not None and kept.stalled()
    except Exception as problem:
        LOGGER.error("Nobody can tell whether the lasting task %s stalled: %s.", kept.name, type(problem).__name__)
        return True
