"""Following the log: read what is new, let changes of rights take effect, and wake those whom the rest may concern."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.enums import SubjectKind
from realtime.cursors import FeedPosition
from realtime.event_groups import EventGroup
from realtime.groups import Group, rows_of, tickets_of
from realtime.history import History, LogReplacedError
from realtime.limits import HubLimits
from realtime.log import Head, LoggedEvent
from realtime.registry import Registry
from realtime.rights import Rights
from realtime.rows import RowCache
from realtime.snapshots import SnapshotGroup
from realtime.yielding import Yielder

LOGGER = logging.getLogger("surga.realtime")

SHOWN = (SubjectKind.TICKET, SubjectKind.NOTIFICATION)  # what groups are shown; all else may change rights
Concern = dict[Group, Sequence[LoggedEvent]]


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom events may concern, as found with the index of this version."""

    groups: Concern
    version: int


class Log(Protocol):
    """The log, as it is read."""

    async def head(self) -> Head: ...
    async def after(self, seq: int, limit: int) -> tuple[list[LoggedEvent], Head]: ...
    async def others(self, seq: int, upto: int, limit: int) -> tuple[list[LoggedEvent], Head]: ...


class Follower:
    """Looks at the log. A look reads, appends to the history and wakes groups; it does not wait for what they show.

    looks: complete reads so far. looked_at: when the last complete look ended, by the hub's monotonic clock. moved_at:
    when a look last got one step further. behind_ms: how old the oldest event may be that is committed and not read.
    lag_ms: how old the newest event was when it was read. error: why the last look failed, None if it did not.
    """

    def __init__(
        self, log: Log, history: History, registry: Registry, rights: Rights, rows: RowCache, limits: HubLimits,
        monotonic: Callable[[], float], begin: Callable[[EventGroup], None],
        replaced: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.looks = 0
        self.looked_at = self.moved_at = monotonic()
        self.behind_ms = 0
        self.lag_ms = 0
        self.error: str | None = None
        self._log = log
        self._history = history
        self._registry = registry
        self._rights = rights
        self._rows = rows
        self._limits = limits
        self._monotonic = monotonic
        self._begin = begin
        self._replaced = replaced

    async def start(self) -> None:
        """Begin at the end of the log."""
        began = self._monotonic()
        seen = await self._log.head()
        self._replaced(seen.epoch)
        self._history.start(seen)
        self._rights.confirm(began, seen.seq)
        self.looked_at = self.moved_at = self._monotonic()

    async def look(self) -> None:
        """Take everything that was committed before this call; raises what reading, judging or loading raises."""
        try:
            while await self._look_at_page():
                pass
        except Exception as problem:
            self.error = repr(problem)
            raise
        self.error = None
        self.looked_at = self._monotonic()

    async def _look_at_page(self) -> bool:
        """Take the next page; whether there is more."""
        began = self.moved_at = self._monotonic()
        history, limits = self._history, self._limits
        async with asyncio.timeout(limits.read_seconds):
            events, seen = await self._log.after(history.last, limits.page)
        if seen.epoch != history.epoch or seen.seq < history.last:
            await self._replace(seen, began)
            return False
        more = bool(events) and events[-1].seq < seen.seq
        self.behind_ms = _age_ms(seen, events[0]) if more else 0
        await self._read_rights(events, seen, began)
        await self._take(events, seen)
        self.moved_at = self._monotonic()
        return more

    async def _replace(self, seen: Head, began: float) -> None:
        """Begin again on the log that replaced the old one: positions in the old one mean nothing any more."""
        await self._rights.judge_all()  # first: where it fails, the next look finds the log replaced again
        LOGGER.warning("The event log was replaced; every subscription begins again.")
        self._replaced(seen.epoch)  # before anything else: from now on rings of the new log are heard
        self._history.start(seen)
        self._rows.clear()
        self._registry.start_again(FeedPosition(seen.epoch, seen.seq))
        self._rights.confirm(began, seen.seq)
        self.behind_ms = 0

    # ---------------------------------------------------------------- rights, ahead of all else

    async def _read_rights(self, events: Sequence[LoggedEvent], seen: Head, began: float) -> None:
        """Let all changes of rights up to the end of the log take effect, those after this page too."""
        known = self._rights.upto
        here = [event for event in events if event.subject_kind not in SHOWN and event.seq > known]
        read_to = max(known, events[-1].seq if events else seen.seq)
        while read_to < seen.seq:
            more = await self._others(read_to, seen)
            here += more
            read_to = more[-1].seq if len(more) == self._limits.page else seen.seq
        if here:
            await self._rights.change(here)
        self._rights.confirm(began, max(known, seen.seq))

    async def _others(self, after: int, seen: Head) -> list[LoggedEvent]:
        """A page of what is no ticket's; raises LogReplacedError where it would be that of another log."""
        async with asyncio.timeout(self._limits.read_seconds):
            others, head = await self._log.others(after, seen.seq, self._limits.page)
        if head.epoch != seen.epoch or head.seq < seen.seq:
            raise LogReplacedError
        return others

    # ---------------------------------------------------------------- the events themselves

    async def _take(self, events: Sequence[LoggedEvent], seen: Head) -> None:
        """Hand the events over to the history and to those whom they may concern, in one turn of the loop."""
        shown = [event for event in events if event.subject_kind in SHOWN]
        index, concerned = self._registry.index, Concerned({}, -1)
        if shown:
            self._history.touches.touch(tickets_of(shown))
            concerned = Concerned(index.concerned(shown), index.version)
            await self._mark_dirty(concerned.groups)
            await self._load(concerned.groups)
            self.lag_ms = _age_ms(seen, shown[-1])
        self._history.see(seen)
        if events:
            self._wake(concerned.groups if concerned.version == index.version else index.concerned(shown))
            self._history.add(events)
        self.looks += 1

    async def _mark_dirty(self, concerned: Concern) -> None:
        """Mark the snapshots that events outdate; a clock of their own renders them anew."""
        yielder = Yielder(self._limits.slice_seconds, self._monotonic)
        for group, events in concerned.items():
            if isinstance(group, SnapshotGroup):
                await yielder()
                group.wake(events)

    async def _load(self, concerned: Concern) -> None:
        """Load the rows of what is going to be shown, once for all groups."""
        tickets: set[int] = set()
        for group, events in concerned.items():
            if group.members and not group.plan.snapshot:
                tickets |= rows_of(events)
        if tickets:
            await self._rows.load(tickets)

    def _wake(self, concerned: Concern) -> None:
        """Nothing is awaited from here until the history has these events: who joins meanwhile finds both or none."""
        for group, events in concerned.items():
            if isinstance(group, EventGroup) and group.wake(events):
                self._begin(group)


def _age_ms(seen: Head, event: LoggedEvent) -> int:
    return max(0, round((seen.at - event.recorded_at).total_seconds() * 1000))
