"""The last events of the log in memory, shared by all groups; it reaches further back while somebody needs that."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence

from realtime.log import Head, LoggedEvent

ReadAfter = Callable[[int, int], Awaitable[tuple[list[LoggedEvent], Head]]]


class LogReplacedError(Exception):
    """The log that is being read is no longer the one that was followed so far."""


class History:
    """Holds every event after first up to last, without holes, so that a place in it follows from the seq.

    last is how far this process has come; seen is the head of the log at the last look.
    """

    seen: Head

    def __init__(self, read_after: ReadAfter, page: int, recent: int) -> None:
        self.epoch = ""
        self.first = 0
        self.last = 0
        self.reached_at = -math.inf  # when somebody last asked for more than what is recent
        self._recent = recent
        self._read_after = read_after
        self._page = page
        self._events: list[LoggedEvent] = []
        self._reaching = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._events)

    def start(self, seen: Head) -> None:
        """Forget everything, and go on at the end of the log."""
        self.seen, self.epoch = seen, seen.epoch
        self.first = self.last = seen.seq
        self._events = []

    def add(self, events: Sequence[LoggedEvent]) -> None:
        """Take the events that follow."""
        self._events.extend(events)
        self.last = events[-1].seq

    def keep(self, most: int) -> None:
        """Forget the oldest events over most."""
        over = len(self._events) - most
        if over > 0:
            del self._events[:over]
            self.first += over

    async def since(self, after: int, upto: int) -> list[LoggedEvent]:
        """The events with after < seq <= upto; reads the log only for what is not held, and once for all who ask."""
        if self.last - after > self._recent:
            self.reached_at = time.monotonic()
        if after < self.first:
            async with self._reaching:
                await self._reach(after)
        return self._events[after - self.first : upto - self.first]

    async def _reach(self, after: int) -> None:
        older: list[LoggedEvent] = []
        reached, epoch = after, self.epoch
        while reached < self.first:
            page, head = await self._read_after(reached, self._page)
            if head.epoch != epoch or self.epoch != epoch or not page:
                raise LogReplacedError
            older += page
            reached = page[-1].seq
        if after < self.first:
            self._events[:0] = older[: self.first - after]
            self.first = after
