"""Joining a group: first what was missed, then live, with neither a hole nor an overlap in between."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from realtime.callbacks import BadEventError, ExpiredError, GroupPlan, HubCallbacks, SubscribeRequest, settled
from realtime.cursors import FeedPosition
from realtime.groups import Group
from realtime.history import History, LogReplacedError
from realtime.limits import HubLimits
from realtime.members import Member
from realtime.registry import Registry
from realtime.replays import Replay, ReplayParts
from realtime.rights import Rights
from realtime.snapshots import SnapshotGroup

LOGGER = logging.getLogger("surga.realtime")


class Joining:
    """Admits one member at a time to its group. Every refusal goes to the member's own connection."""

    def __init__(
        self, registry: Registry, history: History, rights: Rights, callbacks: HubCallbacks, limits: HubLimits,
        replays: ReplayParts, make: Callable[[GroupPlan], Group], look: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._registry = registry
        self._history = history
        self._rights = rights
        self._callbacks = callbacks
        self._limits = limits
        self._replays = replays
        self._make = make
        self._look = look

    async def join(
        self, request: SubscribeRequest, member: Member, scope: object, rights_seen: int | None
    ) -> Member | None:
        """Subscribe for someone with this scope; None where that was refused, or ended meanwhile."""
        await self._reach(request.after)
        self._rights.end_over()
        if await self._is_outdated(request.plan, rights_seen) or member.connection.scope is not scope:
            self._refuse(member, "FORBIDDEN")
            return None
        group = self._registry.group(request, self._make)
        if group is None:
            self._refuse(member, "BUSY")
            return None
        if not self._registry.enter(member, group):
            return None
        try:
            return await self._admit(group, request, member)
        except BaseException:
            self._registry.leave(member)
            raise

    async def _admit(self, group: Group, request: SubscribeRequest, member: Member) -> Member | None:
        if isinstance(group, SnapshotGroup):
            return await self._admit_to_snapshot(group, member)
        try:
            await self._catch_up(group, request, member)
        except (ExpiredError, LogReplacedError, BadEventError):
            if not group.plan.feed:
                self._expire(group, member)
                return None
            await self._reset(group, request, member)
        if member.open and group.ended:
            self._refuse(member, "INTERNAL")
        if not member.open:
            return None
        group.admit(member)
        return member

    async def _admit_to_snapshot(self, group: SnapshotGroup, member: Member) -> Member | None:
        """Write the snapshot that is there, or the first one, and admit the member; nothing is awaited in between."""
        try:
            payload = await group.snapshot()
        except Exception as problem:
            LOGGER.warning("A first snapshot could not be rendered: %r", problem)
            self._refuse(member, "UNAVAILABLE")
            return None
        if member.open and group.ended:
            self._refuse(member, "INTERNAL")
        if member.open and not self._callbacks.pays(group.plan, 1):
            self._registry.unpaid(member, group)
        self._show(member, payload)
        if not member.open:
            return None
        group.admit_shown(member)
        return member

    async def _catch_up(self, group: Group, request: SubscribeRequest, member: Member) -> None:
        """Write all that was missed. On return the member is where its group is, and nothing was awaited since."""
        member.position = self._start(group, request)
        replay = Replay(group, member, request, self._replays)
        await replay.require_reach()
        if group.plan.feed:
            position = member.position
            self._show(member, await group.heartbeat(position, self._history.as_of))
        while member.open and not group.ended and member.position < group.position:
            # One at a time: all that the replays of one connection hold and write would else be unread at once.
            async with member.connection.replaying:
                while member.open and not group.ended and member.position < group.position:
                    await replay.step()

    def _start(self, group: Group, request: SubscribeRequest) -> int:
        after = request.after
        if after is None:
            return self._history.last
        other_mark = request.plan.mark is not None and after.mark != request.plan.mark
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
            if plan.key in await settled(self._callbacks.outdated([plan]), self._limits.read_seconds):
                return True
        return False

    async def _reset(self, group: Group, request: SubscribeRequest, member: Member) -> None:
        """Tell a feed that it must reload. The reset goes first: a heartbeat before it would hide the loss."""
        position = FeedPosition(self._history.epoch, self._history.last, group.plan.mark or b"")
        self._show(member, await group.reset_frame(position.seq))
        await self._catch_up(
            group, SubscribeRequest(group.plan, position, request.principal, request.reserved, request.share), member
        )

    def _show(self, member: Member, *payloads: bytes) -> None:
        if member.open and not member.show(payloads):
            self._registry.lose([member])

    def _expire(self, group: Group, member: Member) -> None:
        position = FeedPosition(self._history.epoch, self._history.last)
        if member.open:
            member.connection.refuse(member.operation, self._callbacks.expired(group.plan, position))
        self._registry.leave(member)

    def _refuse(self, member: Member, code: str) -> None:
        if member.open:  # else it was refused before, and its operation's id may be another one's by now
            member.connection.refuse(member.operation, self._callbacks.failed(code))
        self._registry.leave(member)
