"""Groups that show the whole of something instead of single events: at once, on change, and from time to time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from typing import Any

from realtime.callbacks import GroupPlan, Handed, Picture, UnpaidError, settled
from realtime.groups import Group, GroupParts
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.registry import Registry
from realtime.shares import Shares

LOGGER = logging.getLogger("surga.realtime")
NEVER = float("-inf")
NO_PLACE = 0  # a picture is of no place in the log, which may be replaced while one is written


class PictureGroup(Group):
    """Draws one picture for all members; those who join get the one that is there, if nothing has changed since.

    dirty: it has to be drawn anew. unshown: it was drawn for who joined, and the others have not seen it yet.
    """

    __slots__ = ("_drawing", "_drawn_at", "_shown", "dirty", "dirty_at", "showing", "shown_at", "unshown", "until")

    def __init__(self, plan: GroupPlan, parts: GroupParts) -> None:
        super().__init__(plan, parts)
        self.dirty = True
        self.dirty_at = NEVER
        self.unshown = False
        self.showing = False
        self.shown_at = NEVER
        self.until: datetime | None = None
        self._drawn_at = NEVER
        self._shown = b""
        self._drawing = asyncio.Lock()

    def touch_all(self) -> None:
        """Rights or master data changed: the picture is old."""
        self.soil()

    def soil(self) -> None:
        """The picture is old: whatever is read from now on shows why."""
        self.dirty, self.dirty_at = True, self._parts.monotonic()

    def wake(self, events: Sequence[LoggedEvent]) -> bool:
        """Nothing is shown for single events: they only make the picture an old one."""
        if not self.dirty and any(self._is_concerned(event) for event in events):
            self.soil()
        return False

    def _is_concerned(self, event: LoggedEvent) -> bool:
        if event.ticket_id is None:
            return False
        try:
            return self._parts.handed.decide(event, self.plan, None) is not None
        except Exception:  # an event that nobody understands may have changed anything
            return True

    async def picture(self) -> bytes:
        """The picture for who joins now."""
        fresh_from = self._parts.monotonic() - (0 if self.dirty else self._parts.limits.picture_pause)
        return await self._drawn(fresh_from, readable=True)

    def hang(self, member: Member) -> None:
        """Take a member that has just got the picture that is there."""
        if not self.members:
            self.shown_at, self.unshown = self._parts.monotonic(), False
        self.members[member] = None

    async def show(self) -> None:
        """Nothing is shown for single events."""

    async def present(self, asked: float, *, readable: bool) -> Collection[Member]:
        """Write a picture that was drawn after asked, and after all that made it old, to all members.

        Returns those whose line is gone. Raises UnpaidError where nobody pays for it.
        """
        fresh_from = self._drawn_at if self.unshown and not self.dirty else max(asked, self.dirty_at)
        payload = await self._drawn(fresh_from, readable=readable)
        if not self._parts.handed.pays(self.plan, len(self.members)):
            raise UnpaidError
        self.shown_at, self.unshown = self._parts.monotonic(), False
        return await self._parts.spread(tuple(self.members), NO_PLACE, payload, again=True)

    async def _drawn(self, fresh_from: float, *, readable: bool) -> bytes:
        async with self._drawing:
            if self._drawn_at < fresh_from:
                began, self.dirty = self._parts.monotonic(), False
                try:
                    await self._draw(fresh_from, readable=readable)
                except BaseException:
                    self.dirty = True
                    raise
                self._drawn_at, self.unshown = began, True
            return self._shown

    async def _draw(self, fresh_from: float, *, readable: bool) -> None:
        draw = self._parts.handed.picture
        assert draw is not None  # noqa: S101 - plans of pictures come from who hands this in
        picture: Picture = await settled(draw(self.plan, fresh_from, readable), self._parts.limits.render_seconds)
        self._shown, self.until = picture.payload, picture.until
        self.executions += 1


class Pictures:
    """Shows the pictures that are due. One that can not be drawn now stays as it is, and is tried again."""

    def __init__(
        self, registry: Registry, handed: Handed, clock: Callable[[], datetime], limits: HubLimits,
        monotonic: Callable[[], float], begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:  # fmt: skip
        self._registry = registry
        self._handed = handed
        self._clock = clock
        self._pause = limits.picture_pause
        self._beat = limits.heartbeat - limits.tick  # a round may come a tick late
        self._monotonic = monotonic
        self._begin = begin
        self._turns = Shares(limits.pictures_at_once, 1)

    def note_links(self, *, bell: bool, readable: bool) -> None:
        """Tell whether the bell is heard and the log was read: where that changed, all pictures are old."""
        if self._handed.pulse is not None and self._handed.pulse(bell, readable):
            for group in self._groups():
                group.soil()

    async def round(self, patience: float, *, readable: bool) -> None:
        """Begin to write what is due to its members; those that take long are left behind.

        Pictures of the same thing are drawn from one reading.
        """
        asked = self._monotonic()
        due = [group for group in self._groups() if group.members and not group.showing and self._due_in(group) <= 0]
        work = {self._begin(self._present(group, asked, readable=readable)) for group in due}
        if work:
            await asyncio.wait(work, timeout=patience)

    def wait(self, longest: float) -> float:
        """Seconds until the next picture is due, at most so many."""
        waits = (self._due_in(group) for group in self._groups() if group.members and not group.showing)
        return max(0.0, min(longest, *waits, longest))

    async def _present(self, group: PictureGroup, asked: float, *, readable: bool) -> None:
        group.showing = True
        try:
            async with self._turns.taken(group.principal or id(group)):
                self._registry.lose(await group.present(asked, readable=readable))
        except UnpaidError:
            self._registry.spend(group)
        except Exception as problem:  # the last picture stays, and its age tells
            group.shown_at = self._monotonic()
            LOGGER.warning("A picture could not be drawn: %r", problem)
        finally:
            group.showing = False

    def _due_in(self, group: PictureGroup) -> float:
        age = self._monotonic() - group.shown_at
        over = group.until is not None and group.until <= self._clock()
        return (self._pause if group.dirty or group.unshown or over else self._beat) - age

    def _groups(self) -> list[PictureGroup]:
        return [group for group in self._registry.pictures if isinstance(group, PictureGroup)]
