"""Heartbeats, pictures and ends of scopes keep their times, whatever groups, pages and replays do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from realtime.callbacks import GroupPlan, Snapshot
from realtime.cursors import FeedPosition
from realtime.limits import HubLimits
from tests.realtime.world import Caller, World, eventually, payload

FEED = GroupPlan("feed", feed=True, mark=b"mark")
BOARD = GroupPlan("board", snapshot=True)
QUICK = HubLimits(tick=0.02, heartbeat=0.06, snapshot_pause=0.0, clock_patience=0.01, snapshot_patience=0.01)


def paint(world: World, snapshot: Any) -> None:
    """Let the hub draw pictures in this way."""
    callbacks = replace(world.domain.callbacks, snapshot=snapshot)
    object.__setattr__(world.hub._group_parts, "callbacks", callbacks)


@pytest.mark.parametrize("limits", [QUICK])
async def test_heartbeats_come_while_groups_and_a_long_page_are_busy(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    stuck, _ = await world.join(GroupPlan("stuck", feed=True))
    world.domain.slow = {"feed": asyncio.Event(), "stuck": asyncio.Event()}
    world.hub._keep()

    for _ in range(5):
        await world.change(ticket)
    await eventually(lambda: len(feed.messages) > 4 and len(stuck.messages) > 4)

    assert {(data["kind"], data["seq"]) for data in (*feed.data, *stuck.data)} == {("heartbeat", 0)}


async def test_a_group_that_shows_one_event_after_the_other_writes_its_heartbeat_between_them(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    group = next(iter(world.hub.registry.groups.values()))
    world.domain.rendering = lambda event: asyncio.sleep(0)
    plain = world.domain.heartbeat

    async def overtaken(plan: GroupPlan, *more: Any) -> bytes:
        rendered, turns = len(world.domain.rendered), 0
        while len(world.domain.rendered) < rendered + 2 and turns < 200:
            await asyncio.sleep(0)
            turns += 1
        return plain(plan, *more)

    object.__setattr__(world.hub._group_parts, "callbacks", replace(world.domain.callbacks, heartbeat=overtaken))
    for _ in range(40):
        await world.change(ticket)
    await world.hub.look_shared()
    await group.beat()
    await world.hub.settle()

    kinds = [data["kind"] for data in feed.data[1:]]
    assert (kinds.count("event"), kinds.count("heartbeat"), kinds[-1]) == (40, 1, "event")
    assert [data["seq"] for data in feed.data] == sorted(data["seq"] for data in feed.data)


def as_heartbeats_tell(world: World) -> list[tuple[int, datetime]]:
    """Keeps, of each heartbeat to come, its place and its moment."""
    told: list[tuple[int, datetime]] = []

    def heartbeat(plan: GroupPlan, place: FeedPosition, as_of: datetime, lag_ms: int) -> bytes:
        told.append((place.seq, as_of))
        return payload("heartbeat", place.seq)

    object.__setattr__(world.hub._group_parts, "callbacks", replace(world.domain.callbacks, heartbeat=heartbeat))
    return told


async def test_the_heartbeat_of_a_late_group_tells_up_to_when_it_was_shown(world: World) -> None:
    ticket, moments, gates = await world.ticket(), [world.hub.state.looked_at], [asyncio.Event() for _ in range(4)]
    told = as_heartbeats_tell(world)
    await world.join(FEED)
    group = world.hub.registry.groups["feed"]
    world.domain.rendering = lambda event: gates[event.seq].wait()

    for _ in range(3):
        await world.change(ticket)
        await world.hub.look_shared()
        moments.append(world.hub.state.looked_at)
    for shown in range(3):
        await eventually(lambda shown=shown: group.position == shown)  # type: ignore[misc]
        await group.beat()
        gates[shown + 1].set()
    await world.hub.settle()
    await group.beat()

    assert told == list(enumerate(moments))


async def test_the_heartbeat_of_a_group_that_was_reset_tells_of_where_it_is_then(world: World) -> None:
    ticket, told, (resetting, rendering) = (
        await world.ticket(),
        as_heartbeats_tell(world),
        (asyncio.Event(), asyncio.Event()),
    )
    feed, _ = await world.join(FEED)
    group, plain = world.hub.registry.groups["feed"], world.domain.reset

    async def reset(plan: GroupPlan, place: FeedPosition) -> bytes:
        await resetting.wait()
        return await plain(plan, place)

    object.__setattr__(world.hub._group_parts, "callbacks", replace(world.hub._group_parts.callbacks, reset=reset))
    world.domain.confusing, world.domain.rendering = {("feed", 1)}, lambda event: rendering.wait()
    await world.change(ticket)
    await world.hub.look_shared()
    first = world.hub.state.looked_at
    await eventually(lambda: "feed" in world.domain.decided)

    await world.change(ticket)
    await world.hub.look_shared()
    resetting.set()
    await eventually(lambda: len(feed.messages) == 2)
    await group.beat()
    rendering.set()
    await world.hub.settle()

    assert [data["kind"] for data in feed.data] == ["heartbeat", "reset", "heartbeat", "event"]
    assert told[-1] == (1, first)


@pytest.mark.parametrize("limits", [HubLimits(page=2)])
async def test_heartbeats_between_two_pages_tell_of_the_look_before_them(world: World) -> None:
    ticket, before, heads = await world.ticket(), world.hub.state.looked_at, []
    told = as_heartbeats_tell(world)
    await world.join(FEED)
    group, follower = world.hub.registry.groups["feed"], world.hub._follower
    for _ in range(3):
        await world.change(ticket)

    while await follower._look_at_page():
        heads.append(world.hub.state.looked_at)
        await world.hub.settle()
        await group.beat()
    await world.hub.settle()
    await group.beat()

    assert told[1:] == [(2, before), (3, world.hub.state.looked_at)]
    assert before < heads[0] < world.hub.state.looked_at


@pytest.mark.parametrize("limits", [QUICK])
async def test_a_heartbeat_that_takes_long_holds_up_no_other(world: World) -> None:
    await world.join(GroupPlan("stuck", feed=True))
    feed, _ = await world.join(FEED)
    gate = asyncio.Event()
    plain = world.domain.heartbeat

    def heartbeat(plan: GroupPlan, *more: Any) -> Any:
        async def never() -> bytes:
            await gate.wait()
            return b""

        return never() if plan.key == "stuck" else plain(plan, *more)

    object.__setattr__(world.hub._group_parts, "callbacks", replace(world.domain.callbacks, heartbeat=heartbeat))
    world.hub._keep()

    await eventually(lambda: len(feed.messages) > 4)
    gate.set()


@pytest.mark.parametrize("limits", [QUICK])
async def test_a_heartbeat_that_can_not_be_rendered_ends_its_group_only(world: World) -> None:
    bad, _ = await world.join(GroupPlan("bad", feed=True))
    feed, _ = await world.join(FEED)
    plain = world.domain.heartbeat

    async def stray() -> bytes:
        raise asyncio.CancelledError

    callbacks = replace(
        world.domain.callbacks, heartbeat=lambda plan, *more: stray() if plan.key == "bad" else plain(plan, *more)
    )
    object.__setattr__(world.hub._group_parts, "callbacks", callbacks)
    world.hub._keep()

    await eventually(lambda: len(feed.messages) > 3 and bool(bad.refusals))

    assert (bad.refusals, feed.refusals) == ([("1", "INTERNAL", None)], [])
    assert world.hub.guards.begun_again["hub.beats"] == 0


@pytest.mark.parametrize("limits", [QUICK])
async def test_scopes_end_by_their_own_clock(world: World) -> None:
    until = world.clock() + timedelta(hours=1)
    ends, _ = await world.join(screen=await world.open(Caller("ends", until)))
    stuck, _ = await world.join(GroupPlan("stuck"))
    world.domain.slow = {"stuck": asyncio.Event()}
    world.hub._keep()
    await world.change(await world.ticket())

    world.clock.forward(hours=1)
    await eventually(lambda: bool(ends.refusals))

    assert (ends.refusals, ends.scope, stuck.refusals) == ([("1", "FORBIDDEN", None)], None, [])


@pytest.mark.parametrize("limits", [replace(QUICK, snapshot_pause=0.03)])
async def test_a_picture_drawn_for_who_joins_goes_to_all(world: World) -> None:
    drawn: list[float] = []

    async def snapshot(plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        drawn.append(asked)
        return Snapshot(payload("picture", len(drawn)))

    paint(world, snapshot)
    ticket = await world.ticket()
    first, _ = await world.join(BOARD)
    await world.change(ticket)
    await world.hub.look_shared()
    joiner, _ = await world.join(BOARD)
    assert [data["seq"] for data in joiner.data] == [2]

    world.hub._keep()
    await eventually(lambda: len(first.messages) > 1)

    assert [data["seq"] for data in first.data][:2] == [1, 2]


@pytest.mark.parametrize("limits", [QUICK])
async def test_a_picture_that_takes_long_holds_up_no_other_account(world: World) -> None:
    gate = asyncio.Event()

    async def snapshot(plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        if plan.key != "board" and world.domain.slow:
            await gate.wait()
        return Snapshot(payload("picture", 1))

    paint(world, snapshot)
    ticket = await world.ticket()
    screen, _ = await world.join(BOARD)
    for number in range(6):
        await world.join(GroupPlan(f"dear {number}", snapshot=True))
    for group in world.hub.registry.snapshots:
        group.principal = "wall" if group.plan.key == "board" else "greedy"
    world.domain.slow = {"-": gate}
    world.hub._keep()

    for number in range(2, 5):
        await world.change(ticket)
        await world.hub.look_shared()
        await eventually(lambda number=number: len(screen.messages) >= number)
    gate.set()


async def test_a_heartbeat_that_an_event_overtook_while_others_were_written_is_written_anew(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join(GroupPlan("feed", feed=True))
    [group] = world.hub.registry.feeds
    writing = world.hub._group_parts.broadcast._turn
    async with writing:
        await world.change(ticket)
        await world.hub.look_shared()
        while not writing._waiters:  # noqa: ASYNC110 - until the event waits to be written
            await asyncio.sleep(0)
        beat = asyncio.create_task(group.beat())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await beat
    await world.hub.settle()

    assert [(data["kind"], data["seq"]) for data in screen.data][1:] == [("event", 1), ("heartbeat", 1)]


async def test_who_was_shown_an_event_that_others_wait_for_gets_heartbeats_too(world: World) -> None:
    ticket = await world.ticket()
    feed = GroupPlan("feed", feed=True)
    first, _ = await world.join(feed)
    await world.change(ticket)
    gate = asyncio.Event()
    rendered = 0

    async def wait_at_second(event: object) -> None:
        nonlocal rendered
        rendered += 1
        if rendered == 2:
            await gate.wait()

    world.domain.rendering = wait_at_second
    [group] = world.hub.registry.feeds
    broadcast = world.hub._group_parts.broadcast.__call__

    async def touched_then(*given: Any, **more: Any) -> Any:
        lost = await broadcast(*given, **more)
        if rendered == 1:
            world.hub._history.touches.touch([ticket.id])
        return lost

    object.__setattr__(group._parts, "broadcast", touched_then)
    await world.hub.look_shared()
    await eventually(lambda: rendered == 2)
    await world.join(feed)
    await group.beat()
    beaten = [(data["kind"], data["seq"]) for data in first.data][1:]
    gate.set()
    await world.hub.settle()

    assert beaten == [("event", 1), ("heartbeat", 1)]
    assert first.seqs == [1]
