"""Ending tasks that run for ever, even where a library swallows a cancellation, and whom a cancellation is for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

AGAIN_SECONDS = 1.0


async def ended(tasks: Collection[asyncio.Task[Any]], *, again: float = AGAIN_SECONDS) -> None:
    """Cancel the tasks and wait for all of them; who has not ended is cancelled again after so many seconds.

    Python 3.11's wait_for, with which redis-py connects, swallows a cancellation that meets its own end.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again)
    await asyncio.gather(*tasks, return_exceptions=True)  # so that no failure is reported as never looked at


def is_cancelled() -> bool:
    """Whether this very task was told to end: any other CancelledError strayed in from something it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def is_end(problem: BaseException) -> bool:
    """Whether what was raised ends this task or the process, so that whoever caught it has to let it through."""
    if isinstance(problem, asyncio.CancelledError):
        return is_cancelled()
    return isinstance(problem, GeneratorExit | KeyboardInterrupt | SystemExit)
