"""Whatever a look and a replay wait for is given up in time; by a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from models.enums import ActorKind, EventKind, SubjectKind, Visibility
from realtime.history import History
from realtime.limits import HubLimits
from realtime.log import Head, LoggedEvent
from realtime.rights import Rights
from tests.realtime.seeded.loop import SeededLoop, run
from tests.realtime.world import AT, World

LIMITS = HubLimits()


async def admit_shown(*_: object) -> Any:
    await asyncio.Event().wait()


async def given_up_after(loop: SeededLoop, work: Callable[[], Awaitable[object]]) -> float:
    """Seconds until this is given up; TimeoutError where it is not within a minute."""
    began = loop.time()
    async with asyncio.timeout(60):
        with pytest.raises(TimeoutError):
            await work()
    return loop.time() - began


def test_what_decides_whether_rights_changed_is_given_up_in_time() -> None:
    loop, callbacks, nothing = SeededLoop(Random(1)), SimpleNamespace(rights_changed=admit_shown), SimpleNamespace()
    rights: Any = Rights(*[nothing] * 2, callbacks, lambda: AT, LIMITS, loop.time, admit_shown, asyncio.ensure_future)  # type: ignore[call-arg, arg-type]
    event = LoggedEvent(
        visibility=Visibility.PUBLIC,
        kind=EventKind.RIGHTS_CHANGED, at=AT, actor_kind=ActorKind.SYSTEM, subject_kind=SubjectKind.OFFICER,
        seq=1, recorded_at=AT,
    )  # fmt: skip

    seconds = run(loop, given_up_after(loop, lambda: rights.change([event])))

    assert round(seconds) == LIMITS.read_seconds
    assert rights.seen == 0


def test_a_read_of_what_lies_further_back_is_given_up_in_time() -> None:
    loop = SeededLoop(Random(1))
    history = History(admit_shown, LIMITS, loop.time)
    history.start(Head(9, 0, "log", AT))

    seconds = run(loop, given_up_after(loop, lambda: history.since(3, 9)))

    assert round(seconds) == LIMITS.read_seconds
    assert (history.first, len(history)) == (9, 0)


async def test_a_look_that_was_given_up_does_not_take_the_place_of_the_next_one(world: World) -> None:
    hub, plain, found = world.hub, world.hub._follower._log, []

    async def after(seq: int, limit: int) -> Any:
        found.append(hub._looks._next)
        return await plain.after(seq, limit)

    hub._follower._log = SimpleNamespace(after=after)  # type: ignore[assignment]
    async with hub._looks._looking:
        looks = [asyncio.create_task(hub.look_shared())]
        await asyncio.sleep(0)
        hub._looks._next = None  # what following does where its guard has begun it again
        looks.append(asyncio.create_task(hub.look_shared()))
        await asyncio.sleep(0)
        second = hub._looks._next
    await asyncio.gather(*looks)

    assert found == [second, None]
    assert second is not None
