"""Groups go their own way: whatever one of them does, the others, the log and the rights go on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.enums import TicketStatus
from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.limits import HubLimits
from realtime.members import Validity
from realtime.yielding import PaceLimits
from tests.realtime.world import Screen, World, eventually

FEED = GroupPlan("feed", feed=True, mark=b"mark")
EVERYTHING = (KeyError("a state of another release"), SystemExit(1), RuntimeError())


async def look_without_waiting(world: World) -> None:
    await world.hub.look_shared()


async def test_a_slow_group_is_late_alone(world: World) -> None:
    ticket = await world.ticket()
    slow, _ = await world.join(GroupPlan("slow"))
    quick, _ = await world.join(GroupPlan("quick"))
    gate = asyncio.Event()
    world.domain.slow = {"slow": gate}

    for number in range(1, 4):
        await world.change(ticket)
        await look_without_waiting(world)
        await eventually(lambda number=number: len(quick.seqs) == number)
    late = list(slow.seqs)
    gate.set()
    await world.hub.settle()

    assert (late, quick.seqs, slow.seqs) == ([], [1, 2, 3], [1, 2, 3])
    assert world.hub.state.late_groups == 0


async def test_a_change_of_rights_overtakes_a_slow_group(world: World) -> None:
    ticket = await world.ticket()
    slow, _ = await world.join(GroupPlan("slow"))
    world.domain.slow = {"slow": asyncio.Event()}
    await world.change(ticket)
    await look_without_waiting(world)
    world.domain.verdicts["someone"] = Validity.REVOKED

    await world.rights()
    await look_without_waiting(world)

    assert (slow.revoked, slow.seqs) == (True, [])
    world.domain.slow["slow"].set()
    await world.hub.settle()
    assert slow.seqs == []


@pytest.mark.parametrize("limits", [HubLimits(late_seconds=0.0)])
async def test_a_feed_that_is_too_late_is_reset_alone(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    await world.change(ticket)
    await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in feed.data] == [("heartbeat", 0), ("reset", 1)]
    assert feed.refusals == []


@pytest.mark.parametrize("limits", [HubLimits(late_seconds=0.0)])
async def test_others_than_feeds_are_told_to_reload_when_too_late(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()

    await world.change(ticket)
    await world.hub.look()

    assert (screen.seqs, screen.refusals) == ([], [("1", "CURSOR_EXPIRED", world.place(1))])
    assert (world.hub.state.groups, world.hub.state.members) == (0, 0)


@pytest.mark.parametrize("limits", [HubLimits(most_waiting=2)])
async def test_a_group_that_lets_too_much_wait_is_too_late(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    for _ in range(3):
        await world.change(ticket)

    await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in feed.data] == [("heartbeat", 0), ("reset", 3)]


@pytest.mark.parametrize("problem", EVERYTHING, ids=lambda problem: type(problem).__name__)
async def test_whatever_is_raised_in_a_group_ends_that_group_only(world: World, problem: BaseException) -> None:
    ticket = await world.ticket()
    bad, _ = await world.join(GroupPlan("bad"))
    good, _ = await world.join(GroupPlan("good"))
    world.domain.broken = {"bad": problem}

    await world.change(ticket)
    await world.hub.look()
    world.domain.broken = {}
    await world.change(ticket)
    await world.hub.look()

    assert (bad.seqs, bad.refusals) == ([], [("1", "INTERNAL", None)])
    assert (good.seqs, good.refusals) == ([1, 2], [])
    again, _ = await world.join(GroupPlan("bad"), after=0)
    assert again.seqs == [1, 2]


async def test_a_cancellation_that_nobody_asked_for_ends_that_group_only_and_loses_no_event(world: World) -> None:
    ticket = await world.ticket()
    screens = [(await world.join(GroupPlan(name)))[0] for name in ("a", "stray", "c")]
    world.domain.broken = {"stray": asyncio.CancelledError()}

    await world.change(ticket)
    await world.hub.look()
    world.domain.broken = {}
    await world.change(ticket)
    await world.hub.look()

    assert [screen.seqs for screen in screens] == [[1, 2], [], [1, 2]]
    assert screens[1].refusals == [("1", "INTERNAL", None)]


async def test_trouble_of_the_moment_costs_nobody_a_line(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    world.domain.broken = {"all": TimeoutError()}

    await world.change(ticket)
    await look_without_waiting(world)
    await eventually(lambda: len(world.domain.rendered) > 1)
    assert (screen.seqs, screen.refusals) == ([], [])
    world.domain.broken = {}
    await world.hub.settle()

    assert (screen.seqs, screen.refusals) == ([1], [])


async def test_an_event_that_a_feed_does_not_understand_is_reset_past(world: World) -> None:
    ticket = await world.ticket()
    feed, _ = await world.join(FEED)
    plain, _ = await world.join(GroupPlan("plain"))
    other, _ = await world.join(GroupPlan("other"))
    world.domain.confusing = {("feed", 1), ("plain", 1)}

    for _ in range(2):
        await world.change(ticket)
        await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in feed.data] == [("heartbeat", 0), ("reset", 1), ("event", 2)]
    assert (plain.seqs, plain.refusals) == ([], [("1", "CURSOR_EXPIRED", world.place(1))])
    assert other.seqs == [1, 2]


async def test_who_comes_back_to_an_event_that_nobody_understands_is_reset_too(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()
    world.domain.confusing = {("feed", 1), ("plain", 1)}
    screen = await world.open()

    await world.hub.join(SubscribeRequest(FEED, world.place(0, b"mark")), screen, "1", screen.scope)
    plain, member = await world.join(GroupPlan("plain"), after=0)
    await world.change(ticket)
    await world.hub.look()

    kinds = [(data["kind"], data["seq"]) for data in screen.data]
    assert kinds == [("heartbeat", 0), ("reset", 1), ("heartbeat", 1), ("event", 2)]
    assert (member, plain.refusals) == (None, [("1", "CURSOR_EXPIRED", world.place(1))])


async def test_a_group_whose_members_have_left_renders_nothing_for_nobody(world: World) -> None:
    tickets = [await world.ticket() for _ in range(5)]
    screen, member = await world.join()
    assert member is not None

    async def leave(event: Any) -> None:
        world.hub.leave(member)

    world.domain.rendering = leave
    for ticket in tickets:
        await world.change(ticket)
    await world.hub.look()

    assert (world.domain.rendered, screen.seqs) == ([1], [])


async def test_one_account_leaves_turns_to_others(world: World) -> None:
    ticket = await world.ticket()
    greedy, modest = await world.open(), await world.open()
    names = [f"dear {number}" for number in range(20)]
    for name in names:
        await world.hub.join(SubscribeRequest(GroupPlan(name), principal="greedy"), greedy, name, greedy.scope)
    await world.hub.join(SubscribeRequest(GroupPlan("modest"), principal="modest"), modest, "1", modest.scope)
    world.domain.slow = dict.fromkeys(names, asyncio.Event())

    await world.change(ticket)
    await look_without_waiting(world)
    at_once = 1 + world.hub.limits.groups_of_principal_at_once
    await eventually(lambda: modest.seqs == [1] and len(world.domain.rendered) == at_once)
    for _ in range(20):  # in which a further one would come
        await asyncio.sleep(0)

    assert len(world.domain.rendered) == at_once
    world.domain.slow[names[0]].set()
    await world.hub.settle()
    assert len(greedy.messages) == 20


@pytest.mark.parametrize("limits", [HubLimits(cost_of_principal=100)])
async def test_an_account_is_bounded_by_what_its_groups_cost(world: World) -> None:
    screen = await world.open()

    async def joined(name: str, cost: int, share: float = 1.0, principal: str = "one") -> bool:
        request = SubscribeRequest(GroupPlan(name, cost=cost), principal=principal, share=share)
        return await world.hub.join(request, screen, name, screen.scope) is not None

    assert [await joined("a", 60), await joined("b", 40), await joined("c", 1)] == [True, True, False]
    assert await joined("d", 60, principal="another")
    assert [await joined("e", 6, 0.1, "citizen"), await joined("f", 6, 0.1, "citizen")] == [True, False]


@pytest.mark.parametrize("limits", [HubLimits(groups=3, groups_reserved=1)])
async def test_a_part_of_the_groups_is_kept_for_those_who_work_here(world: World) -> None:
    screen = await world.open()

    async def joined(name: str, *, reserved: bool) -> bool:
        return (
            await world.hub.join(SubscribeRequest(GroupPlan(name), reserved=reserved), screen, name, screen.scope)
            is not None
        )

    citizens = [await joined(name, reserved=False) for name in ("a", "b", "c")]
    assert (citizens, await joined("d", reserved=True)) == ([True, True, False], True)


async def test_a_row_that_changed_while_it_was_rendered_is_rendered_again(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()

    async def change_meanwhile(event: Any) -> None:
        if event.seq == 1 and world.domain.rendered == [1]:
            await world.change(ticket)
            await look_without_waiting(world)

    world.domain.rendering = change_meanwhile
    await world.change(ticket)
    await world.hub.look()

    assert [(data["seq"], data["now"]) for data in screen.data] == [(1, 3), (2, 3)]
    assert world.domain.rendered == [1, 1, 2]


async def test_a_ticket_hidden_while_its_event_was_rendered_is_not_shown(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()

    async def hide(event: Any) -> None:
        world.domain.rendering = None
        world.domain.hidden.add(ticket.id)
        await world.change(ticket)
        await look_without_waiting(world)

    world.domain.rendering = hide
    await world.change(ticket)
    await world.hub.look()

    assert screen.seqs == []


async def test_members_join_a_busy_group_where_the_log_is(world: World) -> None:
    ticket = await world.ticket()
    first, _ = await world.join(GroupPlan("slow"))
    world.domain.slow = {"slow": asyncio.Event()}
    await world.change(ticket)
    await look_without_waiting(world)

    late, _ = await world.join(GroupPlan("slow"))
    back, _ = await world.join(GroupPlan("slow"), after=0)
    world.domain.slow["slow"].set()
    await world.hub.settle()
    await world.change(ticket)
    await world.hub.look()

    assert (first.seqs, late.seqs, back.seqs) == ([1, 2], [2], [1, 2])


async def test_only_groups_that_an_event_may_concern_are_asked(world: World) -> None:
    tickets = [await world.ticket(TicketStatus.RECEIVED) for _ in range(2)]
    world.domain.interests = lambda event: {("ticket", event.ticket_id)}
    plans = [GroupPlan(f"of {ticket.id}", keys=frozenset({("ticket", ticket.id)})) for ticket in tickets]
    screens: list[Screen] = [(await world.join(plan))[0] for plan in [*plans, GroupPlan("any")]]
    world.domain.decided.clear()

    await world.change(tickets[0])
    await world.hub.look()

    assert [screen.seqs for screen in screens] == [[1], [], [1]]
    assert sorted(world.domain.decided) == ["any", plans[0].key]
    assert {group.position for group in world.hub.registry.groups.values()} == {1}


async def test_an_event_whose_keys_nobody_can_tell_is_shown_to_all(world: World) -> None:
    ticket = await world.ticket()

    def confused(event: Any) -> None:
        raise KeyError

    world.domain.interests = confused
    screen, _ = await world.join(GroupPlan("keyed", keys=frozenset({"other"})))

    await world.change(ticket)
    await world.hub.look()

    assert screen.seqs == [1]


async def test_what_an_event_needs_is_urgent_until_it_was_shown(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    pace, found = world.hub.pace, []
    pace.limits = PaceLimits(urgent_seconds=60.0)

    async def note(*_: object) -> None:
        found.append(pace.is_urgent)

    world.domain.before_load = world.domain.rendering = note
    await world.change(ticket)
    await world.hub.look()

    assert (screen.seqs, found, pace.is_urgent) == ([1], [True, True], False)


async def test_a_group_of_who_used_much_is_behind_a_group_of_somebody_else(world: World) -> None:
    ticket = await world.ticket()
    greedy, _ = await world.join(GroupPlan("greedy"), principal="greedy")
    quiet, _ = await world.join(GroupPlan("quiet"), principal="quiet")
    shown: list[tuple[list[int], list[int]]] = []
    world.hub.pace.limits = PaceLimits(urgent_seconds=60.0)
    world.hub.pace.charge("greedy", 1.0)
    gate = world.domain.slow["quiet"] = asyncio.Event()
    await world.change(ticket)
    await look_without_waiting(world)
    for _ in range(20):
        await asyncio.sleep(0)
    shown.append((list(greedy.seqs), list(quiet.seqs)))

    gate.set()
    await world.hub.settle()

    assert [*shown, (greedy.seqs, quiet.seqs)] == [([], []), ([1], [1])]
    assert world.domain.rendered == [1, 1]
    assert not world.hub.pace.is_urgent
