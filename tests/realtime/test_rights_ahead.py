"""Rights have a way of their own: read ahead of what is shown, asked once for many, and failing closed."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import timedelta
from typing import Any, cast

import pytest

from models.enums import EventKind, SubjectKind
from realtime.callbacks import GroupPlan
from realtime.history import LogReplacedError
from realtime.limits import HubLimits
from realtime.members import Validity
from tests.realtime.world import Caller, World, eventually

FEED = GroupPlan("feed", feed=True, mark=b"mark")


@pytest.mark.parametrize("limits", [HubLimits(page=2)])
async def test_a_change_of_rights_takes_effect_before_the_pages_that_stand_before_it(world: World) -> None:
    ticket = await world.ticket()
    fired, _ = await world.join(screen=await world.open(Caller("fired")))
    stays, _ = await world.join(screen=await world.open(Caller("stays")))
    world.domain.verdicts["fired"] = Validity.REVOKED

    for _ in range(5):
        await world.change(ticket)
    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert (fired.seqs, fired.revoked) == ([], True)
    assert stays.seqs == [1, 2, 3, 4, 5, 7]
    assert (world.domain.rights, world.domain.questions) == ([6], 1)


@pytest.mark.parametrize("limits", [HubLimits(page=1)])
async def test_nothing_is_shown_where_the_log_is_replaced_before_its_changes_of_rights_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await world.ticket()
    fired, _ = await world.join(screen=await world.open(Caller("fired")))
    world.domain.verdicts["fired"] = Validity.REVOKED
    await world.change(ticket)
    await world.rights()
    log = world.hub._follower._log
    others = log.others

    async def others_of_another_log(*given: int) -> Any:
        await world.database.execute_query("UPDATE log_head SET epoch = 'restored', seq = 0")
        return [], (await others(*given))[1]

    monkeypatch.setattr(log, "others", others_of_another_log)
    with pytest.raises(LogReplacedError):
        await world.hub.look()
    shown = list(fired.seqs)
    await world.hub.look()

    assert (shown, fired.seqs, fired.revoked) == ([], [], True)


@pytest.mark.parametrize("limits", [HubLimits(page=3)])
async def test_many_changes_of_rights_are_one_question(world: World) -> None:
    for name in ("a", "b", "c"):
        await world.open(Caller(name))
    for _ in range(20):
        await world.rights()

    await world.hub.look()

    assert (world.domain.questions, sorted(world.domain.asked)) == (1, ["a", "b", "c"])
    assert world.domain.rights == list(range(1, 21))


async def test_only_those_whom_a_change_names_are_asked_for(world: World) -> None:
    for name in ("a", "b", "c"):
        await world.open(Caller(name))
    world.domain.named = lambda event: {"a"} if event.seq == 1 else {"c", "nobody"}

    await world.rights()
    await world.rights(EventKind.CREDENTIAL_REVOKED)
    await world.hub.look()

    assert (world.domain.questions, sorted(world.domain.asked)) == (1, ["a", "c"])


async def test_a_scope_that_cannot_be_judged_ends_its_own_line(world: World) -> None:
    ticket = await world.ticket()
    odd, _ = await world.join(screen=await world.open(Caller("odd")))
    fine, _ = await world.join(screen=await world.open(Caller("fine")))
    world.domain.unjudgeable = {"odd"}

    await world.rights()
    await world.change(ticket)
    await world.hub.look()

    assert (odd.given_up, odd.seqs, odd.refusals) == (True, [], [("1", "UNAVAILABLE", None)])
    assert (fine.given_up, fine.seqs, world.hub.state.error) == (False, [2], None)


async def test_nothing_is_shown_while_nobody_can_be_judged(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    world.domain.unreachable = True

    await world.rights()
    await world.change(ticket)
    with pytest.raises(OSError, match="away"):
        await world.hub.look()
    assert (screen.seqs, screen.refusals, world.hub.state.error) == ([], [], "OSError('the database is away')")

    world.domain.unreachable = False
    await world.hub.look()
    assert (screen.seqs, screen.refusals, world.hub.state.error) == ([2], [], None)


@pytest.mark.parametrize("limits", [HubLimits(first_pause=0.001)])
async def test_what_is_ready_waits_until_a_look_vouches_for_who_would_see_it(world: World) -> None:
    ticket = await world.ticket()
    await world.change(ticket)
    await world.hub.look()
    world.domain.unreachable_log = True
    world.hub._rights.confirm(-math.inf, 1)  # as when no look succeeded for too long
    joining = asyncio.create_task(world.join(after=0))
    await eventually(lambda: world.domain.failed_reads > 2)
    assert not joining.done()
    assert world.hub.confirmed is False

    world.domain.unreachable_log = False
    screen, _ = await joining

    assert screen.seqs == [1]


async def test_a_look_vouches_for_scopes_for_a_while(world: World) -> None:
    world.hub._rights._monotonic = lambda: time.monotonic() + world.domain.later
    assert world.hub.confirmed

    world.domain.later = world.hub.limits.lease + 1
    assert not world.hub.confirmed
    await world.hub.look()
    assert not world.hub.confirmed  # it began when it began

    world.domain.later = 0.0
    assert world.hub.confirmed


async def test_heartbeats_go_on_while_the_database_is_away_and_tell_how_old_they_are(world: World) -> None:
    feed, _ = await world.join(FEED)
    group = world.hub.registry.groups["feed"]
    world.domain.unreachable_log = True
    group.beat_at -= world.hub.limits.heartbeat

    with pytest.raises(OSError, match="gone"):
        await world.hub.look()

    assert [(data["kind"], data["seq"]) for data in feed.data] == [("heartbeat", 0)] * 2
    assert feed.refusals == []


async def test_the_end_of_a_scope_needs_nobody_who_answers(world: World) -> None:
    ticket = await world.ticket()
    until = world.clock() + timedelta(hours=1)
    ends, _ = await world.join(screen=await world.open(Caller("ends", until)))
    world.domain.unreachable = True

    world.clock.forward(hours=1)
    await world.hub.end_scopes()
    await world.change(ticket)
    await world.hub.look()

    assert (ends.seqs, ends.refusals, ends.scope) == ([], [("1", "FORBIDDEN", None)], None)


async def test_nothing_is_written_while_the_end_of_a_scope_is_being_judged(world: World) -> None:
    ticket = await world.ticket()
    until = world.clock() + timedelta(hours=1)
    ends, _ = await world.join(screen=await world.open(Caller("ends", until)))
    asked, answer = asyncio.Event(), asyncio.Event()

    async def judge(scopes: Any) -> dict[Any, Validity]:
        asked.set()
        await answer.wait()
        return dict.fromkeys(scopes, Validity.REVOKED)

    world.domain.judging = judge
    world.clock.forward(hours=1)
    ending = asyncio.create_task(world.hub.end_scopes())
    await asked.wait()
    await world.change(ticket)
    await world.hub.look_shared()
    assert ends.messages == []
    answer.set()
    await ending
    await world.hub.settle()

    assert (ends.messages, ends.revoked, ends.refusals) == ([], True, [("1", "FORBIDDEN", None)])


async def test_a_stalled_look_is_noticed(world: World) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()

    async def admit_shown() -> None:
        begun.set()
        await gate.wait()

    await world.join()
    await world.change(await world.ticket())
    world.domain.before_load = admit_shown
    world.hub._looks._monotonic = lambda: world.domain.later
    looking = asyncio.create_task(world.hub.look_shared())
    await begun.wait()
    world.domain.later = world.hub._follower.moved_at + world.hub.limits.stall + 1

    assert world.hub.is_stalled
    gate.set()
    await looking
    assert not world.hub.is_stalled


async def test_a_stalled_or_ended_follower_is_begun_again(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    gate = asyncio.Event()
    world.domain.before_load = gate.wait
    world.hub._keep()
    await world.change(ticket)
    await eventually(lambda: not world.hub._looks.resting)

    world.hub.guards._kept["hub.follower"].task.cancel()
    world.domain.before_load = None
    await eventually(lambda: screen.seqs == [1])

    assert world.hub.guards.begun_again["hub.follower"] == 1


# ---------------------------------------------------------------- what a later release writes


async def test_a_kind_of_a_later_release_stops_nobody(world: World) -> None:
    ticket = await world.ticket()
    screen, _ = await world.join()
    world.kind = cast("EventKind", "TELEPORTED")
    for _ in range(2):
        await world.change(ticket)

    await world.hub.look()

    assert (screen.seqs, world.hub.state.error) == ([1, 2], None)


async def test_what_a_later_release_writes_of_no_ticket_may_have_changed_anybodys_rights(world: World) -> None:
    gone, _ = await world.join(screen=await world.open(Caller("gone")))
    world.domain.verdicts["gone"] = Validity.REVOKED
    world.subject = cast("SubjectKind", "PLANET")
    await world.rights(cast("EventKind", "PLANET_CHANGED"))

    await world.hub.look()

    assert (gone.revoked, world.hub.state.error) == (True, None)
