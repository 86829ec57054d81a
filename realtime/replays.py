"""Replays: what a member missed, rendered and written in chunks, so that no replay holds much or holds anybody up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from realtime.callbacks import ExpiredError, HubCallbacks, SubscribeRequest, UnpaidError
from realtime.cursors import FeedPosition
from realtime.groups import Group, rows_of
from realtime.history import History, LogReplacedError
from realtime.interests import concerns
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.payloads import CachedPayload
from realtime.registry import Registry
from realtime.rendering import Loaded, Renderer
from realtime.rows import RowCache
from realtime.shares import Shares
from realtime.yielding import Pace, Yielder


@dataclass(slots=True)
class Chunk:
    """Frames of a replay that are paid for. reached: how far it goes. unpaid: the budget does not hold what follows."""

    reached: int
    ready: list[tuple[int, CachedPayload]] = field(default_factory=list)
    size: int = 0
    unpaid: bool = False

    @property
    def payloads(self) -> list[bytes]:
        return [ready.payload for _, ready in self.ready if ready.payload is not None]


@dataclass(frozen=True, slots=True)
class ReplayParts:
    """What all replays work with. slots: taken for rendering a chunk; under_way: for bytes that are not read yet."""

    callbacks: HubCallbacks
    history: History
    rows: RowCache
    renderer: Renderer
    registry: Registry
    slots: Shares
    under_way: Shares
    limits: HubLimits
    monotonic: Callable[[], float]
    gate: Callable[[], Awaitable[None]]
    pace: Pace


class Replay:
    """One member's way from its cursor to where its group is."""

    def __init__(self, group: Group, member: Member, request: SubscribeRequest, parts: ReplayParts) -> None:
        self._group = group
        self._member = member
        self._parts = parts
        self._account = request.principal or id(member.connection)
        self._reserved = request.reserved

    async def require_reach(self) -> None:
        """Raise ExpiredError where too much was missed, before anything is shown."""
        group, member, limits = self._group, self._member, self._parts.limits
        after, upto = member.position, group.position
        if upto <= after:
            return
        if upto - after > limits.horizon_reach:
            raise ExpiredError
        oldest = await self._parts.history.since(after, after + 1)
        if oldest and oldest[0].recorded_at < self._parts.history.seen.at - limits.horizon:
            raise ExpiredError
        if upto - after > limits.horizon_matches:
            await self._require_few_matches(after, upto)

    async def _require_few_matches(self, after: int, upto: int) -> None:
        """Raise ExpiredError where more would be shown than a replay may hold; what others found out is used again.

        Who comes from further back has missed at least as much, and later events add one match each at most.
        """
        group, most = self._group, self._parts.limits.horizon_matches
        if after <= group.expired_upto:
            raise ExpiredError
        if group.counted is not None:
            start, end, count = group.counted
            if after >= start and count + max(0, upto - end) <= most:
                return
        count = await self._matches(after, upto, most)
        if count > most:
            group.expired_upto = max(group.expired_upto, after)
            raise ExpiredError
        group.counted = (after, upto, count)

    async def _matches(self, after: int, upto: int, most: int) -> int:
        """How many events of this range are shown, or more than most; read a page at a time."""
        parts, page, count = self._parts, self._parts.limits.page, 0
        for start in range(after, upto, page):
            events = await parts.history.since(start, min(upto, start + page))
            missing = [event for event in events if self._may_concern(event)]
            async with parts.slots.taken(self._account, size=upto - start):
                loaded = await parts.rows.load(rows_of(missing))
                yielder = Yielder(parts.limits.slice_seconds, parts.monotonic)
                for event in missing:
                    await yielder()
                    count += await parts.renderer.decision_of(self._group.plan, event, loaded) is not None
            if count > most:
                break
        return count

    async def step(self) -> None:
        """Write the next chunk at the pace of its reader."""
        member, parts = self._member, self._parts
        async with parts.under_way.taken(self._account, parts.limits.replay_bytes_at_once, reserved=self._reserved):
            wrote = await self._write_again() or await self._write_next()
            if wrote and member.open and not await member.connection.drained():
                parts.registry.lose([member])

    async def _write_again(self) -> bool:
        """Write what others who resumed at the same position were shown; False where there is nothing of it."""
        group, member = self._group, self._member
        if group.ready.run(member.position) is None:
            return False
        await self._parts.gate()
        run = group.ready.run(member.position)
        if run is None or not self._is_there or not self._pay(len(run.payloads)):
            return False
        group.used_at = group.ready.replayed_at = self._parts.monotonic()
        self._write(run.payloads, run.reached)
        if member.position < group.position:
            await asyncio.sleep(0)  # nothing was rendered, which would have given the loop back
        return True

    async def _write_next(self) -> bool:
        """Render and write what follows; whether there was anything to write."""
        member, upto = self._member, self._group.position
        chunk = await self._chunk(min(upto, member.position + self._parts.limits.page), upto - member.position)
        if not self._is_there:
            return False
        self._write(chunk.payloads, chunk.reached)
        if chunk.unpaid and member.open:
            position = FeedPosition(self._parts.history.epoch, member.position)
            self._parts.registry.unpaid(member, self._group, position)
        return bool(chunk.ready)

    def _write(self, payloads: Sequence[bytes], reached: int) -> None:
        """Write a chunk; nothing was awaited since it was checked last."""
        if payloads and not self._member.show(payloads):
            self._parts.registry.lose([self._member])
        self._member.position = reached

    @property
    def _is_there(self) -> bool:
        return self._member.open and not self._group.ended

    # ---------------------------------------------------------------- rendering

    async def _chunk(self, upto: int, remaining: int) -> Chunk:
        """The next frames. One chunk at a time and group: those who return together find the rest rendered."""
        group, parts, member = self._group, self._parts, self._member
        group.used_at = group.ready.replayed_at = parts.monotonic()
        async with group.replaying:
            epoch, touch, start = parts.history.epoch, parts.history.touches.now, member.position
            events = await parts.history.since(member.position, upto)
            await parts.pace.pause(self._account)
            async with parts.slots.taken(self._account, size=remaining):
                chunk = await self._rendered(events)
            await parts.gate()
            if parts.history.epoch != epoch:
                raise LogReplacedError
            chunk = self._cut(chunk)
            if touch == parts.history.touches.now and not chunk.unpaid and chunk.reached > start:
                group.keep_run(start, chunk.reached, chunk.ready)
            return chunk

    async def _rendered(self, events: Sequence[LoggedEvent]) -> Chunk:
        group, parts = self._group, self._parts
        chunk = Chunk(self._member.position)
        missing = [event for event in events if group.ready.get(event.seq) is None and self._may_concern(event)]
        loaded = await parts.rows.load(rows_of(missing))
        for event in events:
            await parts.pace.pause(self._account)
            if not self._is_there:
                break
            ready = group.ready.get(event.seq)
            try:
                if ready is None:
                    ready = await self._ready(event, loaded)
                elif ready.payload is not None and not self._pay():
                    raise UnpaidError
            except UnpaidError:
                chunk.unpaid = True
                break
            self._add(chunk, event, ready)
            if chunk.size >= parts.limits.replay_bytes_at_once:
                break
        return chunk

    def _may_concern(self, event: LoggedEvent) -> bool:
        return concerns(self._group.keys, self._parts.callbacks.interests, event)

    async def _ready(self, event: LoggedEvent, loaded: Loaded) -> CachedPayload:
        if not self._may_concern(event):
            return CachedPayload(event.row or 0, self._parts.history.touches.now, None)
        ready = await self._parts.renderer.rendered(self._group, event, loaded, self._pay)
        self._group.keep(event, ready)
        return ready

    def _add(self, chunk: Chunk, event: LoggedEvent, ready: CachedPayload) -> None:
        chunk.reached = event.seq
        if ready.payload is not None:
            chunk.ready.append((event.seq, ready))
            chunk.size += len(ready.payload)

    def _pay(self, frames: int = 1) -> bool:
        return frames == 0 or self._parts.callbacks.pays(self._group.plan, frames)

    def _cut(self, chunk: Chunk) -> Chunk:
        """Leave out what was touched while the rest was rendered, and all after it: it is rendered again."""
        touches = self._parts.history.touches
        for index, (seq, ready) in enumerate(chunk.ready):
            if not touches.holds(ready.ticket, ready.touch):
                return Chunk(seq - 1, chunk.ready[:index])
        return chunk
