"""Starting askers a few in each turn of the loop, so that what they ask for is still one batch."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

BEGUN_AT_ONCE = 10  # in one turn of the loop, by the same measurement


class Beginning:
    """The askers of one operation, started a few in each turn of the loop: what they ask for is one batch."""

    def __init__(self) -> None:
        self._under_way = 0
        self._after: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._under_way += 1

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            after, self._after = self._after, []
            for call in after:
                call()

    def then(self, call: Callable[[], None]) -> None:
        """Call this when all are begun: now, or later."""
        if self._under_way:
            self._after.append(call)
        else:
            call()


beginning: ContextVar[Beginning | None] = ContextVar("beginning", default=None)
