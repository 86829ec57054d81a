"""Who joins, leaves and comes back while a group shows something."""

from __future__ import annotations

import asyncio

from realtime.callbacks import GroupPlan
from realtime.log import LoggedEvent
from tests.realtime.world import World, eventually


async def test_who_joins_a_busy_group_that_all_others_left_is_shown_what_was_read_meanwhile(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()
    _, leaving = await world.join(GroupPlan("seam"))
    shown, rendering = asyncio.Event(), asyncio.Event()

    async def slow(event: LoggedEvent) -> None:
        if event.seq == 2:
            rendering.set()
            await shown.wait()

    world.domain.rendering = slow
    await world.change(ticket)
    await world.hub.look_shared()
    await rendering.wait()

    screen = await world.open()
    screen.gate = asyncio.Event()
    joining = asyncio.create_task(world.join(GroupPlan("seam"), after=0, screen=screen))
    await eventually(lambda: screen.seqs == [1])
    assert leaving is not None
    world.hub.leave(leaving)
    await world.change(ticket)
    await world.hub.look_shared()
    screen.gate.set()
    await joining
    shown.set()
    await world.hub.settle()

    assert screen.seqs == [1, 2, 3]


async def test_who_comes_back_to_a_group_that_still_shows_something_to_nobody_misses_nothing(world: World) -> None:
    ticket = await world.ticket()
    _, leaving = await world.join(GroupPlan("seam"))
    shown, rendering = asyncio.Event(), asyncio.Event()

    async def slow(event: LoggedEvent) -> None:
        if event.seq == 1 and not rendering.is_set():
            rendering.set()
            await shown.wait()

    world.domain.rendering = slow
    await world.change(ticket)
    await world.hub.look_shared()
    await rendering.wait()
    assert leaving is not None
    world.hub.leave(leaving)
    await world.change(ticket)
    await world.hub.look_shared()

    screen, _ = await world.join(GroupPlan("seam"), after=0)
    shown.set()
    await world.hub.settle()

    assert screen.seqs == [1, 2]


async def test_a_page_that_shows_nothing_ends_no_group(world: World) -> None:
    screen, _ = await world.join()

    await world.rights()
    await world.hub.look()
    await world.change(await world.ticket())
    await world.hub.look()

    assert (screen.refusals, screen.seqs, world.hub.state.failed_groups) == ([], [2], 0)
