"""Reads one database's log, and notices where it ends before what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.homes import HighWaterMark, LogElsewhereError, disown
from realtime.log import Head, LoggedEvent, head, read_after, read_others


class LogReader:
    """Reads one database's log. A log that ends before what is known of it was put back: it is disowned.

    marked: how far the processes of this log have told each other that it reaches. newer counts the events whose states
    only a later release can read.
    """

    def __init__(
        self, database: Callable[[], BaseDBAsyncClient], marked: Callable[[], HighWaterMark] | None = None
    ) -> None:
        self.newer = 0
        self._counted = 0
        self._database = database
        self._seen = HighWaterMark("", 0)
        self._marked = marked or (lambda: self._seen)

    async def head(self) -> Head:
        """Where the log ends now."""
        known = (self._seen, self._marked())  # before reading: who reads at the same time may see more
        return await self._whole(await head(self._database()), known)

    async def after(self, seq: int, limit: int) -> tuple[list[LoggedEvent], Head]:
        """At most limit events after seq, and the head, out of one snapshot."""
        known = (self._seen, self._marked())
        events, found = await read_after(self._database(), seq, limit)
        seen = await self._whole(found, known)
        self._count(events, seen)
        return events, seen

    async def others(self, seq: int, upto: int, limit: int) -> tuple[list[LoggedEvent], Head]:
        """At most limit events with seq < theirs <= upto that are no ticket's, and the head, out of one snapshot."""
        return await read_others(self._database(), seq, upto, limit)

    async def _whole(self, seen: Head, known: Sequence[HighWaterMark]) -> Head:
        """The head, where it has not fallen behind; raises LogElsewhereError."""
        reached = max(each.reaches(seen.epoch) for each in known)
        if seen.seq < reached:
            await disown(self._database(), HighWaterMark(seen.epoch, reached))
            raise LogElsewhereError(f"The log ends at {seen.seq}, and had come to {reached}: it was put back.")
        if seen.seq > self._seen.reaches(seen.epoch):
            self._seen = HighWaterMark(seen.epoch, seen.seq)
        return seen

    def _count(self, events: Sequence[LoggedEvent], seen: Head) -> None:
        """Count each event once, though replays read it again."""
        behind = min(self._counted, seen.seq)
        self.newer += sum(event.newer for event in events if event.seq > behind)
        self._counted = max(behind, events[-1].seq if events else 0)
