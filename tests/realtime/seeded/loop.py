"""An event loop whose order is drawn by a seed and whose time is virtual: minutes cost nothing, and a seed replays."""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Coroutine
from contextvars import Context
from random import Random
from typing import Any

MOST_STEPS = 300_000


class EndlessError(Exception):
    """The schedule went on for so many steps that it never ends, or nothing is left that could end it."""


class SeededTask(asyncio.Task[Any]):
    """A task whose place in a set is the same in every run."""

    def __init__(self, work: Coroutine[Any, Any, Any], number: int, **more: Any) -> None:
        self._number = number
        super().__init__(work, **more)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class SeededLoop(BaseEventLoop):
    """disorder: how often the next callback is drawn and not the oldest; step: seconds that one callback takes."""

    def __init__(self, chance: Random, *, disorder: float = 1.0, step: float = 1e-6) -> None:
        super().__init__()
        self.set_debug(False)
        self.steps = 0
        self.tasks: list[SeededTask] = []
        self.faults: list[dict[str, Any]] = []
        self._chance = chance
        self._disorder = disorder
        self._step = step
        self._now = 1_000.0
        self._ready: list[events.Handle] = []  # type: ignore[assignment]
        self.set_exception_handler(lambda loop, context: self.faults.append(context))

    def time(self) -> float:
        return self._now

    def spend(self, seconds: float) -> None:
        """Let the callback of now take so long."""
        self._now += seconds

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = SeededTask(coro, len(self.tasks), loop=self, name=name, context=context)
        self.tasks.append(task)
        return task

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> events.Handle:
        handle = events.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    @property
    def left(self) -> list[SeededTask]:
        """The tasks that have not ended, but for the one that asks."""
        asks = asyncio.current_task(self)
        return [task for task in self.tasks if not task.done() and task is not asks]

    def _run_once(self) -> None:
        """Run one callback."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise EndlessError("too many steps")
        self._let_time_pass()
        handle = self._drawn()
        if not handle._cancelled:
            handle._run()
        self._now += self._step

    def _let_time_pass(self) -> None:
        ready, later = self._ready, self._scheduled  # type: ignore[attr-defined]
        while later and (later[0]._cancelled or later[0]._when <= self._now or not ready):
            timer = heapq.heappop(later)
            timer._scheduled = False
            if not timer._cancelled:
                self._now = max(self._now, timer._when)
                ready.append(timer)
        if not ready:
            raise EndlessError("nothing is left to do")

    def _drawn(self) -> events.Handle:
        ready = self._ready
        if len(ready) == 1:
            return ready.pop()
        random = self._chance.random
        place = int(random() * len(ready)) if random() < self._disorder else 0
        return ready.pop(place)


def run(loop: SeededLoop, work: Coroutine[Any, Any, Any]) -> Any:
    """Run work to its end, and close the loop."""
    try:
        return loop.run_until_complete(work)
    finally:
        for task in loop.left:
            task.cancel()
        loop.close()
