"""The pace: what can be put off has a slice of each turn of the loop, and rests while an event is on its way."""

from __future__ import annotations

import asyncio

import pytest

from realtime.yielding import Pace, PaceLimits, Timed


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


LONG = PaceLimits(urgent_seconds=60.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(LONG, clock)


async def turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_all_work_together_has_one_slice_of_a_turn(pace: Pace, clock: Clock) -> None:
    assert not pace.is_due("a")
    clock.now += LONG.slice_seconds * 2
    assert pace.is_due("a")
    assert pace.is_due("b")

    await asyncio.sleep(0)

    assert not pace.is_due("b")


async def test_those_who_find_the_slice_used_up_go_on_in_turns(pace: Pace, clock: Clock) -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        for part in range(3):
            while pace.is_due(name):
                await pace.pause(name)
            done.append(f"{name}{part}")
            clock.now += LONG.slice_seconds * 2

    await asyncio.gather(*(work(name) for name in "abc"))

    assert done == ["a0", "a1", "b0", "c0", "a2", "b1", "c1", "b2", "c2"]
    assert pace.waiting == 0


async def test_who_used_much_rests_while_something_is_urgent_and_nobody_else(pace: Pace) -> None:
    pace.charge("greedy", LONG.account_seconds * 2)
    pace.hurry()
    resting = asyncio.create_task(pace.pause("greedy"))
    await asyncio.wait_for(pace.pause("quiet"), 60)
    await turns()
    assert (resting.done(), pace.is_due("greedy"), pace.is_due("quiet")) == (False, True, False)

    pace.calm()
    await asyncio.wait_for(resting, 60)

    assert (pace.is_due("greedy"), pace.waiting) == (False, 0)


async def test_nobody_rests_for_longer_than_the_bound_nor_again_at_once(clock: Clock) -> None:
    pace = Pace(PaceLimits(urgent_seconds=0.001), clock)
    pace.charge("greedy", 1.0)
    pace.hurry()

    await asyncio.wait_for(pace.pause("greedy"), 60)

    pace.hurry()
    assert not pace.is_urgent
    clock.now += 0.002
    pace.hurry()
    assert pace.is_urgent
    pace.calm()


async def test_what_an_account_used_is_forgiven_in_time(pace: Pace, clock: Clock) -> None:
    pace.charge("a", LONG.account_seconds * 1.5)
    assert pace.is_over("a")

    clock.now += LONG.account_seconds * 0.6 / LONG.account_per_second

    assert not pace.is_over("a")


async def test_an_account_is_never_over_for_longer_than_a_few_seconds(pace: Pace, clock: Clock) -> None:
    pace.charge("a", 3_600.0)

    clock.now += LONG.most_seconds / LONG.account_per_second

    assert not pace.is_over("a")


async def test_who_is_cancelled_while_resting_holds_nobody_up(pace: Pace) -> None:
    pace.charge("a", 1.0)
    pace.hurry()
    first, second = (asyncio.create_task(pace.pause("a")) for _ in range(2))
    await turns()
    first.cancel()
    await turns()

    pace.calm()
    await asyncio.wait_for(second, 60)

    assert first.cancelled()


async def test_after_so_many_pauses_one_goes_on_whatever_others_do(pace: Pace, clock: Clock) -> None:
    going_on = True

    def use_up() -> None:
        pace.is_due("others")
        clock.now += LONG.slice_seconds * 2
        if going_on:
            asyncio.get_running_loop().call_soon(use_up)

    use_up()
    try:
        await asyncio.wait_for(pace.pause("a"), 60)
    finally:
        going_on = False  # nobody else would end it


def test_a_pace_that_another_loop_has_used_holds_nobody_up(clock: Clock) -> None:
    pace = Pace(LONG, clock)

    async def use_up() -> None:
        pace.charge("a", 1.0)
        pace.hurry()
        pace.is_due("a")
        clock.now += 1

    asyncio.run(use_up())
    asyncio.run(asyncio.wait_for(pace.pause("a"), 60))


async def test_the_steps_of_a_coroutine_are_timed_and_not_what_it_waits_for(clock: Clock) -> None:
    awaited = asyncio.get_running_loop().create_future()

    async def work() -> str:
        clock.now += 1
        await awaited
        clock.now += 2
        return "done"

    timed = Timed(work(), clock)
    task = asyncio.ensure_future(timed)
    await asyncio.sleep(0)
    clock.now += 100
    awaited.set_result(None)

    assert await task == "done"
    assert timed.seconds == 3


async def test_what_a_timed_coroutine_waits_for_may_fail_and_it_goes_on() -> None:
    awaited = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await awaited
        except ValueError:
            return "handled"
        return "never"

    timed = Timed(work())
    task = asyncio.ensure_future(timed)
    await asyncio.sleep(0)
    awaited.set_exception(ValueError())

    assert await task == "handled"


async def test_a_cancellation_reaches_what_is_timed() -> None:
    told = list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    task = asyncio.ensure_future(Timed(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert (told, task.cancelled()) == (["cancelled"], True)
