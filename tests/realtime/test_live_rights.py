"""Rights of those who are connected: nothing is shown under rights that a change or the clock has ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from models.enums import EventKind
from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.members import Validity
from tests.realtime.world import Caller, World


async def test_no_event_after_a_change_of_rights_is_shown_under_the_old_rights(world: World) -> None:
    ticket = await world.ticket()
    fired, _ = await world.join(screen=await world.open(Caller("fired")))
    stays, _ = await world.join(screen=await world.open(Caller("stays")))
    world.domain.verdicts["fired"] = Validity.REVOKED

    await world.change(ticket)
    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert (fired.seqs, fired.revoked) == ([], True)  # rights are read ahead of what is shown
    assert (stays.seqs, stays.revoked, stays.refusals) == ([1, 3], False, [])
    assert world.domain.rights == [2]


async def test_a_changed_scope_ends_its_operations_and_may_come_back(world: World) -> None:
    ticket = await world.ticket()
    screen = await world.open(Caller("moved"))
    for operation in ("1", "2"):
        await world.join(screen=screen, operation=operation)
    world.domain.verdicts["moved"] = Validity.CHANGED
    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert screen.refusals == [("1", "FORBIDDEN", None), ("2", "FORBIDDEN", None)]
    assert (screen.seqs, screen.scope, screen.revoked) == ([], None, False)

    screen.scope = Caller("moved, in the new agency")
    await world.hub.attach(screen, world.hub.rights_seen)
    await world.join(screen=screen, after=0)
    assert screen.seqs == [2]


async def test_a_scope_is_asked_for_once_however_many_lines_have_it(world: World) -> None:
    for _ in range(5):
        await world.join(screen=await world.open(Caller("display")))
    await world.join(screen=await world.open(Caller("officer")))

    await world.rights()
    await world.hub.look()

    assert sorted(world.domain.asked) == ["display", "officer"]


async def test_only_scopes_that_an_event_concerns_are_asked_for(world: World) -> None:
    world.domain.named = lambda event: None if event.kind is EventKind.RIGHTS_CHANGED else ["guest"]
    for name in ("guest", "owner"):
        await world.open(Caller(name))

    await world.rights(EventKind.CREDENTIAL_REVOKED)
    await world.hub.look()
    assert world.domain.asked == ["guest"]

    await world.rights()
    await world.hub.look()
    assert world.domain.asked == ["guest", "guest", "owner"]


async def test_events_that_change_nobodys_rights_ask_nobody(world: World) -> None:
    await world.join()

    await world.rights(EventKind.CREDENTIAL_ISSUED)
    await world.hub.look()

    assert (world.domain.rights, world.domain.asked) == ([1], [])


async def test_a_scope_ends_with_its_time(world: World) -> None:
    ticket = await world.ticket()
    until = world.clock() + timedelta(hours=1)
    ends, _ = await world.join(screen=await world.open(Caller("ends", until)))
    expires, _ = await world.join(screen=await world.open(Caller("expires", until)))
    world.domain.verdicts["expires"] = Validity.REVOKED
    await world.hub.look()
    assert (ends.refusals, expires.revoked) == ([], False)

    world.clock.forward(hours=1)
    await world.hub.look()
    await world.change(ticket)
    await world.hub.look()

    assert (ends.refusals, ends.seqs, ends.scope) == ([("1", "FORBIDDEN", None)], [], None)
    assert (expires.refusals, expires.revoked, expires.seqs) == ([("1", "FORBIDDEN", None)], True, [])


async def test_nothing_that_happened_after_the_end_of_a_scope_is_shown_under_it(world: World) -> None:
    ticket = await world.ticket()
    over = await world.open(Caller("over", valid_until=world.clock() + timedelta(microseconds=1)))
    still = await world.open(Caller("still", valid_until=world.clock() + timedelta(microseconds=2)))
    for screen in (over, still):
        await world.join(screen=screen)

    world.clock.forward(microseconds=1)
    await world.change(ticket)
    await world.hub.look()

    assert (over.seqs, still.seqs) == ([], [1])
    assert (over.refusals, still.refusals) == ([("1", "FORBIDDEN", None)], [])


async def test_a_scope_whose_time_is_over_does_not_join_before_the_next_look_either(world: World) -> None:
    await world.change(await world.ticket())
    await world.hub.look()
    screen = await world.open(Caller(valid_until=world.clock() + timedelta(seconds=1)))

    world.clock.forward(seconds=1)
    _, member = await world.join(after=0, screen=screen)

    assert (member, screen.messages) == (None, [])
    assert screen.refusals == [("1", "FORBIDDEN", None)]


async def test_scopes_whose_time_is_over_are_asked_for_once_by_all_who_notice(world: World) -> None:
    for number in range(3):
        await world.open(Caller(f"{number}", valid_until=world.clock() + timedelta(seconds=1)))

    world.clock.forward(seconds=1)
    await asyncio.gather(*(world.hub.end_scopes() for _ in range(10)), world.hub.look())

    assert sorted(world.domain.asked) == ["0", "1", "2"]


async def test_a_scope_read_before_a_change_of_rights_is_judged_when_it_arrives(world: World) -> None:
    seen = world.hub.rights_seen
    world.domain.verdicts["late"] = Validity.REVOKED
    await world.rights()
    await world.hub.look()
    from_before = await world.open(Caller("on time"))
    late = type(from_before)(Caller("late"))

    await world.hub.attach(late, seen)

    assert (late.revoked, from_before.revoked) == (True, False)


async def test_a_plan_made_under_old_rights_does_not_join(world: World) -> None:
    screen = await world.open(Caller("old"))
    old = screen.scope
    screen.scope = Caller("new")

    member = await world.hub.join(SubscribeRequest(GroupPlan("old sight")), screen, "1", old)

    assert member is None
    assert (screen.refusals, world.hub.state.groups) == ([("1", "FORBIDDEN", None)], 0)


async def test_a_filter_that_means_something_else_by_new_master_data_ends_with_the_place_to_go_on_from(
    world: World,
) -> None:
    ticket = await world.ticket()
    kept, _ = await world.join(GroupPlan("kept"))
    gone, _ = await world.join(GroupPlan("gone"))
    world.domain.outdated = {"gone"}

    await world.change(ticket)
    await world.rights(EventKind.CREDENTIAL_REVOKED)
    await world.rights(EventKind.REFERENCE_CHANGED)
    await world.change(ticket)
    await world.hub.look()

    assert (kept.seqs, gone.seqs) == ([1, 4], [])
    assert (kept.refusals, gone.refusals) == ([], [("1", "CURSOR_EXPIRED", world.place(0))])
    assert list(world.hub.registry.groups) == ["kept"]


async def test_a_filter_read_by_old_master_data_does_not_join(world: World) -> None:
    screen = await world.open()
    world.domain.outdated = {"old"}
    seen = world.hub.rights_seen
    await world.rights(EventKind.REFERENCE_CHANGED)
    await world.hub.look()

    for name in ("old", "new"):
        await world.hub.join(SubscribeRequest(GroupPlan(name)), screen, name, screen.scope, seen)

    assert screen.refusals == [("old", "FORBIDDEN", None)]
    assert list(world.hub.registry.groups) == ["new"]


async def test_a_change_of_rights_ends_a_replay_under_the_old_rights(world: World) -> None:
    ticket = await world.ticket()
    for _ in range(4):
        await world.change(ticket)
    await world.hub.begin()
    screen = await world.open(Caller("fired"))
    world.domain.verdicts["fired"] = Validity.REVOKED

    async def fire(event: Any) -> None:
        world.domain.rendering = None
        await world.rights()
        await world.hub.look()

    world.domain.rendering = fire
    _, member = await world.join(after=0, screen=screen)

    assert member is None
    assert (screen.seqs, screen.revoked, world.hub.state.members) == ([], True, 0)
