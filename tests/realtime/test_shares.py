"""Shares: a bounded amount handed out in turns between accounts, whoever asks for how much and whoever gives up."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from realtime.shares import Shares


class Holder:
    """Takes shares by name, and notes in which order they were handed out."""

    def __init__(self, shares: Shares) -> None:
        self.shares = shares
        self.order: list[str] = []
        self._stacks: dict[str, AsyncExitStack] = {}

    def take(self, name: str, account: str, amount: int = 1, **more: float) -> asyncio.Task[None]:
        return asyncio.create_task(self._take(name, account, amount, **more))

    async def _take(self, name: str, account: str, amount: int, **more: float) -> None:
        stack = AsyncExitStack()
        await stack.enter_async_context(self.shares.taken(account, amount, **more))  # type: ignore[arg-type]
        self.order.append(name)
        self._stacks[name] = stack

    async def give_back(self, name: str) -> None:
        await self._stacks.pop(name).aclose()
        await turn()


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_hands_out_no_more_than_there_is_and_than_one_account_may_have() -> None:
    holder = Holder(Shares(3, 2))
    tasks = [holder.take(name, name[0]) for name in ("a1", "a2", "a3", "b1", "b2")]
    await turn()
    assert (holder.order, holder.shares.used, holder.shares.waiting) == (["a1", "a2", "b1"], 3, 2)

    await holder.give_back("b1")
    assert holder.order[3:] == ["b2"]
    await holder.give_back("a1")
    assert holder.order[4:] == ["a3"]
    for name in ("a2", "a3", "b2"):
        await holder.give_back(name)
    await asyncio.gather(*tasks)
    assert holder.shares.is_idle


async def test_who_asks_for_much_stands_behind_who_asks_for_little() -> None:
    holder = Holder(Shares(1, 1))
    tasks = [holder.take("first", "z")]
    await turn()
    tasks += [holder.take(f"many {number}", "greedy") for number in range(5)]
    tasks += [holder.take("one", "modest"), holder.take("long", "far", size=1_000), holder.take("short", "near")]
    await turn()

    for _ in range(9):
        await holder.give_back(holder.order[-1])

    assert holder.order[1:4] == ["many 0", "one", "short"]
    assert holder.order[-1] == "long"
    assert (len(holder.order), holder.shares.is_idle) == (9, True)
    await asyncio.gather(*tasks)


async def test_a_long_request_does_not_wait_for_ever() -> None:
    holder = Holder(Shares(1, 1))
    tasks = [holder.take("first", "z")]
    await turn()
    tasks.append(holder.take("long", "far", size=20))
    await turn()
    for number in range(60):
        tasks.append(holder.take(f"short {number}", "near"))
        await turn()
        await holder.give_back(holder.order[-1])

    assert "long" in holder.order[:40]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_part_is_kept_for_those_who_may_use_it() -> None:
    holder = Holder(Shares(3, 3, reserved=1))
    tasks = [holder.take(name, name, reserved=False) for name in ("citizen 1", "citizen 2", "citizen 3")]
    await turn()
    assert holder.order == ["citizen 1", "citizen 2"]

    tasks.append(holder.take("officer", "officer", reserved=True))
    await turn()
    await holder.give_back("citizen 1")

    assert holder.order == ["citizen 1", "citizen 2", "officer"]
    await holder.give_back("officer")
    assert holder.order[3:] == ["citizen 3"]
    await asyncio.gather(*tasks)


async def test_a_large_request_is_cut_to_what_an_account_may_have_and_is_not_passed_by_for_ever() -> None:
    holder = Holder(Shares(10, 6))
    tasks = [holder.take("a", "a", 6), holder.take("b", "b", 4)]
    await turn()
    tasks += [holder.take("large", "c", 100), holder.take("small", "d", 1, size=500)]
    await turn()
    await holder.give_back("b")
    assert holder.order == ["a", "b"]

    await holder.give_back("a")

    assert holder.order == ["a", "b", "large", "small"]
    assert holder.shares.used == 7
    await asyncio.gather(*tasks)


async def test_who_could_have_it_at_once_does_not_pass_who_waits() -> None:
    holder = Holder(Shares(3, 3))
    tasks = [holder.take("first", "a", 2), holder.take("large", "b", 2), holder.take("small", "c", 1)]
    await turn()
    assert (holder.order, holder.shares.used) == (["first"], 2)

    await holder.give_back("first")

    assert (holder.order, holder.shares.used) == (["first", "large", "small"], 3)
    await asyncio.gather(*tasks)


async def test_what_was_had_at_once_counts_as_served() -> None:
    holder = Holder(Shares(1, 1))
    tasks = [holder.take("first", "a"), holder.take("second", "a"), holder.take("other", "b")]
    await turn()

    await holder.give_back("first")
    await holder.give_back("second")

    assert holder.order == ["first", "second", "other"]
    await asyncio.gather(*tasks)


async def test_who_no_longer_waits_leaves_no_hole() -> None:
    holder = Holder(Shares(1, 1))
    tasks = [holder.take(name, name) for name in ("a", "b", "c")]
    await turn()

    tasks[1].cancel()
    await turn()
    await holder.give_back("a")

    assert (holder.order, holder.shares.waiting) == (["a", "c"], 0)
    await holder.give_back("c")
    assert holder.shares.is_idle


async def test_what_is_handed_to_somebody_who_is_cancelled_just_then_goes_on_to_the_next() -> None:
    holder = Holder(Shares(1, 1))
    tasks = [holder.take(name, name) for name in ("a", "b", "c")]
    await turn()

    await holder._stacks.pop("a").aclose()  # b's turn is granted, and b has not run yet
    tasks[1].cancel()
    await turn()

    assert holder.order == ["a", "c"]
    await holder.give_back("c")
    assert holder.shares.is_idle


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_lost_whatever_is_taken_given_back_and_cancelled(seed: int) -> None:
    draw = random.Random(seed)
    shares = Shares(8, 3, reserved=2)
    most = 0

    async def use() -> None:
        nonlocal most
        account, amount = draw.choice("abcd"), draw.randint(1, 4)
        async with shares.taken(account, amount, size=draw.random() * 9, reserved=account < "c"):
            most = max(most, shares.used)
            for _ in range(draw.randint(0, 3)):
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(use()) for _ in range(200)]
    for _ in range(100):
        draw.choice(tasks).cancel()
        await asyncio.sleep(0)
    await asyncio.wait(tasks, timeout=60)

    assert all(task.done() for task in tasks)
    assert (shares.is_idle, most) == (True, 8)
