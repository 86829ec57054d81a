"""Joining a group: first what was missed, then live, with neither a hole nor an overlap in between."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from realtime.cursors import FeedPosition
from realtime.groups import ExpiredError, Group, GroupPlan, Handed, Wish, settled
from realtime.history import History, LogReplacedError
from realtime.limits import HubLimits
from realtime.members import Member
from realtime.pictures import LOGGER, PictureGroup
from realtime.registry import Registry
from realtime.rights import Rights


class Joining:
    """Admits one member at a time to its group. Every refusal goes to the member's own line."""

    def __init__(
        self, registry: Registry, history: History, rights: Rights, handed: Handed, limits: HubLimits,
        make: Callable[[GroupPlan], Group], look: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._registry = registry
        self._history = history
        self._rights = rights
        self._handed = handed
        self._limits = limits
        self._make = make
        self._look = look

    async def join(self, wish: Wish, member: Member, scope: Any, rights_seen: int | None) -> Member | None:
        """Subscribe for someone with this scope; None where that was refused, or ended meanwhile."""
        await self._reach(wish.after)
        await self._rights.end_scopes()
        if await self._is_outdated(wish.plan, rights_seen):
            self._refuse(member, "FORBIDDEN")
            return None
        if member.line.scope is not scope:
            self._refuse(member, "FORBIDDEN")
            return None
        group = self._registry.group(wish, self._make)
        if group is None:
            self._refuse(member, "BUSY")
            return None
        if not self._registry.enter(member, group):
            return None
        group.joining += 1
        try:
            return await self._admit(group, wish, member)
        except BaseException:
            self._registry.leave(member)
            raise
        finally:
            group.joining -= 1
            group.used_at = time.monotonic()

    async def _admit(self, group: Group, wish: Wish, member: Member) -> Member | None:
        if isinstance(group, PictureGroup):
            return await self._hang(group, member)
        try:
            await self._catch_up(group, wish, member)
        except (ExpiredError, LogReplacedError):
            if not group.plan.feed:
                self._expire(group, member)
                return None
            await self._reset(group, member)
        if member.open and group.ended:
            self._refuse(member, "INTERNAL")
        if not member.open:
            return None
        group.members[member] = None
        return member

    async def _hang(self, group: PictureGroup, member: Member) -> Member | None:
        """Show the picture that is there, or the first one; nothing is awaited between that and the entry."""
        try:
            payload = await group.picture()
        except Exception as problem:
            LOGGER.warning("A first picture could not be drawn: %r", problem)
            self._refuse(member, "UNAVAILABLE")
            return None
        if member.open and group.ended:
            self._refuse(member, "INTERNAL")
        if member.open and not self._handed.pays(group.plan, 1):
            self._registry.unpaid(member, group)
        self._show(member, payload)
        if not member.open:
            return None
        if not group.members:
            group.shown_at = time.monotonic()
        member.position = group.position
        group.members[member] = None
        return member

    async def _catch_up(self, group: Group, wish: Wish, member: Member) -> None:
        """Write all that was missed. On return the member is where its group is, and nothing was awaited since."""
        member.position = self._start(group, wish)
        opening = [await group.heartbeat(member.position, self._history.seen.at)] if group.plan.feed else []
        while member.open and not group.ended and member.position < group.position:
            # One at a time: all that the replays of one line hold and write would else be unread at once.
            async with member.line.replaying:
                if member.open:
                    await self._replay(group, member, opening)
        self._open(member, opening)

    async def _replay(self, group: Group, member: Member, opening: list[bytes]) -> None:
        """Write what this member misses at this moment."""
        upto, oldest = group.position, self._history.seen.at - self._limits.horizon
        missed = await group.missed(member.position, upto, oldest)
        self._open(member, opening)  # not before: where too much was missed, the reset is the first frame
        await self._write(group, member, missed, upto)

    def _open(self, member: Member, opening: list[bytes]) -> None:
        """Show the first heartbeat of a feed, once."""
        if opening:
            self._show(member, opening.pop())

    def _start(self, group: Group, wish: Wish) -> int:
        after = wish.after
        if after is None:
            return group.position
        other_mark = wish.plan.mark is not None and after.mark != wish.plan.mark
        if after.epoch != self._history.epoch or after.seq > self._history.last or other_mark:
            raise ExpiredError
        return after.seq

    async def _reach(self, after: FeedPosition | None) -> None:
        """A client may know more than this worker does: look, so that its position is not taken for one ahead."""
        if after is not None and after.seq > self._history.last and after.epoch == self._history.epoch:
            await self._look()

    async def _is_outdated(self, plan: GroupPlan, rights_seen: int | None) -> bool:
        """Whether a plan that was made when so many changes were seen would be made otherwise now."""
        while rights_seen is not None and rights_seen != self._rights.seen:
            rights_seen = self._rights.seen
            if plan.key in await settled(self._handed.outdated([plan]), self._limits.read_seconds):
                return True
        return False

    async def _reset(self, group: Group, member: Member) -> None:
        """Tell a feed that it must reload. The reset goes first: a heartbeat before it would hide the loss."""
        place = FeedPosition(self._history.epoch, group.position, group.plan.mark or b"")
        self._show(member, await settled(self._handed.reset(group.plan, place), self._limits.render_seconds))
        await self._catch_up(group, Wish(group.plan, place), member)

    async def _write(self, group: Group, member: Member, missed: Sequence[tuple[int, bytes]], upto: int) -> None:
        """Write a replay at the pace of its reader, several frames at a time.

        While the reader took its time, the rest may have become what a fresh query hides: then it is to be asked for
        again, from the place that the member has reached.
        """
        touches = group.touches
        for part in _parts(missed, self._limits.replay_bytes_at_once):
            if not member.open or group.touches != touches:
                return
            paid = part[: group.paid(len(part))]
            self._show(member, *[payload for _, payload in paid])
            member.position = paid[-1][0] if paid else member.position
            if len(paid) < len(part):
                self._registry.unpaid(member, group, FeedPosition(self._history.epoch, member.position))
            elif member.open and not await member.line.drained():
                self._registry.lose([member])
        member.position = upto

    def _show(self, member: Member, *payloads: bytes) -> None:
        if member.open and not member.show(payloads):
            self._registry.lose([member])

    def _expire(self, group: Group, member: Member) -> None:
        place = FeedPosition(self._history.epoch, group.position)
        if member.open:
            member.line.refuse(member.operation, self._handed.expired(group.plan, place))
        self._registry.leave(member)

    def _refuse(self, member: Member, code: str) -> None:
        member.line.refuse(member.operation, self._handed.failed(code))
        self._registry.leave(member)


def _parts(missed: Sequence[tuple[int, bytes]], most_bytes: int) -> Iterator[list[tuple[int, bytes]]]:
    """What was missed, in runs that end as soon as their payloads reach so many bytes."""
    part: list[tuple[int, bytes]] = []
    size = 0
    for place in missed:
        part.append(place)
        size += len(place[1])
        if size >= most_bytes:
            yield part
            part, size = [], 0
    if part:
        yield part
