"""Budgets: one bucket for all workers, a bucket each while Redis is away, and no call per live event."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from api.security.budgets import Budgets
from services.access.scopes import Budget

SLOW = Budget(points=100, restore_per_second=1)
NOWHERE = "redis://127.0.0.1:1/0"


class Time:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment() -> Time:
    return Time()


async def calls(url: str) -> int:
    """How many scripts Redis has run; one that it did not know yet was refused first, and ran then."""
    async with Redis.from_url(url) as client:
        stats = await client.info("commandstats")
    found = [stats.get(f"cmdstat_{name}", {}) for name in ("evalsha", "eval")]
    return sum(each.get("calls", 0) - each.get("failed_calls", 0) for each in found)


async def test_two_workers_share_a_budget(redis_url: str) -> None:
    one, two = Budgets(redis_url, "test"), Budgets(redis_url, "test")

    charges = [await each.spend(1, SLOW, 40) for each in (one, two, one)]
    other = await two.spend(2, SLOW, 40)

    assert [charge.refusal is None for charge in charges] == [True, True, False]
    assert [charge.left for charge in charges[:2]] == [60, 20]
    assert charges[2].left == 20
    assert other.left == 60
    await one.close()
    await two.close()


async def test_live_events_are_told_once_however_many(redis_url: str) -> None:
    one, two = Budgets(redis_url, "test"), Budgets(redis_url, "test")
    before = await calls(redis_url)

    taken = [one.debit(1, SLOW, 1) for _ in range(60)]
    quiet = await calls(redis_url)
    await one.flush()
    await one.flush()

    assert taken == [True] * 60
    assert quiet == before
    assert await calls(redis_url) == before + 1
    assert (await two.spend(1, SLOW, 1)).left == 39
    await one.close()
    await two.close()


async def test_each_worker_keeps_its_own_while_redis_is_away(moment: Time) -> None:
    budgets = Budgets(NOWHERE, "test", moment)

    first = [(await budgets.spend(1, SLOW, 60)).refusal for _ in range(2)]
    moment.now += 20
    later = await budgets.spend(1, SLOW, 60)

    assert first[0] is None
    assert first[1] is not None
    assert first[1].code == "RATE_LIMITED"
    assert first[1].extensions == {"retryAfterSeconds": 20}
    assert later.refusal is None
    assert later.left == 0
    await budgets.close()


async def test_what_live_events_took_while_redis_was_away_is_kept(moment: Time) -> None:
    budgets = Budgets(NOWHERE, "test", moment)

    assert budgets.debit(1, SLOW, 90) is True
    await budgets.flush()

    assert budgets.debit(1, SLOW, 20) is False
    assert budgets.spent(1, SLOW, 20).extensions == {"retryAfterSeconds": 10}
    await budgets.close()


async def test_what_is_dearer_than_the_whole_budget_is_refused_and_nothing_taken(redis_url: str) -> None:
    budgets = Budgets(redis_url, "test")

    refused = await budgets.spend(1, SLOW, 101)

    assert refused.refusal is not None
    assert refused.refusal.code == "COST_EXCEEDED"
    assert (await budgets.spend(1, SLOW, 1)).left == 99
    await budgets.close()
