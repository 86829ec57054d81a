"""Groups that show the whole of something instead of single events: at once, on change, and from time to time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from realtime.groups import Breath, Decided, Group, Rows, UnpaidError
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.registry import Registry

LOGGER = logging.getLogger("surga.realtime")
NEVER = float("-inf")


class PictureGroup(Group):
    """Draws one picture for all members; those who join get the one that is there, if nothing has changed since."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.dirty = True
        self.dirty_at = NEVER
        self.shown_at = NEVER
        self.until: datetime | None = None
        self._drawn_at = NEVER
        self._payload = b""
        self._drawing = asyncio.Lock()

    def touch_all(self) -> None:
        super().touch_all()
        self.soil()

    def soil(self) -> None:
        """The picture is old: whatever is read from now on shows why."""
        self.dirty, self.dirty_at = True, time.monotonic()

    def decided(self, events: Sequence[LoggedEvent], rows: Rows) -> Decided:
        """Nothing to show for single events: they only make the picture an old one."""
        if not self.members or self._decisions(events, rows):
            self.soil()
        return []

    async def picture(self, *, readable: bool = True) -> bytes:
        """The picture for who joins now."""
        fresh_from = time.monotonic() - (0 if self.dirty else self._limits.picture_pause)
        return await self._drawn(fresh_from, readable=readable)

    async def show(self, asked: float, *, readable: bool) -> list[Member]:
        """Write a picture that was drawn after asked, and after all that made it old, to all members.

        Returns those whose line is gone. Raises UnpaidError where nobody pays for it.
        """
        payload = await self._drawn(max(asked, self.dirty_at), readable=readable)
        if not self._handed.pays(self.plan, len(self.members)):
            raise UnpaidError
        self.shown_at = time.monotonic()
        return await self._spread(tuple(self.members), self.position, payload, again=True)

    async def _drawn(self, fresh_from: float, *, readable: bool) -> bytes:
        async with self._drawing:
            if self._drawn_at < fresh_from:
                began, self.dirty = time.monotonic(), False
                try:
                    await self._draw(fresh_from, readable=readable)
                except BaseException:
                    self.dirty = True
                    raise
                self._drawn_at = began
            return self._payload

    async def _draw(self, fresh_from: float, *, readable: bool) -> None:
        assert self._handed.picture is not None  # noqa: S101 - plans of pictures come from who hands this in
        async with asyncio.timeout(self._limits.render_seconds):
            picture = await self._handed.picture(self.plan, fresh_from, readable)
        self._payload, self.until = picture.payload, picture.until
        self.executions += 1


class Pictures:
    """Shows the pictures that are due. One that can not be drawn now stays as it is, and is tried again."""

    def __init__(self, registry: Registry, clock: Callable[[], datetime], limits: HubLimits) -> None:
        self._registry = registry
        self._clock = clock
        self._pause = limits.picture_pause
        self._beat = limits.heartbeat - limits.tick  # a look may come a tick late
        self._slice = limits.slice_seconds

    def touch(self) -> None:
        """All pictures are old: something changed that no event tells."""
        for group in self._groups():
            group.soil()

    @property
    def due(self) -> bool:
        return any(group.members and self._due_in(group) <= 0 for group in self._groups())

    async def show(self, *, readable: bool) -> None:
        """Write what is due to its members; pictures of the same thing are drawn from one reading."""
        asked, breath = time.monotonic(), Breath(self._slice)
        for group in tuple(self._groups()):
            await breath()
            if group.members and self._due_in(group) <= 0:
                try:
                    self._registry.lose(await group.show(asked, readable=readable))
                except UnpaidError:
                    self._registry.spend(group)
                except Exception as problem:  # the last picture stays, and its age tells
                    group.shown_at = time.monotonic()
                    LOGGER.warning("A picture could not be drawn: %r", problem)

    def wait(self, longest: float) -> float:
        """Seconds until the next picture is due, at most so many."""
        waits = (self._due_in(group) for group in self._groups() if group.members)
        return max(0.0, min(longest, *waits, longest))

    def _due_in(self, group: PictureGroup) -> float:
        age = time.monotonic() - group.shown_at
        over = group.until is not None and group.until <= self._clock()
        return (self._pause if group.dirty or over else self._beat) - age

    def _groups(self) -> Iterator[PictureGroup]:
        return (group for group in self._registry.groups.values() if isinstance(group, PictureGroup))
