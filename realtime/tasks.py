"""Tasks of the hub: each runs in the context variables of the beginning, and is ended with the hub."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from models.pool_turns import first_in_line, share
from realtime.cancellation import ended

T = TypeVar("T")


class Tasks:
    """Begins tasks, whoever asks for them, and never in the asker's own context variables."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._tasks: set[asyncio.Task[Any]] = set()

    def remember(self) -> None:
        """From now on work runs in the context variables of this moment, and goes first at the pool."""
        self._context = contextvars.copy_context()
        self._context.run(first_in_line.set, True)  # no flood of requests holds the events up

    def run(self, action: Callable[[], T]) -> T:
        """Do something in these context variables now."""
        return self._context.run(action)

    def begin(self, work: Coroutine[Any, Any, T], account: str | None = None) -> asyncio.Task[T]:
        """Run work; with an account, in its turn at the pool."""
        context = self._context.copy()
        if account is not None:
            context.run(first_in_line.set, False)
            context.run(share.set, account)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    async def end(self) -> None:
        """End all of them."""
        await ended(tuple(self._tasks))

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # who waited for it has been told, or has gone meanwhile
