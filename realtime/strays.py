"""Whether an exception ends the running task, or only the piece of work that raised it."""

from __future__ import annotations

import asyncio
from types import TracebackType

from realtime.cancellation import is_cancelled


class StrayError(Exception):
    """A piece of work was ended from inside by what is no error: a cancellation of others, an exit."""


def is_meant_for_us(problem: BaseException, traceback: TracebackType | None) -> bool:
    """Whether this ends the running task itself, and not only the piece of work that raised it.

    A task that was cancelled knows it, and a coroutine that is closed is told so in its own frame. An interrupt of the
    keyboard is meant for the whole program.
    """
    if isinstance(problem, asyncio.CancelledError):
        return is_cancelled()
    if isinstance(problem, GeneratorExit):
        return traceback is None or traceback.tb_next is None
    return isinstance(problem, KeyboardInterrupt)


class only_errors:  # noqa: N801 - it reads as a statement, like contextlib.suppress
    """Lets nothing but errors out of a block, except what is meant for the task that runs it; raises StrayError."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if problem is None or isinstance(problem, Exception) or is_meant_for_us(problem, traceback):
            return
        raise StrayError(type(problem).__name__) from problem
