"""Groups that show the whole of something instead of single events: at once, on change, and from time to time."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from typing import Any

from realtime.callbacks import GroupPlan, HubCallbacks, Snapshot, UnpaidError, settled
from realtime.groups import Group, GroupParts
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.registry import Registry
from realtime.shares import Shares

LOGGER = logging.getLogger("surga.realtime")
NEVER = float("-inf")
NO_POSITION = 0  # a snapshot is of no position in the log, which may be replaced while one is written


class SnapshotGroup(Group):
    """Renders one snapshot for all members; who joins gets the last one, if nothing has changed since.

    dirty: it has to be rendered anew; old_at tells since when. unshown: it was rendered for who joined, and the others
    have not seen it yet; where it is discreet, only what they have not read counts.
    """

    __slots__ = (
        "_content",
        "_latest",
        "_rendered_at",
        "_rendering",
        "_sent",
        "dirty",
        "dirty_at",
        "old_at",
        "showing",
        "shown_at",
        "unshown",
        "until",
    )

    def __init__(self, plan: GroupPlan, parts: GroupParts) -> None:
        super().__init__(plan, parts)
        self.dirty = True
        self.dirty_at = NEVER
        self.unshown = False
        self.showing = False
        self.shown_at = self.old_at = parts.monotonic()
        self.until: datetime | None = None
        self._rendered_at = NEVER
        self._latest = b""
        self._content: bytes | None = None
        self._sent: bytes | None = None  # the content of the last snapshot that all members have
        self._rendering = asyncio.Lock()

    def touch_all(self) -> None:
        """Rights or master data changed: the snapshot is outdated."""
        self.mark_dirty()

    def mark_dirty(self) -> None:
        """The snapshot is outdated: what is read from now on shows the change."""
        now = self._parts.monotonic()
        self.old_at = self.old_at if self.dirty else now
        self.dirty, self.dirty_at = True, now

    def wake(self, events: Sequence[LoggedEvent]) -> bool:
        """Mark the snapshot where one of these events outdates it; nothing is written for single events."""
        if not self.dirty and any(self._is_concerned(event) for event in events):
            self.mark_dirty()
        return False

    def _is_concerned(self, event: LoggedEvent) -> bool:
        if event.ticket_id is None:
            return False
        try:
            return self._parts.callbacks.decide(event, self.plan, None) is not None
        except Exception:  # an event that can not be read may have changed anything
            return True

    async def snapshot(self) -> bytes:
        """The snapshot for who joins now."""
        old_is_good = self.plan.discreet or not self.dirty  # else its age would tell whether anything happened
        fresh_from = self._parts.monotonic() - (self._parts.limits.snapshot_pause if old_is_good else 0)
        return await self._rendered_after(fresh_from, readable=True)

    def admit_shown(self, member: Member) -> None:
        """Take a member that has just got the snapshot that is there."""
        if not self.members:
            self._note_shown()
        self.members[member] = None

    async def present(self, asked: float, *, readable: bool) -> Collection[Member]:
        """Write a snapshot that was rendered after asked, and after every change, to all members.

        A discreet one is kept back where they have read all of it and its beat is not due. Returns those whose line is
        gone. Raises UnpaidError where nobody pays for it.
        """
        is_beat = asked - self.shown_at >= beat_of(self._parts.limits)
        fresh_from = self._rendered_at if self.unshown and not self.dirty else max(asked, self.dirty_at)
        payload = await self._rendered_after(fresh_from, readable=readable)
        if self.plan.discreet and not (self.unshown or is_beat):
            self._rendered_at = NEVER  # its age would tell who joins next that something happened
            return ()
        if not self._parts.callbacks.pays(self.plan, len(self.members)):
            raise UnpaidError
        self._note_shown()
        return (await self._parts.broadcast(tuple(self.members), [(NO_POSITION, payload)], again=True))[0]

    def due_in(self, now: datetime) -> float:
        """Seconds until it is due; now is of the clock by which snapshots end."""
        limits, age = self._parts.limits, self._parts.monotonic() - self.shown_at
        over = self.until is not None and self.until <= now
        if self.dirty or self.unshown or over:
            return self._pauses() * limits.snapshot_pause - age
        return beat_of(limits) - age

    def _pauses(self) -> int:
        """After how many pauses what is new is shown; a discreet group has no other moments for anything."""
        pause = self._parts.limits.snapshot_pause
        if not self.plan.discreet or not pause:
            return 1
        since = self.old_at if self.dirty else self._rendered_at if self.unshown else self.shown_at
        return max(1, math.floor((max(since, self.shown_at) - self.shown_at) / pause) + 1)

    def _note_shown(self) -> None:
        """Note that all members have the snapshot that was rendered last."""
        self.shown_at, self.unshown, self._sent = self._parts.monotonic(), False, self._content

    async def _rendered_after(self, fresh_from: float, *, readable: bool) -> bytes:
        async with self._rendering:
            if self._rendered_at < fresh_from:
                began, self.dirty = self._parts.monotonic(), False
                try:
                    await self._draw(began if self.plan.discreet else fresh_from, readable=readable)
                except BaseException:
                    self.dirty = True
                    raise
                self._rendered_at = began
                self.unshown = self.unshown or self._content is None or self._content != self._sent
            return self._latest

    async def _draw(self, fresh_from: float, *, readable: bool) -> None:
        """Render what is there now. What was read is shown only where a look confirms the rights afterwards."""
        snapshot = await self._snapshot(fresh_from, readable=readable)
        if readable and self._parts.confirmed():
            snapshot.accept()
        elif readable:
            self.mark_dirty()
            snapshot = await self._snapshot(fresh_from, readable=False)
        self._latest, self.until, self._content = snapshot.payload, snapshot.until, snapshot.content

    async def _snapshot(self, fresh_from: float, *, readable: bool) -> Snapshot:
        draw = self._parts.callbacks.snapshot
        assert draw is not None  # noqa: S101 - plans of snapshots come with this callback
        self._parts.renderer.note_execution()
        return await settled(draw(self.plan, fresh_from, readable), self._parts.limits.render_seconds)


def beat_of(limits: HubLimits) -> float:
    """Seconds between two snapshots of what does not change: a round may come a tick late."""
    return limits.heartbeat - limits.tick


class Snapshots:
    """Writes the snapshots that are due. One that can not be rendered now stays as it is, and is tried again."""

    def __init__(
        self, registry: Registry, callbacks: HubCallbacks, clock: Callable[[], datetime], limits: HubLimits,
        monotonic: Callable[[], float], begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:  # fmt: skip
        self._registry = registry
        self._callbacks = callbacks
        self._clock = clock
        self._monotonic = monotonic
        self._begin = begin
        self._turns = Shares(limits.snapshots_at_once, 1)

    def note_links(self, *, bell: bool, readable: bool) -> None:
        """Note whether the bell is heard and the log was read: where that changed, all snapshots are outdated."""
        if self._callbacks.pulse is not None and self._callbacks.pulse(bell, readable):
            for group in self._groups():
                group.mark_dirty()

    async def round(self, patience: float, *, readable: bool) -> None:
        """Begin to write what is due to its members; those that take long are left behind.

        Snapshots of the same thing are rendered from one reading.
        """
        asked, now = self._monotonic(), self._clock()
        due = [group for group in self._groups() if group.members and not group.showing and group.due_in(now) <= 0]
        work = {self._begin(self._present(group, asked, readable=readable)) for group in due}
        if work:
            await asyncio.wait(work, timeout=patience)

    def wait(self, longest: float) -> float:
        """Seconds until the next snapshot is due, at most so many."""
        now = self._clock()
        waits = (group.due_in(now) for group in self._groups() if group.members and not group.showing)
        return max(0.0, min(longest, *waits, longest))

    async def _present(self, group: SnapshotGroup, asked: float, *, readable: bool) -> None:
        group.showing = True
        try:
            async with self._turns.taken(group.principal or id(group)):
                self._registry.lose(await group.present(asked, readable=readable))
        except UnpaidError:
            self._registry.spend(group)
        except Exception as problem:  # the last snapshot stays, and says its age
            group.shown_at = self._monotonic()
            LOGGER.warning("A snapshot could not be rendered: %r", problem)
        finally:
            group.showing = False

    def _groups(self) -> list[SnapshotGroup]:
        return [group for group in self._registry.snapshots if isinstance(group, SnapshotGroup)]
