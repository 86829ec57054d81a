"""Lines to Redis that are cut in the middle of a word: whatever they raise, who tells or listens goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from api.rates import Rates
from api.security.budgets import Budgets
from api.security.throttles import Throttles
from realtime.bell import Bell, BellLimits
from realtime.cancellation import ended
from services.access.scopes import Budget

NOWHERE = "redis://127.0.0.1:1/0"
SMALL = Budget(points=100, restore_per_second=1)
HOUR = timedelta(hours=1)
QUICK = BellLimits(first_pause=0.001, longest_pause=0.001)


class Strange(BaseException):
    """What no `except Exception` sees."""


def cut() -> BaseException:
    return RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


CUTS: list[Callable[[], BaseException]] = [cut, asyncio.CancelledError, Strange, ConnectionResetError]
each_cut = pytest.mark.parametrize("problem", CUTS)


def raising(problem: Callable[[], BaseException]) -> Any:
    async def fail(*args: Any, **told: Any) -> Any:
        await asyncio.sleep(0)
        raise problem()

    return fail


async def for_ever(*args: Any, **told: Any) -> Any:
    await asyncio.Event().wait()


@pytest.fixture
async def bell() -> AsyncIterator[Bell]:
    bell = Bell(NOWHERE, "epoch", QUICK)
    yield bell
    await bell.close()


@each_cut
async def test_a_ring_on_a_line_that_is_cut_fails_quietly(
    bell: Bell, problem: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell._publisher, "publish", raising(problem))

    await bell.ring(7)

    assert bell.failed_rings == 1


async def test_who_is_cancelled_while_ringing_ends(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell._publisher, "publish", for_ever)
    ringing = asyncio.create_task(bell.ring(7))
    await asyncio.sleep(0)

    ringing.cancel()
    await asyncio.wait([ringing])

    assert (ringing.cancelled(), bell.failed_rings) == (True, 0)


@each_cut
async def test_whatever_a_line_raises_the_bell_listens_again(
    bell: Bell, problem: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "_listen_once", raising(problem))
    heard, often = list[int](), asyncio.Event()

    def hear() -> None:
        heard.append(1)
        if len(heard) == 3:
            often.set()

    listening = asyncio.create_task(bell.listen(hear))
    await asyncio.wait_for(often.wait(), 60)

    assert not listening.done()
    await ended([listening])


async def test_a_listener_that_is_cancelled_ends_though_its_line_raises_something_else(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_at_the_end(heard: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise cut()

    monkeypatch.setattr(bell, "_listen_once", cut_at_the_end)
    listening = asyncio.create_task(bell.listen(lambda: None))
    await asyncio.sleep(0)

    listening.cancel()
    await asyncio.wait([listening], timeout=60)

    assert listening.done()
    assert isinstance(listening.exception(), RuntimeError)


async def test_a_bell_whose_first_line_is_cut_closes_the_other_too(monkeypatch: pytest.MonkeyPatch) -> None:
    bell, closed = Bell(NOWHERE, "epoch"), list[str]()
    close = bell._listener.aclose

    async def noted() -> None:
        closed.append("listener")
        await close()

    monkeypatch.setattr(bell._publisher, "aclose", raising(cut))
    monkeypatch.setattr(bell._listener, "aclose", noted)

    await bell.close()

    assert closed == ["listener"]


@each_cut
async def test_a_budget_whose_line_is_cut_is_kept_here_and_told_later(
    problem: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, told = 1_000.0, list[Any]()
    budgets = Budgets(NOWHERE, "test", lambda: now)
    budgets.debit(1, SMALL, 30)
    monkeypatch.setattr(budgets, "_take", raising(problem))

    await budgets.flush()
    charge = await budgets.spend(1, SMALL, 20)

    async def take(keys: Any, args: list[Any]) -> tuple[int, bytes]:
        told.append(args[2])
        return 1, b"50"

    monkeypatch.setattr(budgets, "_take", take)
    now += 5
    await budgets.flush()
    await budgets.close()

    assert (charge.left, charge.refusal) == (50, None)
    assert told == [30]


async def test_a_flush_that_is_cancelled_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = Budgets(NOWHERE, "test")
    budgets.debit(1, SMALL, 30)
    monkeypatch.setattr(budgets, "_take", for_ever)
    flushing = asyncio.create_task(budgets.flush())
    await asyncio.sleep(0)

    flushing.cancel()
    await asyncio.wait([flushing])

    assert flushing.cancelled()
    assert [bucket.pending for bucket in budgets._buckets.values()] == [30]


@each_cut
async def test_a_throttle_whose_line_is_cut_counts_here(
    problem: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    throttles = Throttles(NOWHERE, Rates())
    monkeypatch.setattr(throttles._gate, "_script", raising(problem))

    first = await throttles.first_use("name", lifetime=HOUR)
    second = await throttles.first_use("name", lifetime=HOUR)
    await throttles.close()

    assert (first, second) == (True, False)
