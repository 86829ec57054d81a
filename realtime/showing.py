"""The groups that show something just now, each in a task of its own, so that whatever ends one ends no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from realtime.callbacks import ExpiredError, UnpaidError
from realtime.event_groups import EventGroup
from realtime.registry import Registry
from realtime.strays import is_meant_for_us
from realtime.tasks import Tasks
from realtime.yielding import Pace

LOGGER = logging.getLogger("surga.realtime")


class Showing:
    """Begins the tasks of groups. on_shown: called when one has come to its end."""

    def __init__(self, registry: Registry, tasks: Tasks, pace: Pace, on_shown: Callable[[], None]) -> None:
        self._registry = registry
        self._tasks = tasks
        self._pace = pace
        self._on_shown = on_shown
        self._under_way: dict[EventGroup, asyncio.Task[None]] = {}
        self._prompt: set[EventGroup] = set()  # those of accounts that did not use much

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def is_prompt(self) -> bool:
        """Whether somebody is shown something to whom that is due at once."""
        return bool(self._prompt)

    def begin(self, group: EventGroup) -> None:
        """Let a group show what came in."""
        if not self._pace.is_over(group.principal):
            self._prompt.add(group)
        task = self._under_way[group] = self._tasks.begin(self._show(group), f"group:{id(group)}")
        task.add_done_callback(lambda task: self._shown(group, task))

    async def settle(self) -> None:
        """Wait until no group has anything to show."""
        while work := [task for task in self._under_way.values() if task is not asyncio.current_task()]:
            await asyncio.wait(work)

    def _shown(self, group: EventGroup, task: asyncio.Task[None]) -> None:
        if self._under_way.get(group) is task:
            del self._under_way[group]
            self._prompt.discard(group)
            self._on_shown()

    async def _show(self, group: EventGroup) -> None:
        """Show what came in; whatever is raised ends this group alone: no member is past an event not shown."""
        try:
            await group.show()
        except UnpaidError:
            self._registry.spend(group)
            group.drop()
        except ExpiredError:
            self._registry.expire(group)
        except BaseException as problem:
            if is_meant_for_us(problem, problem.__traceback__):
                raise
            LOGGER.error("A group of subscriptions failed, and was ended.", exc_info=problem)
            self._registry.fail(group)
