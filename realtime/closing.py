"""Closing what an execution gives up before it began.

Python warns of a coroutine that nobody began, and any client could have filled a log with that.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Awaitable, Generator, Iterable
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType, FrameType
from typing import Any


class Closing:
    """Something to wait for, which is closed with whoever was to wait: an execution may end before any of it began."""

    __slots__ = ("_awaitable",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._awaitable = awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._awaitable.__await__()

    def __del__(self) -> None:
        if isinstance(self._awaitable, CoroutineType):  # a future may be others' too
            let_go([self._awaitable])


def let_go(given_up: Iterable[Any]) -> None:
    """End what nobody waits for any more, with all that it was to wait for."""
    for each in given_up:
        if isinstance(each, Future):
            _ = each.cancel() or each.cancelled() or each.exception()
        elif isinstance(each, CoroutineType) and getcoroutinestate(each) == CORO_CREATED:
            frame: FrameType | None = each.cr_frame
            held = list(frame.f_locals.values()) if frame is not None else []
            each.close()
            for inner in held:
                let_go(inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else [inner])
