"""Ends of scopes are told at once, whoever asks for them and whoever is slow to judge."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from realtime.members import Validity
from tests.realtime.world import Caller, World


class Judge:
    """Answers when it is let."""

    def __init__(self, world: World) -> None:
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        world.domain.judging = self.judge

    async def judge(self, scopes: Any) -> dict[Any, Validity]:
        self.asked.set()
        await self.answer.wait()
        return dict.fromkeys(scopes, Validity.CHANGED)


async def test_who_asked_for_the_end_of_scopes_may_go_without_anybody_being_left_untold(world: World) -> None:
    ends, _ = await world.join(screen=await world.open(Caller("ends", world.clock() + timedelta(hours=1))))
    judge = Judge(world)
    world.clock.forward(hours=1)

    asking = asyncio.create_task(world.hub.end_scopes())
    await judge.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    judge.answer.set()
    await world.hub.end_scopes()

    assert (ends.refusals, ends.scope) == ([("1", "FORBIDDEN", None)], None)


async def test_the_end_of_a_scope_waits_for_the_judgement_of_no_other(world: World) -> None:
    first, _ = await world.join(screen=await world.open(Caller("first", world.clock() + timedelta(hours=1))))
    second, _ = await world.join(screen=await world.open(Caller("second", world.clock() + timedelta(hours=2))))
    judge = Judge(world)
    world.clock.forward(hours=1)
    ending = asyncio.create_task(world.hub.end_scopes())
    await judge.asked.wait()
    assert (first.scope, second.refusals) == (None, [])

    world.clock.forward(hours=1)
    again = asyncio.create_task(world.hub.end_scopes())
    await asyncio.sleep(0)

    assert (second.refusals, second.scope) == ([("1", "FORBIDDEN", None)], None)
    judge.answer.set()
    await asyncio.gather(ending, again)


async def test_a_scope_that_was_read_while_rights_changed_is_not_kept_where_nobody_can_judge_it(world: World) -> None:
    screen = await world.open()
    seen = world.hub.rights_seen
    await world.rights()
    await world.hub.look()
    world.domain.unreachable = True

    with pytest.raises(OSError, match="away"):
        await world.hub.attach(screen, seen)

    assert screen.scope is None
