"""Turns: few at a time, in order for one caller, in a round between callers, and the loop is handed back in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from api.security.executions import ExecutionLimits, Executions
from realtime.yielding import Pace, PaceLimits
from services.core.refusals import EdgeRefusal

LIMITS = ExecutionLimits(at_once=4, kept=2, of_one=2, waiting=3, wait_seconds=60.0)


async def turns_of_the_loop(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Desk:
    """Operations that hold their turn until they are told to end."""

    def __init__(self, limits: ExecutionLimits = LIMITS) -> None:
        self.executions = Executions(limits)
        self.begun: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def ask(self, name: str, *, reserved: bool = False) -> asyncio.Task[None]:
        """An operation of the caller that its name begins with."""
        self.ends[name] = asyncio.Event()
        task = self.tasks[name] = asyncio.create_task(self._operate(name, reserved))
        return task

    async def _operate(self, name: str, reserved: bool) -> None:
        async with self.executions.turn(name[0], reserved=reserved):
            self.begun.append(name)
            await self.ends[name].wait()

    async def end(self, *names: str) -> None:
        for name in names:
            self.ends[name].set()
        await turns_of_the_loop()

    def is_empty(self) -> bool:
        executions = self.executions
        return (executions.running, executions.waiting, executions._running_open, executions._shares) == (0, 0, 0, {})


async def test_one_caller_has_few_under_way_and_the_others_follow_in_order() -> None:
    desk = Desk()
    for name in ("a1", "a2", "a3", "a4"):
        desk.ask(name)
    await turns_of_the_loop()
    assert desk.begun == ["a1", "a2"]

    await desk.end("a1")
    assert desk.begun == ["a1", "a2", "a3"]

    await desk.end("a2", "a3", "a4")
    assert desk.begun == ["a1", "a2", "a3", "a4"]
    assert desk.is_empty()


async def test_callers_take_turns_however_much_one_of_them_asks() -> None:
    desk = Desk(ExecutionLimits(at_once=1, kept=0, of_one=2, waiting=9))
    names = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
    for name in names:
        desk.ask(name)
    await turns_of_the_loop()
    for _ in names:
        await desk.end(*names)

    assert desk.begun == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert desk.is_empty()


async def test_a_part_is_kept_for_the_office() -> None:
    desk = Desk()
    for name in ("a1", "b1", "c1"):
        desk.ask(name)
    await turns_of_the_loop()
    assert desk.begun == ["a1", "b1"]

    for name in ("x1", "y1", "z1"):
        desk.ask(name, reserved=True)
    await turns_of_the_loop()
    assert desk.begun == ["a1", "b1", "x1", "y1"]

    await desk.end("a1")  # either class may have it: they take turns
    await desk.end("x1", "y1", "z1")
    assert sorted(desk.begun) == ["a1", "b1", "c1", "x1", "y1", "z1"]
    await desk.end("b1", "c1")
    assert desk.is_empty()


async def test_who_has_too_many_waiting_is_busy_alone() -> None:
    desk = Desk()
    for number in range(5):
        desk.ask(f"a{number}")
        await turns_of_the_loop()

    with pytest.raises(EdgeRefusal) as refused:
        async with desk.executions.turn("a"):
            raise AssertionError("it has no turn")
    other = desk.ask("x1", reserved=True)
    await turns_of_the_loop()

    assert (refused.value.code, refused.value.extensions) == ("BUSY", {"retryAfterSeconds": 2})
    assert desk.begun[-1] == "x1"
    assert not other.done()
    await desk.end(*desk.ends)
    assert desk.is_empty()


async def test_who_waits_too_long_is_busy() -> None:
    desk = Desk(ExecutionLimits(at_once=1, kept=0, wait_seconds=0.01))
    desk.ask("a1")
    await turns_of_the_loop()

    with pytest.raises(EdgeRefusal) as refused:
        await desk.ask("b1")

    assert refused.value.code == "BUSY"
    await desk.end("a1")
    assert desk.is_empty()


@pytest.mark.parametrize("called", [False, True], ids=["still waiting", "called just then"])
async def test_who_goes_away_while_waiting_takes_no_turn(called: bool) -> None:
    desk = Desk(ExecutionLimits(at_once=1, kept=0))
    for name in ("a1", "b1", "c1"):
        desk.ask(name)
    await turns_of_the_loop()
    if called:
        desk.ends["a1"].set()
        while desk.executions.waiting == 2:  # noqa: ASYNC110 - until the turn is given, and not taken yet
            await asyncio.sleep(0)

    desk.tasks["b1"].cancel()
    await desk.end("a1")

    assert desk.begun == ["a1", "c1"]
    await desk.end("c1")
    assert desk.is_empty()


async def test_those_who_go_away_in_the_same_turn_of_the_loop_hold_nobody_up() -> None:
    desk = Desk(ExecutionLimits(at_once=1, kept=0))
    for name in ("a1", "b1", "c1", "d1"):
        desk.ask(name)
    await turns_of_the_loop()

    desk.ends["a1"].set()
    desk.tasks["b1"].cancel()
    desk.tasks["c1"].cancel()
    await turns_of_the_loop()

    assert desk.begun == ["a1", "d1"]
    await desk.end("d1")
    assert desk.is_empty()


async def test_what_an_operation_raises_gives_its_turn_back() -> None:
    executions = Executions(ExecutionLimits(at_once=1, kept=0))
    for raised in (ValueError, asyncio.CancelledError, SystemExit):
        with pytest.raises(raised):
            async with executions.turn("a"):
                raise raised

    assert executions.running == 0


async def test_no_two_operations_begin_in_one_turn_of_the_loop() -> None:
    executions = Executions(ExecutionLimits(longest_rest=0.0))
    others: list[int] = []
    loop = asyncio.get_running_loop()

    async def hold() -> None:
        async with executions.turn("a"):
            held.append(len(others))

    def other() -> None:
        others.append(len(held))
        if len(held) < 20:
            loop.call_soon(other)

    held: list[int] = []
    loop.call_soon(other)
    await asyncio.gather(*(hold() for _ in range(20)))

    assert held == sorted(set(held))  # somebody else was heard between any two of them


async def test_who_holds_the_loop_gives_it_back_for_as_long() -> None:
    executions = Executions(ExecutionLimits(slice_seconds=0.01))
    times: list[tuple[float, float]] = []

    async def hold(seconds: float) -> None:
        async with executions.turn("a"):
            began = time.monotonic()
            while time.monotonic() < began + seconds:
                pass
            times.append((began, time.monotonic()))

    await asyncio.gather(*(hold(0.04) for _ in range(4)))

    rests = [begin - end for (_, end), (begin, _) in pairwise(times)]
    assert min(rests) >= 0.039


async def test_many_callers_leave_nothing_behind() -> None:
    executions = Executions()

    async def operate(key: str, step: Callable[[], bool]) -> None:
        async with executions.turn(key, reserved=step()):
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        for place in range(30):
            await stack.enter_async_context(executions.turn(f"held {place}"))
        await asyncio.gather(*(operate(f"caller {n % 50}", lambda n=n: n % 50 > 25) for n in range(1_000)))

    assert (executions.running, executions.waiting, executions._shares) == (0, 0, {})


class Looking:
    """A pace whose event is on its way for as long as the test wants, beside an account that has used much."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.pace = Pace(PaceLimits(urgent_seconds=seconds))
        self.executions = Executions(LIMITS, self.pace)
        self.begun: list[str] = []
        self.pace.charge("greedy", 1.0)
        self.pace.hurry()

    async def operate(self, caller: str) -> None:
        async with self.executions.turn(caller, reserved=True):
            self.begun.append(caller)


async def test_who_used_much_begins_nothing_while_an_event_is_on_its_way() -> None:
    desk = Looking()
    greedy, quiet = (asyncio.create_task(desk.operate(caller)) for caller in ("greedy", "quiet"))
    await asyncio.wait_for(quiet, 60)
    await turns_of_the_loop()
    assert (desk.begun, desk.executions.running) == (["quiet"], 1)

    desk.pace.calm()
    await asyncio.wait_for(greedy, 60)

    assert desk.begun == ["quiet", "greedy"]
    assert (desk.executions.running, desk.executions._shares.keys() - {"greedy"}) == (0, set())


async def test_who_used_much_begins_after_the_bound_however_long_the_event_takes() -> None:
    desk = Looking(seconds=0.001)

    await asyncio.wait_for(desk.operate("greedy"), 60)

    assert desk.begun == ["greedy"]


async def test_those_who_rested_begin_one_in_each_turn_of_the_loop() -> None:
    desk = Looking()
    begun: list[int] = []
    turn = 0

    async def operate(caller: str) -> None:
        async with desk.executions.turn(caller, reserved=True):
            begun.append(turn)

    for caller in ("greedy", "other", "third"):
        desk.pace.charge(caller, 1.0)
    tasks = [asyncio.create_task(operate(caller)) for caller in ("greedy", "other", "third")]
    await turns_of_the_loop()
    desk.pace.calm()
    while len(begun) < len(tasks):
        turn += 1
        await asyncio.sleep(0)
    await asyncio.wait(tasks)

    assert begun == sorted(set(begun))


async def test_who_goes_away_while_resting_gives_the_place_back() -> None:
    desk = Looking()
    greedy = asyncio.create_task(desk.operate("greedy"))
    await turns_of_the_loop()
    greedy.cancel()
    await asyncio.wait([greedy])

    assert (desk.begun, desk.executions.running, desk.executions._shares) == ([], 0, {})


async def test_what_an_operation_holds_the_loop_for_is_charged_to_its_caller() -> None:
    pace = Pace()
    executions = Executions(pace=pace)
    async with executions.turn("a"):
        time.sleep(2 * pace.limits.account_seconds)  # noqa: ASYNC251 - it holds the loop on purpose

    assert (pace.is_over("a"), pace.is_over("b")) == (True, False)
