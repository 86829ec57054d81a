"""The realtime core under schedules drawn by seeds."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from tests.realtime.seeded.loop import EndlessError, SeededLoop, run
from tests.realtime.seeded.schedule import tried

SEEDS, CHUNKS = 300, 6
EACH = SEEDS // CHUNKS


@pytest.mark.parametrize("begin", range(0, SEEDS, EACH))
def test_every_schedule_holds(begin: int) -> None:
    failed = [outcome for outcome in map(tried, range(begin, begin + EACH)) if outcome.violations]

    assert not failed, "\n\n".join(map(str, failed))


@pytest.mark.parametrize("seed", [1, 5, 8])
def test_a_seed_replays_exactly(seed: int) -> None:
    first, again = tried(seed), tried(seed)

    assert (first.digest, first.steps, first.notes) == (again.digest, again.steps, again.notes)
    assert len(first.notes) > 20


def test_seeds_differ() -> None:
    assert len({tried(seed).digest for seed in range(5)}) == 5


def test_minutes_cost_nothing() -> None:
    loop = SeededLoop(Random(1))
    began = loop.time()

    run(loop, asyncio.sleep(3_600))

    assert loop.time() - began >= 3_600
    assert loop.steps < 10


def test_the_seed_draws_who_goes_first() -> None:
    def order(seed: int) -> list[int]:
        seen: list[int] = []

        async def note(number: int) -> None:
            seen.append(number)

        async def all_of_them() -> None:
            await asyncio.gather(*map(note, range(6)))

        run(SeededLoop(Random(seed)), all_of_them())
        return seen

    orders = {tuple(order(seed)) for seed in range(10)}

    assert len(orders) > 5
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert order(3) == order(3)


def test_what_nothing_can_end_is_told() -> None:
    with pytest.raises(EndlessError):
        run(SeededLoop(Random(1)), asyncio.Event().wait())  # type: ignore[arg-type]
