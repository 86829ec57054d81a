"""Faults that the realtime core must never have again, each as a small patch of it that holds for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from realtime import event_groups as event_groups_module
from realtime import hub as hub_module
from realtime import looks as looks_module
from realtime.broadcast import Broadcast
from realtime.callbacks import UnpaidError
from realtime.cursors import FeedPosition
from realtime.event_groups import EventGroup
from realtime.follower import Follower
from realtime.groups import Group
from realtime.guards import Guards
from realtime.interests import InterestIndex
from realtime.joining import Joining
from realtime.members import Validity
from realtime.payloads import CachedPayload
from realtime.registry import Registry
from realtime.rendering import Renderer
from realtime.rights import Rights
from realtime.shares import Shares
from realtime.showing import Showing
from realtime.snapshots import SnapshotGroup
from realtime.strays import StrayError

Planted = Callable[[], Iterator[None]]


@contextmanager
def replaced(owner: Any, **methods: Any) -> Iterator[None]:
    """Other methods for a while."""
    with ExitStack() as stack:
        for name, method in methods.items():
            stack.enter_context(patch.object(owner, name, method))
        yield


@contextmanager
def a_cancellation_ends_the_follower() -> Iterator[None]:
    """A look is waited for as one's own work, and nobody begins again what ended."""

    async def outcome(task: asyncio.Task[None]) -> None:
        await task

    def again(self: Guards, kept: Any, reason: str) -> None:
        kept.task = None

    with replaced(looks_module, _outcome=outcome), replaced(Guards, _again=again):
        yield


@contextmanager
def a_page_counts_as_read_before_it_is_written() -> Iterator[None]:
    """What is raised in a group only ends what it shows now."""

    async def show(self: Showing, group: EventGroup) -> None:
        try:
            await group.show()
        except BaseException:
            group.drop()
            raise

    with replaced(Showing, _show=show):
        yield


@contextmanager
def rights_have_no_lease() -> Iterator[None]:
    """Things are shown however long ago rights were confirmed."""

    async def gate(self: Rights) -> None:
        self.end_over()

    with replaced(Rights, gate=gate):
        yield


@contextmanager
def rights_are_judged_after_what_is_shown() -> Iterator[None]:
    """A look hands events over first, and then lets changes of rights take effect."""
    read_rights, take = Follower._read_rights, Follower._take
    later: list[tuple[Any, ...]] = []

    async def stash(self: Follower, *given: Any) -> None:
        later.append(given)

    async def take_first(self: Follower, *given: Any) -> None:
        await take(self, *given)
        await read_rights(self, *later.pop())

    with replaced(Follower, _read_rights=stash, _take=take_first):
        yield


@contextmanager
def who_cannot_be_judged_stays() -> Iterator[None]:
    """A judgement that fails lets everybody go on."""
    verdicts = Rights._verdicts

    async def lenient(self: Rights, scopes: Collection[Any]) -> Any:
        try:
            return await verdicts(self, scopes)
        except Exception:
            return dict.fromkeys(scopes, Validity.SAME)

    with replaced(Rights, _verdicts=lenient):
        yield


@contextmanager
def a_look_waits_for_all_groups() -> Iterator[None]:
    """The next page is read when all groups have shown this one."""
    look = Follower.look

    async def look_and_wait(self: Follower) -> None:
        await look(self)
        await self._begin.__self__.settle()  # type: ignore[attr-defined]

    with replaced(Follower, look=look_and_wait):
        yield


@contextmanager
def a_member_joins_a_moment_late() -> Iterator[None]:
    """Something is awaited between the end of what was missed and the entry."""
    catch_up = Joining._catch_up

    async def catch_up_and_rest(self: Joining, *given: Any) -> None:
        await catch_up(self, *given)
        await asyncio.sleep(0)

    with replaced(Joining, _catch_up=catch_up_and_rest):
        yield


@contextmanager
def replay_and_live_overlap() -> Iterator[None]:
    """A group writes to its members wherever they are."""
    broadcast = Broadcast.__call__

    async def heedless(self: Broadcast, members: Any, frames: Any, **more: Any) -> Any:
        for member in members:
            member.position = min(member.position, frames[0][0] - 1)
        return await broadcast(self, members, frames, **more)

    with replaced(Broadcast, __call__=heedless):
        yield


@contextmanager
def a_row_is_shown_though_it_is_old() -> Iterator[None]:
    """Nobody looks again whether a row was touched while its event waited to be written."""
    broadcast = Broadcast.__call__

    async def fresh(self: EventGroup, event: Any, loaded: Any) -> CachedPayload:
        ready = await self._rendered_once(event, loaded)
        await self._parts.gate()
        return ready

    async def heedless(self: Broadcast, members: Any, frames: Any, **more: Any) -> Any:
        more.pop("holding", None)
        return await broadcast(self, members, frames, **more)

    def all_of_it(run: Any, touches: Any) -> Any:
        return run

    with (
        replaced(EventGroup, _fresh=fresh),
        replaced(Broadcast, __call__=heedless),
        replaced(event_groups_module, still_holding=all_of_it),
    ):
        yield


@contextmanager
def a_group_goes_on_behind_a_stray_cancellation() -> Iterator[None]:
    """An event whose rendering was cancelled counts as shown."""
    show_run = EventGroup._show_run

    async def skip(self: EventGroup, loaded: Any) -> None:
        try:
            await show_run(self, loaded)
        except StrayError:
            self._step()

    with replaced(EventGroup, _show_run=skip):
        yield


@contextmanager
def who_joins_takes_the_picture_from_the_others() -> Iterator[None]:
    """A picture that was drawn for who joins counts as shown to all."""
    snapshot = SnapshotGroup.snapshot

    async def take(self: SnapshotGroup) -> bytes:
        payload = await snapshot(self)
        self.unshown = False
        return payload

    with replaced(SnapshotGroup, snapshot=take):
        yield


@contextmanager
def rendering_is_paid_for_afterwards() -> Iterator[None]:
    """Who cannot pay makes the desk work all the same."""
    rendered = Renderer.rendered

    async def pay_later(self: Renderer, group: Any, event: Any, loaded: Any, pay: Callable[[], bool]) -> CachedPayload:
        ready = await rendered(self, group, event, loaded, lambda: True)
        if ready.payload is not None and not pay():
            raise UnpaidError
        return ready

    with replaced(Renderer, rendered=pay_later):
        yield


@contextmanager
def a_share_is_not_given_back_by_who_is_cancelled() -> Iterator[None]:
    """What was taken is given back only by who comes to the end."""

    @asynccontextmanager
    async def taken(
        self: Shares, account: Any, amount: int = 1, *, size: float = 1.0, reserved: bool = True
    ) -> AsyncIterator[None]:
        holder = await self._take((account, reserved), min(amount, self._most), size)
        yield
        self._give_back(holder, min(amount, self._most))

    with replaced(Shares, taken=taken):
        yield


@contextmanager
def a_group_that_ended_keeps_payloads() -> Iterator[None]:
    """Bytes are kept for a group that nobody can find any more."""

    def keep(self: Group, event: Any, ready: CachedPayload) -> None:
        self.ready.put(event.seq, ready)

    with replaced(Group, keep=keep):
        yield


@contextmanager
def a_busy_group_rests() -> Iterator[None]:
    """A group that still shows something when the last has gone is told of no event until somebody comes."""

    leave, group_of = Registry.leave, Registry.group

    def rest(self: Registry, member: Any) -> None:
        with patch.object(EventGroup, "busy", False):
            leave(self, member)

    def take(self: Registry, *given: Any) -> Group | None:
        with patch.object(EventGroup, "busy", False):
            return group_of(self, *given)

    with replaced(Registry, leave=rest, group=take):
        yield


@contextmanager
def a_page_of_rights_wakes_everybody() -> Iterator[None]:
    """Groups without keys are told of a page that shows nothing."""
    concerned = InterestIndex.concerned

    def all_of_them(self: InterestIndex[Any], events: Any) -> Any:
        return concerned(self, events) or dict.fromkeys(self._unkeyed, events)

    with replaced(InterestIndex, concerned=all_of_them):
        yield


@contextmanager
def a_scope_that_could_not_be_judged_is_kept() -> Iterator[None]:
    """A scope was read while rights changed, and nobody can tell whether it holds."""
    with replaced(Rights, judge_new=lambda self, line: self.judge([line])):
        yield


@contextmanager
def a_join_ends_with_whatever_it_is_told() -> Iterator[None]:
    """What is no error comes out of a join, and ends the task of who asked for it."""

    async def bare(work: Any) -> Any:
        return await work

    with replaced(hub_module, contained=bare):
        yield


@contextmanager
def a_heartbeat_tells_of_what_is_still_written() -> Iterator[None]:
    """A group is past an event before all of its members have it."""
    written = EventGroup._written

    async def ahead(self: EventGroup, run: Any) -> Any:
        if self._inbox is not None:
            self._inbox.position = run[-1][0].seq
        return await written(self, run)

    with replaced(EventGroup, _written=ahead):
        yield


@contextmanager
def who_cannot_pay_is_sent_back() -> Iterator[None]:
    """All members of a group go on from where the group is, though some have more."""

    def spend(self: Registry, group: Group) -> None:
        place = None if group.plan.snapshot else FeedPosition(self._history.epoch, group.position)
        for member in tuple(group.members):
            self.unpaid(member, group, place)

    with replaced(Registry, spend=spend):
        yield


@contextmanager
def a_heartbeat_goes_before_the_reset() -> Iterator[None]:
    """A late feed is where the history is while its members are not told yet of what they missed."""
    reset_frame = EventGroup.reset_frame

    async def frame(self: EventGroup, seq: int) -> bytes:
        if self._inbox is not None:
            self._inbox.position = seq
        return await reset_frame(self, seq)

    with replaced(EventGroup, reset_frame=frame):
        yield


@contextmanager
def an_id_is_refused_that_is_another_ones() -> Iterator[None]:
    """A join that fails refuses its operation, though that was ended before."""

    def refuse(self: Joining, member: Any, code: str) -> None:
        member.connection.refuse(member.operation, self._callbacks.failed(code))
        self._registry.leave(member)

    with replaced(Joining, _refuse=refuse):
        yield
