"""Runs: what a group is behind with goes into one write for each member, and loses no promise by that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from api.websocket.ready_frames import text_frame
from api.websocket.writers import AsgiWriter, FrameWriter
from realtime.broadcast import Broadcast
from realtime.callbacks import GroupPlan
from realtime.groups import tickets_of
from realtime.limits import HubLimits
from realtime.log import LoggedEvent
from realtime.members import Member
from realtime.yielding import Timed
from tests.realtime.test_replays import hand_in
from tests.realtime.world import Refused, Screen, World, eventually, payload

Write = tuple["Joined", list[int]]

# What belongs together is written together however slow the machine is.
UNHURRIED = HubLimits(slice_seconds=60.0)


@pytest.fixture
def limits() -> HubLimits:
    return UNHURRIED


class Joined(Screen):
    """A line that takes several messages at once, and notes each write; meanwhile happens once after the first."""

    join = staticmethod(lambda messages: (b"\n".join(messages),))

    def __init__(self, writes: list[Write]) -> None:
        super().__init__()
        self._writes = writes
        self.meanwhile: Callable[[], None] | None = None

    def put(self, encoded: bytes) -> bool:
        messages = [orjson.loads(each) for each in encoded.split(b"\n")]
        self.messages += messages
        self._writes.append((self, [each["payload"]["data"]["seq"] for each in messages]))
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return True


async def joined(world: World, count: int) -> tuple[list[Joined], list[Write]]:
    writes: list[Write] = []
    screens = [Joined(writes) for _ in range(count)]
    for screen in screens:
        await world.hub.attach(screen, world.hub.rights_seen)
        await world.join(screen=screen)
    return screens, writes


async def changed(world: World, count: int) -> list[Any]:
    tickets = [await world.ticket() for _ in range(count)]
    for ticket in tickets:
        await world.change(ticket)
    return tickets


async def test_what_came_in_at_once_is_written_to_each_member_in_one_go(world: World) -> None:
    screens, writes = await joined(world, 2)
    await changed(world, 3)

    await world.hub.look()

    assert writes == [(screens[0], [1, 2, 3]), (screens[1], [1, 2, 3])]


@pytest.mark.parametrize("limits", [replace(UNHURRIED, run_bytes=700)])
async def test_one_write_is_bounded(world: World) -> None:
    world.domain.padding = "x" * 250
    _, writes = await joined(world, 1)
    await changed(world, 5)

    await world.hub.look()

    assert [seqs for _, seqs in writes] == [[1, 2], [3, 4], [5]]


async def test_who_has_a_part_of_it_is_written_the_rest() -> None:
    writes: list[Write] = []
    members = [Member.of(Joined(writes), "1") for _ in range(4)]
    for place, member in enumerate(members):
        member.position = place
    frames = [(seq, payload("event", seq)) for seq in (1, 2, 3)]

    lost, count = await Broadcast(500)(members, frames)

    assert [seqs for _, seqs in writes] == [[1, 2, 3], [2, 3], [3]]
    assert ([member.position for member in members], lost, count) == ([3, 3, 3, 3], [], 3)


RESTING = replace(UNHURRIED, rest_per_member=0.05)


@pytest.mark.parametrize("limits", [RESTING])
async def test_what_comes_in_while_a_write_goes_on_waits_for_more_of_it(world: World) -> None:
    screens, writes = await joined(world, 2)
    await changed(world, 1)

    def more() -> None:
        come_in(world, 2)
        asyncio.get_running_loop().call_later(0.01, come_in, world, 3)  # due before the rest is over, however late

    screens[0].meanwhile = more
    await world.hub.look()

    assert writes == [(screens[0], [1]), (screens[1], [1]), (screens[0], [2, 3]), (screens[1], [2, 3])]


@pytest.mark.parametrize("limits", [RESTING])
async def test_who_leaves_while_its_group_rests_is_written_nothing_more(world: World) -> None:
    screens, writes = await joined(world, 2)
    await changed(world, 1)
    leaver = next(iter(world.hub.registry.groups["all"].members))

    def more() -> None:
        come_in(world, 2)
        asyncio.get_running_loop().call_later(0.01, world.hub.leave, leaver)

    screens[0].meanwhile = more
    await world.hub.look()

    assert writes == [(screens[0], [1]), (screens[1], [1]), (screens[1], [2])]


@pytest.mark.parametrize("limits", [replace(UNHURRIED, rest_per_member=3_600.0, longest_rest=3_600.0, run_bytes=700)])
async def test_neither_a_change_that_comes_alone_nor_a_full_write_waits_for_more(world: World) -> None:
    world.domain.padding = "x" * 250
    _, writes = await joined(world, 1)

    async with asyncio.timeout(60):
        for count in (1, 1, 5):
            await changed(world, count)
            await world.hub.look()

    assert [seqs for _, seqs in writes] == [[1], [2], [3, 4], [5, 6], [7]]


def come_in(world: World, seq: int) -> None:
    """One more event of the ticket that changed last, as a look takes it."""
    hub = world.hub
    event = replace(hub._history._events[-1], seq=seq)
    hub.registry.groups["all"].wake([event])
    hub._history.touches.touch(tickets_of([event]))
    hub._history.add([event])


@pytest.mark.parametrize("limits", [replace(UNHURRIED, members_at_once=1)])
async def test_nobody_is_written_more_before_the_others_have_as_much(world: World) -> None:
    screens, writes = await joined(world, 2)
    await changed(world, 2)

    screens[0].meanwhile = lambda: come_in(world, 3)
    await world.hub.look()

    assert writes == [(screens[0], [1, 2]), (screens[1], [1, 2]), (screens[0], [3]), (screens[1], [3])]


@pytest.mark.parametrize("limits", [replace(UNHURRIED, members_at_once=1)])
async def test_what_is_hidden_between_two_members_is_not_shown_to_the_second(world: World) -> None:
    screens, writes = await joined(world, 2)
    tickets = await changed(world, 3)

    def hide() -> None:
        world.domain.hidden.add(tickets[1].id)
        world.hub._history.touches.touch([tickets[1].id])

    screens[0].meanwhile = hide
    await world.hub.look()

    assert writes == [(screens[0], [1, 2, 3]), (screens[1], [1, 3])]


async def test_what_appears_while_a_later_event_is_rendered_is_shown_and_paid_for(world: World) -> None:
    screens, _ = await joined(world, 1)
    paid: list[int] = []
    tickets = await changed(world, 2)
    world.domain.hidden.add(tickets[0].id)

    async def appear(event: Any) -> None:
        if tickets[0].id in world.domain.hidden:
            world.domain.hidden.clear()
            world.hub._history.touches.touch([tickets[0].id])

    world.domain.rendering = appear
    hand_in(world, pays=lambda plan, frames: paid.append(frames) is None)
    await world.hub.look()

    assert (screens[0].seqs, world.domain.rendered, paid) == ([1, 2], [2, 1], [1, 1])


async def test_what_appears_while_a_later_event_shows_nothing_is_shown(world: World) -> None:
    screens, _ = await joined(world, 1)
    tickets = await changed(world, 2)
    world.domain.hidden = {ticket.id for ticket in tickets}

    def decide(event: LoggedEvent, plan: GroupPlan, row: Any) -> str | None:
        if event.seq == 2:
            world.domain.hidden.discard(tickets[0].id)
            world.hub._history.touches.touch([tickets[0].id])
        return world.domain.decide(event, plan, row)

    hand_in(world, decide=decide)
    await world.hub.look()

    assert screens[0].seqs == [1]


async def test_a_later_event_that_takes_long_does_not_hold_up_the_first(world: World) -> None:
    screens, _ = await joined(world, 1)
    await changed(world, 2)
    gate = asyncio.Event()

    async def take_long(event: Any) -> None:
        await asyncio.sleep(0)
        if event.seq == 2:
            await gate.wait()

    world.domain.rendering = take_long
    looking = asyncio.create_task(world.hub.look())
    await eventually(lambda: len(world.domain.rendered) == 2)
    shown = list(screens[0].seqs)
    gate.set()
    await looking

    assert (shown, screens[0].seqs) == ([1], [1, 2])


async def test_what_a_later_event_raises_ends_the_group_when_the_first_was_written(world: World) -> None:
    screens, _ = await joined(world, 1)
    await changed(world, 3)

    async def fail(event: Any) -> None:
        if event.seq == 2:
            raise RuntimeError

    world.domain.rendering = fail
    await world.hub.look()

    assert (screens[0].seqs, screens[0].refusals) == ([1], [("1", "INTERNAL", None)])


async def test_what_is_paid_for_is_written_before_the_end(world: World) -> None:
    screens, _ = await joined(world, 1)
    purse = [2]

    def pays(plan: GroupPlan, frames: int) -> bool:
        purse[0] -= frames
        return purse[0] >= 0

    hand_in(world, pays=pays, spent=lambda plan, place: Refused("RATE_LIMITED", place))
    await changed(world, 4)
    await world.hub.look()

    assert (screens[0].seqs, world.domain.rendered) == ([1, 2], [1, 2])
    assert screens[0].refusals == [("1", "RATE_LIMITED", world.place(2))]


@pytest.mark.parametrize("limits", [replace(UNHURRIED, members_at_once=1, turns_between=4)])
async def test_others_have_several_turns_of_the_loop_between_two_parts(world: World) -> None:
    _, writes = await joined(world, 3)
    await changed(world, 1)
    seen: list[int] = []

    async def watch() -> None:
        while len(writes) < 3:
            seen.append(len(writes))
            await asyncio.sleep(0)

    await asyncio.gather(world.hub.look(), watch())

    assert (seen.count(1), seen.count(2)) == (4, 4)


@pytest.mark.parametrize(
    ("join", "encoded", "written"),
    [
        (FrameWriter.join, [text_frame(b"{}"), text_frame(b"[]")], [text_frame(b"{}") + text_frame(b"[]")]),
        (AsgiWriter.join, ["{}", "[]"], ["{}", "[]"]),
    ],
)
def test_frames_are_joined_and_messages_of_asgi_are_not(join: Any, encoded: Sequence[Any], written: list[Any]) -> None:
    assert list(join(encoded)) == written


async def test_work_tells_whether_it_had_to_wait_and_is_told_what_becomes_of_its_waiting() -> None:
    async def at_once() -> int:
        return 1

    async def cut_off() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.get_running_loop().create_future()
        except TimeoutError:
            return "in time"
        return "never"

    prompt, slow = Timed(at_once()), Timed(cut_off())

    assert (await prompt, prompt.waited) == (1, False)
    assert (await slow, slow.waited) == ("in time", True)
