"""Rights while connected: what a change of rights, or the end of a scope's time, does to the lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from realtime.groups import Handed, settled
from realtime.log import LoggedEvent
from realtime.members import Line, Validity
from realtime.registry import Registry


class Rights:
    """Asks whether scopes still hold, once for all lines that have the same one.

    seen counts the changes of rights: who reads a scope compares it before and after.
    """

    def __init__(
        self, registry: Registry, handed: Handed, clock: Callable[[], datetime], seconds_to_answer: float
    ) -> None:
        self.seen = 0
        self._earliest: datetime | None = None
        self._ending = asyncio.Lock()
        self._registry = registry
        self._handed = handed
        self._clock = clock
        self._seconds = seconds_to_answer

    async def change(self, event: LoggedEvent) -> None:
        """Let an event that is not a ticket's take effect before anything later is shown."""
        if await self._handed.rights_changed(event) is not False:
            concerns = self._handed.concerns
            await self._changed(
                [line for line in self._registry.lines if line.scope is not None and concerns(event, line.scope)]
            )

    async def judge_all(self) -> None:
        """Nobody's scope, and nothing that was rendered, may be right any more."""
        await self._changed(tuple(self._registry.lines))

    async def _changed(self, lines: Sequence[Line]) -> None:
        self.seen += 1
        for group in self._registry.groups.values():
            group.touch_all()
        await self.judge(lines)

    @property
    def overdue(self) -> bool:
        """Whether the time of some scope is over, and the scope not ended yet."""
        return self._earliest is not None and self._earliest <= self._clock()

    async def end_scopes(self) -> None:
        """End what was opened with scopes whose time is over; costs nothing while no scope's is."""
        if not self.overdue:
            return
        async with self._ending:  # those who wait find it done
            if self.overdue:
                now = self._clock()
                await self.judge([line for line in self._registry.lines if _is_over(line, now)], over=True)
                self._earliest = min((until for line in self._registry.lines if (until := _until(line))), default=None)

    def expect(self, line: Line) -> None:
        """Take note of when the scope of this line ends."""
        until = _until(line)
        if until is not None and (self._earliest is None or until < self._earliest):
            self._earliest = until

    async def judge(self, lines: Iterable[Line], *, over: bool = False) -> None:
        """End what is no longer right on these lines; a scope whose time is over counts as changed at least."""
        verdicts: dict[Any, Validity] = {}
        for line in lines:
            scope = line.scope
            if scope is None:
                continue
            if scope not in verdicts:
                verdicts[scope] = await settled(self._handed.still_valid(scope), self._seconds)
            if line.scope is scope and (over or verdicts[scope] is not Validity.SAME):
                self._end(line, verdicts[scope])

    def _end(self, line: Line, verdict: Validity) -> None:
        members = self._registry.lines.get(line, ())
        if verdict is Validity.REVOKED:
            self._registry.end(members, "REVOKED")
            line.revoke()
        else:
            self._registry.end(members, "FORBIDDEN")
            line.rights_ended()


def _until(line: Line) -> datetime | None:
    """When the scope of a line ends, if it ever does by itself."""
    until: datetime | None = None if line.scope is None else line.scope.valid_until
    return until


def _is_over(line: Line, now: datetime) -> bool:
    until = _until(line)
    return until is not None and until <= now
