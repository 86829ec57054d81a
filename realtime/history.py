"""The last events of the log in memory, shared by all groups; it reaches further back while somebody needs that."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from realtime.limits import HubLimits
from realtime.log import Head, LoggedEvent

ReadAfter = Callable[[int, int], Awaitable[tuple[list[LoggedEvent], Head]]]
MOST_TOUCHED = 100_000  # our choice, some 10 MB: beyond it all tickets count as touched at once


class LogReplacedError(Exception):
    """The log that is being read is no longer the one that was followed so far."""


class Touches:
    """When tickets, or all of them, last changed, as a counter: what was loaded before that has to be loaded again."""

    def __init__(self) -> None:
        self.now = 0
        self._all = 0
        self._tickets: dict[int, int] = {}

    def touch(self, tickets: Collection[int]) -> None:
        """These tickets changed: what was loaded or rendered of them shows them as they were."""
        self.now += 1
        if len(self._tickets) > MOST_TOUCHED:
            self.touch_all()
        for ticket in tickets:
            self._tickets[ticket] = self.now

    def touch_all(self) -> None:
        """Rights or master data changed."""
        self.now += 1
        self._all = self.now
        self._tickets.clear()

    def holds(self, ticket: int, since: int) -> bool:
        """Whether what was loaded of a ticket at this touch is still what a fresh query gives."""
        return since >= self._all and since >= self._tickets.get(ticket, 0)


class History:
    """Holds every event after first up to last, without holes, so that an index in it follows from the seq.

    last is how far this process has come; seen is the head of the log at the last look, as_of the moment of the last
    look up to whose head all is held.
    """

    seen: Head
    as_of: datetime

    def __init__(
        self, read_after: ReadAfter, limits: HubLimits, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.epoch = ""
        self.first = 0
        self.last = 0
        self.touches = Touches()
        self.reached_at = -math.inf  # when somebody last asked for more than what is recent
        self._monotonic = monotonic
        self._recent = limits.recent_events
        self._read_after = read_after
        self._limits = limits
        self._events: list[LoggedEvent] = []
        self._reaching = asyncio.Lock()
        self._seen_at = 0.0

    def __len__(self) -> int:
        return len(self._events)

    def start(self, seen: Head) -> None:
        """Forget everything, and go on at the end of the log."""
        self.epoch = seen.epoch
        self.first = self.last = seen.seq
        self.see(seen)
        self._events = []
        self.touches.touch_all()

    def see(self, head: Head) -> None:
        """Note where the log ended just now."""
        self.seen, self._seen_at = head, self._monotonic()
        self._note_reached()

    def add(self, events: Sequence[LoggedEvent]) -> None:
        """Take the events that follow."""
        self._events.extend(events)
        self.last = events[-1].seq
        self._note_reached()

    def _note_reached(self) -> None:
        if self.last >= self.seen.seq:
            self.as_of = self.seen.at

    def age_ms(self, event: LoggedEvent) -> int:
        """How old an event is, in milliseconds."""
        before = (self.seen.at - event.recorded_at).total_seconds()
        return max(0, round((before + self._monotonic() - self._seen_at) * 1000))

    def keep(self, most: int) -> None:
        """Forget the oldest events over most."""
        over = len(self._events) - most
        if over > 0:
            del self._events[:over]
            self.first += over

    async def since(self, after: int, upto: int) -> list[LoggedEvent]:
        """The events with after < seq <= upto; reads the log only for what is not held, and once for all who ask."""
        if self.last - after > self._recent:
            self.reached_at = self._monotonic()
        while after < self.first:
            async with self._reaching:
                await self._reach(after)
        return self._events[after - self.first : upto - self.first]

    async def _reach(self, after: int) -> None:
        older: list[LoggedEvent] = []
        reached, epoch = after, self.epoch
        while reached < self.first:
            async with asyncio.timeout(self._limits.read_seconds):
                page, head = await self._read_after(reached, self._limits.page)
            if head.epoch != epoch or self.epoch != epoch or not page:
                raise LogReplacedError
            older += page
            reached = page[-1].seq
        if after < self.first:
            self._events[:0] = older[: self.first - after]
            self.first = after
