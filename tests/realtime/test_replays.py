"""Replays: in parts that are bounded, paid for before they are rendered, and in nobody's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.limits import HubLimits
from realtime.payloads import MOST_RUNS, PayloadCache
from realtime.yielding import Pace
from tests.realtime.world import Refused, World, eventually

FEED = GroupPlan("feed", feed=True, mark=b"mark")
SMALL = HubLimits(page=3, replay_bytes_at_once=1)


async def missed(world: World, events: int) -> None:
    ticket = await world.ticket()
    for _ in range(events):
        await world.change(ticket)
    await world.hub.begin()


def hand_in(world: World, **rules: Any) -> None:
    """Let the hub pay by other rules."""
    parts = replace(world.domain.callbacks, **rules)
    for owner in (world.hub._joining, world.hub.registry):
        owner._callbacks = parts
    object.__setattr__(world.hub._group_parts, "callbacks", parts)
    object.__setattr__(world.hub._group_parts.renderer, "callbacks", parts)
    object.__setattr__(world.hub._joining._replays, "callbacks", parts)


@pytest.mark.parametrize("limits", [HubLimits(replay_bytes_at_once=1)])
async def test_the_first_frame_is_written_before_the_last_is_rendered(world: World) -> None:
    await missed(world, 5)
    screen = await world.open()
    written: list[int] = []

    async def note(event: Any) -> None:
        written.append(len(screen.messages))

    world.domain.rendering = note
    await world.join(after=0, screen=screen)

    assert screen.seqs == [1, 2, 3, 4, 5]
    assert written == [0, 1, 2, 3, 4]


async def test_a_feed_is_greeted_before_what_it_missed_is_rendered(world: World) -> None:
    await missed(world, 2)
    screen = await world.open()
    gate = asyncio.Event()
    world.domain.slow = {"feed": gate}

    joining = asyncio.create_task(
        world.hub.join(SubscribeRequest(FEED, world.place(0, b"mark")), screen, "1", screen.scope)
    )
    await eventually(lambda: bool(screen.messages))
    greeted = [(data["kind"], data["seq"]) for data in screen.data]
    gate.set()
    await joining

    assert greeted == [("heartbeat", 0)]
    assert screen.seqs == [1, 2]


@pytest.mark.parametrize("limits", [HubLimits(page=3)])
async def test_a_replay_is_paid_for_before_it_is_rendered_and_ends_where_nobody_pays(world: World) -> None:
    await missed(world, 10)
    purse = [4]

    def pays(plan: GroupPlan, frames: int) -> bool:
        purse[0] -= frames
        return purse[0] >= 0

    hand_in(world, pays=pays, spent=lambda plan, place: Refused("RATE_LIMITED", place))
    screen, member = await world.join(after=0)

    assert member is None
    assert (screen.seqs, world.domain.rendered) == ([1, 2, 3, 4], [1, 2, 3, 4])
    assert screen.refusals == [("1", "RATE_LIMITED", world.place(4))]


async def test_an_empty_budget_executes_nothing(world: World) -> None:
    await missed(world, 10)
    hand_in(world, pays=lambda plan, frames: False, spent=lambda plan, place: Refused("RATE_LIMITED", place))

    screen, _ = await world.join(after=0)

    assert (screen.seqs, world.domain.rendered) == ([], [])
    assert screen.refusals == [("1", "RATE_LIMITED", world.place(0))]


@pytest.mark.parametrize("limits", [HubLimits(page=2, replays_at_once=1)])
async def test_a_short_replay_does_not_wait_for_a_long_one(world: World) -> None:
    await missed(world, 40)
    order: list[str] = []

    gate = asyncio.Event()
    world.domain.slow = {"long": gate}

    async def back(name: str, after: int) -> None:
        screen = await world.open()
        await world.hub.join(SubscribeRequest(GroupPlan(name), world.place(after), name), screen, "1", screen.scope)
        order.append(name)

    long = asyncio.create_task(back("long", 0))
    await eventually(lambda: len(world.domain.rendered) == 1)
    short = [asyncio.create_task(back(f"short {number}", 39)) for number in range(3)]
    await eventually(lambda: world.hub._joining._replays.slots.waiting == 3)
    gate.set()
    await asyncio.gather(long, *short)

    assert order == ["short 0", "short 1", "short 2", "long"]


@pytest.mark.parametrize("limits", [HubLimits(replay_bytes_at_once=1)])
async def test_one_account_renders_one_replay_at_a_time(world: World) -> None:
    await missed(world, 3)
    gate = asyncio.Event()
    names = [f"dear {number}" for number in range(6)]
    world.domain.slow = dict.fromkeys(names, gate)

    async def back(name: str, principal: str) -> list[int]:
        screen = await world.open()
        await world.hub.join(SubscribeRequest(GroupPlan(name), world.place(0), principal), screen, "1", screen.scope)
        return screen.seqs

    greedy = [asyncio.create_task(back(name, "greedy")) for name in names]
    await eventually(lambda: world.domain.rendered == [1])

    assert await back("modest", "modest") == [1, 2, 3]
    assert world.domain.rendered == [1, 1, 2, 3]
    gate.set()
    assert await asyncio.gather(*greedy) == [[1, 2, 3]] * 6


@pytest.mark.parametrize("limits", [HubLimits(replay_bytes_at_once=1, replay_bytes_of_principal=1)])
async def test_what_an_account_has_not_read_holds_up_that_account_only(world: World) -> None:
    await missed(world, 3)
    slow = [await world.open() for _ in range(3)]
    for screen in slow:
        screen.gate = asyncio.Event()

    async def back(screen: Any, principal: str) -> None:
        await world.hub.join(SubscribeRequest(GroupPlan("all"), world.place(0), principal), screen, "1", screen.scope)

    joining = [asyncio.create_task(back(screen, "greedy")) for screen in slow]
    await eventually(lambda: any(screen.messages for screen in slow))
    other = await world.open()
    await back(other, "modest")

    assert other.seqs == [1, 2, 3]
    assert sum(len(screen.messages) for screen in slow) == 1
    for screen in slow:
        screen.gate.set()
    await asyncio.gather(*joining)
    assert [screen.seqs for screen in slow] == [[1, 2, 3]] * 3


@pytest.mark.parametrize("limits", [SMALL])
async def test_a_line_that_goes_away_gives_its_shares_back(world: World) -> None:
    await missed(world, 5)
    screen = await world.open()
    screen.gate = asyncio.Event()
    joining = asyncio.create_task(world.join(after=0, screen=screen))
    await eventually(lambda: bool(screen.messages))

    joining.cancel()
    world.hub.detach(screen)
    await asyncio.gather(joining, return_exceptions=True)
    await world.hub.look()

    replays = world.hub._joining._replays
    assert (replays.slots.is_idle, replays.under_way.is_idle, world.hub.state.members) == (True, True, 0)


@pytest.mark.parametrize("limits", [HubLimits(horizon_matches=3, page=2)])
async def test_who_comes_from_further_back_than_one_who_was_told_to_reload_is_told_at_once(world: World) -> None:
    await missed(world, 8)
    (first, _), asked = await world.join(after=2), len(world.domain.decided)

    (second, _), again = await world.join(after=1), len(world.domain.decided)

    assert [screen.refusals[0][1] for screen in (first, second)] == ["CURSOR_EXPIRED"] * 2
    assert (asked, again) == (4, 4)


@pytest.mark.parametrize("limits", [HubLimits(all_ready_bytes=2_000, replay_bytes_at_once=1)])
async def test_what_all_groups_keep_ready_together_is_bounded(world: World) -> None:
    world.domain.padding = "x" * 400
    await missed(world, 10)

    for name in ("a", "b", "c"):
        screen, _ = await world.join(GroupPlan(name), after=0)
        assert screen.seqs == list(range(1, 11))

    assert world.hub._group_parts.caches.size <= 2_000


# ---------------------------------------------------------------- what others were shown from the same place


async def test_who_comes_back_to_the_same_place_is_written_what_the_first_was_without_a_look_at_any_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await missed(world, 5)
    await world.join(after=2)
    looked: list[int] = []
    monkeypatch.setattr(PayloadCache, "get", lambda cache, seq: looked.append(seq))

    screen, _ = await world.join(after=2)

    assert (screen.seqs, looked) == ([3, 4, 5], [])


async def test_what_was_hidden_since_is_not_written_again(world: World) -> None:
    tickets = [await world.ticket() for _ in range(2)]
    for ticket in tickets:
        await world.change(ticket)
    await world.hub.begin()
    await world.join(after=0)
    world.domain.hidden.add(tickets[0].id)
    await world.change(tickets[0])
    await world.hub.look()

    screen, _ = await world.join(after=0)

    assert screen.seqs == [2]


async def test_what_was_touched_while_it_was_rendered_is_not_kept_for_others(world: World) -> None:
    shown, hidden = [await world.ticket() for _ in range(2)]
    await world.change(hidden)
    await world.change(shown)
    world.domain.hidden.add(hidden.id)
    await world.hub.begin()

    async def appear(event: Any) -> None:
        world.domain.rendering = None
        world.domain.hidden.clear()
        world.hub._history.touches.touch([hidden.id])

    world.domain.rendering = appear
    await world.join(after=0)
    screen, _ = await world.join(after=0)

    assert screen.seqs == [1, 2]


async def test_nothing_is_written_again_while_no_look_vouches_for_it(world: World) -> None:
    await missed(world, 2)
    await world.join(after=0)
    screen = await world.open()
    world.domain.unreachable_log = True
    world.hub._rights.confirm(float("-inf"), 2)

    joining = asyncio.create_task(world.join(after=0, screen=screen))
    await eventually(lambda: world.domain.failed_reads > 0 or joining.done())
    assert screen.messages == []
    world.domain.unreachable_log = False
    await joining

    assert screen.seqs == [1, 2]


async def test_who_is_written_it_again_pays_for_it_and_ends_where_nobody_pays(world: World) -> None:
    await missed(world, 4)
    purse = [7]

    def pays(plan: GroupPlan, frames: int) -> bool:
        if purse[0] < frames:
            return False
        purse[0] -= frames
        return True

    hand_in(world, pays=pays, spent=lambda plan, place: Refused("RATE_LIMITED", place))
    await world.join(after=0)
    screen, member = await world.join(after=0)

    assert (member, purse) == (None, [0])
    assert screen.seqs == [1, 2, 3]
    assert screen.refusals == [("1", "RATE_LIMITED", world.place(3))]


@pytest.mark.parametrize("limits", [HubLimits(all_ready_bytes=1_000)])
async def test_what_the_bound_of_all_groups_took_away_is_not_held_for_those_who_come_back(world: World) -> None:
    world.domain.padding = "x" * 400
    await missed(world, 3)

    await world.join(after=0)
    ready = world.hub.registry.groups["all"].ready
    assert (len(ready), ready.run(0)) == (1, None)

    await world.join(after=2)
    assert ready.run(2) is not None
    await world.join(GroupPlan("other"), after=1)

    assert (ready.size, ready.run(2)) == (0, None)


async def test_what_a_group_forgets_is_not_held_for_those_who_come_back(world: World) -> None:
    await missed(world, 4)
    await world.join(after=0)
    ready = world.hub.registry.groups["all"].ready
    assert ready.run(0) is not None

    ready.keep(3, 1 << 20)

    assert (len(ready), ready.run(0)) == (2, None)


@pytest.mark.parametrize("limits", [SMALL])
async def test_what_is_written_again_is_kept_for_a_few_places_only(world: World) -> None:
    await missed(world, MOST_RUNS + 2)

    await world.join(after=0)

    runs = world.hub.registry.groups["all"].ready
    kept = [after for after in range(MOST_RUNS + 2) if runs.run(after) is not None]
    assert kept == list(range(2, MOST_RUNS + 2))


@pytest.mark.parametrize("limits", [SMALL])
async def test_the_loop_is_handed_back_between_two_parts_that_are_written_again(world: World) -> None:
    await missed(world, 5)
    await world.join(after=0)
    screen = await world.open()
    turns: list[int] = []

    async def others() -> None:
        while len(screen.messages) < 5:
            turns.append(len(screen.messages))
            await asyncio.sleep(0)

    await asyncio.gather(world.join(after=0, screen=screen), others())

    assert {1, 2, 3, 4} <= set(turns)


async def busy_account(world: World) -> Pace:
    """An account that used much, while an event is on its way for as long as one likes."""
    pace = world.hub.pace
    pace.limits = replace(pace.limits, urgent_seconds=60.0)
    pace.charge("anna", pace.limits.most_seconds)
    return pace


async def some_turns() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


async def test_a_replay_of_who_used_much_takes_no_slot_while_an_event_is_on_its_way(world: World) -> None:
    await missed(world, 3)
    screen, pace = await world.open(), await busy_account(world)
    slots = world.hub._joining._replays.slots
    pace.hurry()

    joining = asyncio.create_task(world.join(after=0, screen=screen, principal="anna"))
    await eventually(lambda: pace.waiting == 1)
    await some_turns()
    resting = (list(screen.seqs), list(world.domain.rendered), slots.used)
    pace.calm()
    await joining

    assert (resting, screen.seqs) == (([], [], 0), [1, 2, 3])


async def test_a_replay_of_who_used_much_rests_between_two_events_too(world: World) -> None:
    await missed(world, 3)
    screen, pace = await world.open(), await busy_account(world)

    async def hurry(event: Any) -> None:
        if event.seq == 1:
            pace.hurry()

    world.domain.rendering = hurry
    joining = asyncio.create_task(world.join(after=0, screen=screen, principal="anna"))
    await eventually(lambda: pace.waiting == 1)
    await some_turns()
    resting = list(world.domain.rendered)
    pace.calm()
    await joining

    assert (resting, screen.seqs) == ([1], [1, 2, 3])
