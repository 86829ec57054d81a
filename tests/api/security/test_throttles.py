"""Throttles: strangers are slowed down, citizens are not locked out, and a dead Redis opens no door."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.rates import Rates
from api.security.throttles import Throttles
from services.core.refusals import NotFound, Throttled

RATES = Rates(
    submissions_per_address="2/hour",
    submissions="3/hour",
    guesses_per_address="5/hour",
    guesses_per_number_and_address="2/hour",
    guesses_per_number="3/hour",
    guesses_at_a_number_under_attack="1/minute",
    reveals_per_caller="2/hour",
    lookups_per_caller="1/hour",
)


@pytest.fixture
async def throttles(redis_url: str) -> AsyncIterator[Throttles]:
    throttles = Throttles(redis_url, RATES)
    yield throttles
    await throttles.close()


async def test_one_address_may_submit_so_often(throttles: Throttles) -> None:
    await throttles.submission("a")
    await throttles.submission("a")

    with pytest.raises(Throttled) as refused:
        await throttles.submission("a")

    assert 3_500 <= refused.value.retry_after_seconds <= 3_600
    await throttles.submission("b")


async def test_all_strangers_together_may_submit_so_often(throttles: Throttles) -> None:
    for address in "abc":
        await throttles.submission(address)

    with pytest.raises(Throttled):
        await throttles.submission("d")


async def test_a_refused_address_takes_nothing_from_the_others(throttles: Throttles) -> None:
    for _ in range(2):
        await throttles.submission("a")
    for _ in range(10):
        with pytest.raises(Throttled):
            await throttles.submission("a")

    await throttles.submission("b")


async def test_workers_count_together(throttles: Throttles, redis_url: str) -> None:
    other = Throttles(redis_url, RATES)
    await throttles.submission("a")
    await other.submission("a")

    with pytest.raises(Throttled):
        await throttles.submission("a")
    await other.close()


async def guess(throttles: Throttles, address: str, number: str) -> None:
    """A wrong secret."""
    with pytest.raises(NotFound):
        async with throttles.citizen_session(address, number):
            raise NotFound


async def open_ticket(throttles: Throttles, address: str, number: str) -> bool:
    """A right secret; whether it was the narrow door that it came by."""
    async with throttles.citizen_session(address, number) as door:
        assert await door.admits(f"ticket:{number[-1]}")
    return door.is_narrow


async def test_one_address_may_guess_so_often_whatever_the_number(throttles: Throttles) -> None:
    for number in range(5):
        await guess(throttles, "a", f"KDR-2026-{number:06}")

    with pytest.raises(Throttled) as refused:
        await guess(throttles, "a", "KDR-2026-000009")
    assert 3_500 <= refused.value.retry_after_seconds <= 3_600
    await guess(throttles, "b", "KDR-2026-000009")


async def test_an_address_that_is_shut_lets_a_right_secret_in_as_often_as_it_comes(throttles: Throttles) -> None:
    for number in range(5):
        await guess(throttles, "a", f"KDR-2026-{number:06}")

    for _ in range(4):
        assert await open_ticket(throttles, "a", "KDR-2026-000008") is True


async def test_citizens_who_share_an_address_come_in_however_many_they_are(throttles: Throttles) -> None:
    for number in range(20):
        assert await open_ticket(throttles, "a", f"KDR-2026-{number:06}") is False


async def test_a_citizen_comes_in_as_often_as_they_like(throttles: Throttles) -> None:
    for _ in range(20):
        assert await open_ticket(throttles, "a", "KDR-2026-000001") is False


async def test_guesses_at_one_number_are_few(throttles: Throttles) -> None:
    for _ in range(2):
        await guess(throttles, "a", "KDR-2026-000001")

    with pytest.raises(Throttled):
        await guess(throttles, "a", "KDR-2026-000001")
    await guess(throttles, "a", "KDR-2026-000002")


async def test_a_number_under_attack_stays_open_for_its_citizen(throttles: Throttles) -> None:
    for attacker in range(20):
        await guess(throttles, f"attacker {attacker}", "KDR-2026-000001")

    assert await open_ticket(throttles, "citizen", "KDR-2026-000001") is False
    await guess(throttles, "citizen", "KDR-2026-000001")
    with pytest.raises(Throttled) as refused:
        await guess(throttles, "citizen", "KDR-2026-000001")
    assert refused.value.retry_after_seconds <= 60


async def test_each_caller_unmasks_and_looks_for_so_many(throttles: Throttles) -> None:
    await throttles.reveal("officer:1")
    await throttles.reveal("officer:1")
    await throttles.lookup("officer:1")

    for once_more in (throttles.reveal, throttles.lookup):
        with pytest.raises(Throttled) as refused:
            await once_more("officer:1")
        assert 3_500 <= refused.value.retry_after_seconds <= 3_600
        await once_more("officer:2")


async def test_without_redis_each_process_counts_for_itself() -> None:
    throttles = Throttles("redis://127.0.0.1:1/0", RATES)
    await throttles.submission("a")
    await throttles.submission("a")

    with pytest.raises(Throttled):
        await throttles.submission("a")
    await throttles.close()


async def test_numbers_of_any_text_are_taken(throttles: Throttles) -> None:
    await guess(throttles, "a", "KDR/\ud800:*\n" * 1_000)
