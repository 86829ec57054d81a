"""Writing what a group shows to all of its members, each of which gets what it has not yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from realtime.members import MOST_SHARED, Form, Member, encoded

Frames = Sequence[tuple[int, bytes]]  # payloads with the positions of their events, in order
ALL = 1 << 30  # more frames than anybody writes at once


class Broadcast:
    """Writes frames to many members, and lets the loop do other work after every so many of them.

    It does so for several turns: whoever writes to the database needs a turn for each statement. The frames of one
    group are written at a time, so that the bound holds for the worker as a whole.
    """

    def __init__(self, members_at_once: int, turns_between: int = 1) -> None:
        self._at_once = members_at_once
        self._turns_between = turns_between
        self._left = members_at_once
        self._turn = asyncio.Lock()

    async def __call__(
        self, members: Sequence[Member], frames: Frames, *, again: bool = False,
        holding: Callable[[], int] = lambda: ALL,
    ) -> tuple[list[Member], int]:  # fmt: skip
        """Write to every open member what it has not, and also what is at its own position if again.

        Gives those whose connection is gone, and how many of the frames were written: as many as were holding at the
        beginning. Goes on only as long as these hold: the rest of the members are left before them.
        """
        lost: list[Member] = []
        async with self._turn:
            count = min(len(frames), holding())
            if count:
                await self._write(Delivery(frames[:count], lost, again=again), members, lambda: holding() >= count)
        return lost, count

    async def _write(self, delivery: Delivery, members: Sequence[Member], holds: Callable[[], bool]) -> None:
        left, write, end = self._left, delivery.write, delivery.end
        for member in members:
            if left == 0:
                await self._pause()
                left = self._at_once
                if not holds():
                    break
            if member.open and member.position < end:
                left -= 1
                write(member)
        self._left = left

    async def _pause(self) -> None:
        for _ in range(self._turns_between):
            await asyncio.sleep(0)


class Delivery:
    """Writes frames to one member after the other; those that are further on already are written the rest."""

    def __init__(self, frames: Frames, lost: list[Member], *, again: bool) -> None:
        self.end = frames[-1][0] + again
        self._first = frames[0][0] + again
        self._frames = frames
        self._messages = Messages(frames)
        self._rests: dict[int, Messages] = {}
        self._lost = lost
        self._form: Form | None = None
        self._of_form: Sequence[Any] = ()

    def write(self, member: Member) -> None:
        """Write to one member, and note it where its connection is gone."""
        if member.form is not self._form:
            self._form = member.form
            self._of_form = self._messages.of(self._form)
        messages = self._of_form if member.position < self._first else self._rest(member)
        member.position = self._frames[-1][0]
        if not _put(member, messages):
            self._lost.append(member)

    def _rest(self, member: Member) -> Sequence[Any]:
        rest = self._rests.get(member.position)
        if rest is None:
            frames = [frame for frame in self._frames if frame[0] > member.position]
            rest = self._rests[member.position] = Messages(frames)
        return rest.of(member.form)


class Messages:
    """The messages that carry some frames, made once for each of the first few forms."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._made: dict[Form, Sequence[Any]] = {}

    def of(self, form: Form) -> Sequence[Any]:
        messages = self._made.get(form)
        if messages is None:
            messages = [encoded(form, payload) for _, payload in self._frames]
            messages = messages if len(messages) == 1 else form[2](messages)
            if len(self._made) < MOST_SHARED:
                self._made[form] = messages
        return messages


def _put(member: Member, messages: Sequence[Any]) -> bool:
    """Write messages; False where the connection is gone, however its transport says so."""
    try:
        for message in messages:
            if member.writer.put(message) is False:
                return False
    except Exception:  # uvloop raises RuntimeError on a connection that was cut at this moment
        return False
    return True
