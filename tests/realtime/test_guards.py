"""Lasting tasks: whatever ends or stalls one, it is begun again; one that can not be ends the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from realtime.guards import GuardLimits, Guards
from tests.realtime.world import eventually

LIMITS = GuardLimits(first_pause=0.001, longest_pause=0.002, look=0.005, grace=0.0, give_up=0.02, most=3, within=60.0)


class Stray(BaseException):
    """What no `except Exception` sees."""


class Work:
    """Ends each run by the next of the ways it was given, then runs on."""

    def __init__(self, *ways: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.ways = list(ways)
        self.runs = 0
        self.lasting = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        if self.ways:
            await self.ways.pop(0)()
        else:
            self.lasting.set()
            await asyncio.Event().wait()


async def returned() -> None:
    return None


async def cancelled_by_another() -> None:
    lost = asyncio.get_running_loop().create_future()
    lost.cancel()
    await lost


async def cancelled_itself() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


def raising(problem: BaseException) -> Callable[[], Coroutine[Any, Any, None]]:
    async def fail() -> None:
        raise problem

    return fail


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (returned, "it returned"),
        (cancelled_by_another, "CancelledError"),
        (cancelled_itself, "CancelledError"),
        (raising(ValueError("08123456789")), "ValueError"),
        (raising(Stray()), "Stray"),
        (raising(SystemExit(1)), "SystemExit"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
    ],
)
async def test_whatever_ends_a_lasting_task_it_is_begun_again(
    way: Callable[[], Coroutine[Any, Any, None]], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    guards, work = Guards(limits=LIMITS), Work(way)

    with caplog.at_level(logging.WARNING, "surga.guards"):
        guards.keep("follow", work)
        await asyncio.wait_for(work.lasting.wait(), 60)
    await guards.stop()

    assert (work.runs, guards.begun_again["follow"], guards.reasons) == (2, 1, {"follow": reason})
    assert caplog.messages == [f"The lasting task follow is begun again: {reason}."]


async def test_work_that_fails_before_it_begins_is_begun_again() -> None:
    lasting = asyncio.Event()
    calls: list[int] = []

    def work() -> Coroutine[Any, Any, Any]:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError
        lasting.set()
        return asyncio.Event().wait()

    guards = Guards(limits=LIMITS)
    guards.keep("follow", work)
    await asyncio.wait_for(lasting.wait(), 60)
    await guards.stop()

    assert (len(calls), guards.reasons) == (2, {"follow": "ValueError"})


async def test_who_cancels_every_task_of_the_loop_ends_no_guard() -> None:
    guards, work = Guards(limits=LIMITS), Work()
    guards.keep("follow", work)
    await asyncio.wait_for(work.lasting.wait(), 60)
    work.lasting.clear()

    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait_for(work.lasting.wait(), 60)
    await guards.stop()

    assert (work.runs, guards.reasons) == (2, {"follow": "CancelledError"})


async def test_pauses_grow_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, pauses = asyncio.get_running_loop(), list[float]()
    call_later = loop.call_later

    def at_once(pause: float, *rest: Any) -> asyncio.TimerHandle:
        pauses.append(pause)
        return call_later(0, *rest)

    work = Work(*[returned] * 4)
    guards = Guards(limits=GuardLimits(first_pause=0.1, longest_pause=0.5))
    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_later", at_once)
        guards.keep("follow", work)
        await work.lasting.wait()
    await guards.stop()

    assert pauses == [0.1, 0.2, 0.4, 0.5]


async def test_a_task_that_ends_too_often_is_hopeless_and_rests() -> None:
    given_up, told = list[str](), asyncio.Event()

    def hopeless(name: str) -> None:
        given_up.append(name)
        told.set()

    work = Work(*[returned] * 10)
    guards = Guards(limits=LIMITS, hopeless=hopeless)
    guards.keep("follow", work)
    await asyncio.wait_for(told.wait(), 60)
    await asyncio.sleep(LIMITS.longest_pause * 5)
    await guards.stop()

    assert (given_up, work.runs, guards.begun_again["follow"]) == (["follow"], 4, 4)


async def test_ends_of_long_ago_are_forgiven() -> None:
    now, given_up = 0.0, list[str]()

    async def end_later() -> None:
        nonlocal now
        now += LIMITS.within / 2

    work = Work(*[end_later] * 10)
    guards = Guards(limits=LIMITS, monotonic=lambda: now, hopeless=given_up.append)
    guards.keep("follow", work)
    await asyncio.wait_for(work.lasting.wait(), 60)
    await guards.stop()

    assert (given_up, work.runs) == ([], 11)


async def test_a_task_that_stalls_is_begun_again_even_where_it_swallows_a_cancellation() -> None:
    heard = list[str]()

    async def swallow_one() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        heard.append("first")
        await asyncio.Event().wait()

    work = Work(swallow_one)
    guards = Guards(limits=replace(LIMITS, give_up=60.0))
    guards.keep("follow", work, stalled=lambda: not guards.begun_again["follow"])
    await asyncio.wait_for(work.lasting.wait(), 60)
    await guards.stop()

    assert (heard, work.runs, guards.reasons, guards.begun_again["follow"]) == (
        ["first"],
        2,
        {"follow": "it stalled"},
        1,
    )


async def test_a_task_that_never_ends_is_left_behind() -> None:
    let_go = asyncio.Event()

    async def swallow_all() -> None:
        while not let_go.is_set():
            with suppress(asyncio.CancelledError):
                await let_go.wait()

    work = Work(swallow_all)
    guards = Guards(limits=LIMITS)
    guards.keep("follow", work, stalled=lambda: not guards.begun_again["follow"])
    await asyncio.wait_for(work.lasting.wait(), 60)
    let_go.set()
    await guards.stop()

    assert (work.runs, guards.begun_again["follow"]) == (2, 1)


async def test_a_new_run_has_time_before_it_is_asked() -> None:
    now, asked = 0.0, list[float]()

    def stalled() -> bool:
        asked.append(now)
        return False

    guards = Guards(limits=GuardLimits(look=0.001, grace=5.0), monotonic=lambda: now)
    guards.keep("follow", Work(), stalled=stalled)
    await asyncio.sleep(0.02)
    now = 5.0  # a look that was due before is late by now, which proves nothing
    await eventually(lambda: bool(asked))
    await guards.stop()

    assert set(asked) == {5.0}


async def test_an_owner_who_can_not_tell_of_a_stall_keeps_no_guard_from_acting() -> None:
    work = Work(asyncio.Event().wait)  # type: ignore[arg-type]

    def stalled() -> bool:
        if work.runs == 1:
            raise ValueError
        return False

    guards = Guards(limits=LIMITS)
    guards.keep("follow", work, stalled=stalled)
    await asyncio.wait_for(work.lasting.wait(), 60)
    await guards.stop()

    assert guards.reasons == {"follow": "it stalled"}


async def test_a_guard_that_fails_itself_ends_the_process() -> None:
    given_up, problems = list[str](), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, told: problems.append(told["exception"]))
    broken = ValueError("no clock")

    def monotonic() -> float:
        if work.runs:
            raise broken
        return 0.0

    work = Work(returned)
    guards = Guards(limits=LIMITS, monotonic=monotonic, hopeless=given_up.append)
    guards.keep("follow", work)
    await eventually(lambda: bool(problems))
    await guards.stop()
    asyncio.get_running_loop().set_exception_handler(None)

    assert (given_up, problems) == (["follow"], [broken])


async def test_stop_ends_all_and_nothing_is_begun_again() -> None:
    before = asyncio.all_tasks()
    works = [Work(), Work(returned)]
    guards = Guards(limits=GuardLimits(first_pause=600.0, longest_pause=600.0))
    for number, work in enumerate(works):
        guards.keep(f"task {number}", work, stalled=lambda: False)
    await eventually(lambda: guards.begun_again["task 1"] == 1)

    await guards.stop()

    assert (asyncio.all_tasks() - before, [work.runs for work in works]) == (set(), [1, 1])
    assert guards.begun_again == {"task 0": 0, "task 1": 1}


async def test_two_tasks_can_not_share_a_name() -> None:
    guards = Guards(limits=LIMITS)
    guards.keep("follow", Work())

    with pytest.raises(ValueError, match="follow"):
        guards.keep("follow", Work())

    await guards.stop()
