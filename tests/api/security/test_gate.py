"""The gate: many at once are let in as often as one after another, in Redis and without it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from api.rates import Rates
from api.security.gate import MANY, Gate, OwnCounts, Taken, count
from api.security.throttles import Attempt, Throttles
from services.core.refusals import InvalidInput, NotFound, Refusal, Throttled

NOWHERE = "redis://127.0.0.1:1/0"
RATES = Rates(
    guesses_per_address="20/hour", failures_of_an_address=("30/minute", "100/hour"), invitations_per_address="3/hour"
)
Try = AbstractAsyncContextManager[Attempt]


@pytest.fixture(params=["redis", "own"])
def url(request: pytest.FixtureRequest, redis_url: str) -> str:
    return redis_url if request.param == "redis" else NOWHERE


@pytest.fixture
async def gate(url: str) -> AsyncIterator[Gate]:
    gate = Gate(url, "surga:test")
    yield gate
    await gate.close()


@pytest.fixture
async def throttles(url: str) -> AsyncIterator[Throttles]:
    throttles = Throttles(url, RATES)
    yield throttles
    await throttles.close()


async def all_at_once(tries: Sequence[Try], accounts: Sequence[str], problem: Callable[[], Refusal]) -> Counter[str]:
    """How each of these was let in; nobody's secret is found to be wrong before all were let in or turned away."""
    seen: Counter[str] = Counter()
    compared = asyncio.Event()

    def note(what: str) -> None:
        seen[what] += 1
        if seen.total() == len(tries):
            compared.set()

    async def one(attempt: Try, account: str) -> None:
        let_in = False
        try:
            async with attempt as door:
                let_in, admitted = True, await door.admits(account)
                note("open" if not door.is_narrow else "narrow" if admitted else "refused")
                await compared.wait()
                raise problem()
        except Refusal:
            if not let_in:
                note("refused")

    await asyncio.gather(*(one(attempt, account) for attempt, account in zip(tries, accounts, strict=True)))
    return seen


async def fail(attempt: Try, account: str, problem: Refusal) -> None:
    """One try that is wrong."""
    async with attempt as door:
        await door.admits(account)
        raise problem


async def test_of_ninety_secrets_at_once_twenty_are_compared_and_each_ticket_once_more(throttles: Throttles) -> None:
    numbers = [f"KDR-2026-{number:06}" for number in range(90)]

    seen = await all_at_once([throttles.citizen_session("a", each) for each in numbers], ["ticket:0"] * 90, NotFound)

    assert seen == {"open": 20, "narrow": 1, "refused": 69}  # numbers that stand for nothing are one ticket


async def test_of_ninety_passwords_at_once_thirty_are_compared(throttles: Throttles) -> None:
    tries = [throttles.sign_in("a", f"account-{number}") for number in range(90)]

    seen = await all_at_once(tries, ["officer:0"] * 90, lambda: InvalidInput("WRONG_EMAIL_OR_PASSWORD"))

    assert seen == {"open": 30, "narrow": 1, "refused": 59}


async def test_of_ninety_passwords_for_one_account_at_once_five_are_compared(throttles: Throttles) -> None:
    tries = [throttles.sign_in("a", "siti") for _ in range(90)]

    seen = await all_at_once(tries, ["officer:1"] * 90, lambda: InvalidInput("WRONG_EMAIL_OR_PASSWORD"))

    assert seen == {"open": 5, "refused": 85}


async def test_of_many_current_passwords_at_once_five_are_compared(throttles: Throttles) -> None:
    tries = [throttles.password_change("officer:1") for _ in range(20)]

    seen = await all_at_once(tries, [""] * 20, lambda: InvalidInput("WRONG_PASSWORD"))

    assert seen == {"open": 5, "refused": 15}


async def test_of_many_links_at_once_three_are_looked_for_and_each_account_once_more(throttles: Throttles) -> None:
    accounts = [f"officer:{number % 2}" for number in range(20)]

    seen = await all_at_once([throttles.invitation("a") for _ in range(20)], accounts, NotFound)

    assert seen == {"open": 3, "narrow": 2, "refused": 15}


async def test_of_many_reports_at_once_ten_are_taken(throttles: Throttles) -> None:
    answers = await asyncio.gather(*(throttles.submission("a") for _ in range(30)), return_exceptions=True)

    assert Counter(type(each).__name__ for each in answers) == {"NoneType": 10, "Throttled": 20}


async def test_of_many_uses_of_one_solution_at_once_one_is_the_first(throttles: Throttles) -> None:
    first = await asyncio.gather(*(throttles.first_use("solution", timedelta(minutes=10)) for _ in range(20)))

    assert sorted(first) == [False] * 19 + [True]


async def test_what_is_wrong_by_the_narrow_door_tells_nothing(throttles: Throttles) -> None:
    for place in range(30):
        wrong = InvalidInput("WRONG_EMAIL_OR_PASSWORD")
        with pytest.raises(InvalidInput):
            await fail(throttles.sign_in("a", f"account-{place}"), "officer:0", wrong)

    waits = set()
    for account, officer in (("siti", "officer:1"), ("nobody", "officer:0"), ("siti", "officer:1")):
        with pytest.raises(Throttled) as refused:
            await fail(throttles.sign_in("a", account), officer, InvalidInput("WRONG_EMAIL_OR_PASSWORD"))
        waits.add(refused.value.retry_after_seconds)
    assert max(waits) - min(waits) <= 10  # as they were asked one after another
    assert min(waits) > 0


async def test_the_narrow_door_is_narrow_for_what_is_wrong_and_open_for_what_is_right(throttles: Throttles) -> None:
    for _ in range(3):
        with pytest.raises(NotFound):
            await fail(throttles.invitation("a"), "officer:0", NotFound())

    for _ in range(3):
        async with throttles.invitation("a") as door:
            assert await door.admits("officer:1")
    with pytest.raises(Throttled):
        await fail(throttles.invitation("a"), "officer:1", NotFound())
    async with throttles.invitation("a") as door:
        assert not await door.admits("officer:1")
        assert await door.admits("officer:2")


async def test_a_try_that_is_cut_stays_taken(throttles: Throttles) -> None:
    async def cut() -> None:
        async with throttles.invitation("a"):
            raise asyncio.CancelledError

    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            await cut()

    async with throttles.invitation("a") as door:
        assert door.is_narrow


async def test_a_refused_try_takes_nothing_in_any_window(gate: Gate) -> None:
    small, large = count("1/hour", "small"), count("3/hour", "large")
    await gate.take([small, large])
    for _ in range(5):
        with pytest.raises(Throttled):
            await gate.take([small, large])

    await gate.take([large])
    await gate.take([large])
    with pytest.raises(Throttled):
        await gate.take([large])


async def test_the_first_door_that_has_room_is_taken(gate: Gate) -> None:
    front, back = count("1/hour", "front"), count("1/minute", "back")
    doors = [front], [back]

    taken = [await gate.take(*doors) for _ in range(2)]
    with pytest.raises(Throttled) as refused:
        await gate.take(*doors)

    assert [each.door for each in taken] == [1, 2]
    assert 3_500 <= taken[1].first_opens <= 3_600
    assert 1 <= refused.value.retry_after_seconds <= 60
    await gate.give_back(taken[0])
    assert (await gate.take(*doors)).door == 1


async def test_what_is_only_looked_at_is_not_counted(gate: Gate) -> None:
    counted, looked_at = count("1/hour", "name"), count("1/hour", "name", taken=False)
    for _ in range(3):
        await gate.take([looked_at])
    await gate.take([counted])

    with pytest.raises(Throttled):
        await gate.take([looked_at])


async def test_a_rate_of_none_lets_nobody_in(gate: Gate) -> None:
    with pytest.raises(Throttled) as refused:
        await gate.take([count("0/minute", "none")])

    assert refused.value.retry_after_seconds == 60


async def test_what_is_forgiven_begins_anew(gate: Gate) -> None:
    several = count(["2/minute", "3/hour"], "several")
    taken = [await gate.take([several]) for _ in range(2)]

    await gate.give_back(taken[1], "several")

    for _ in range(2):
        await gate.take([several])
    with pytest.raises(Throttled):
        await gate.take([several])


async def test_counts_are_over_with_their_longest_window(redis_url: str) -> None:
    gate = Gate(redis_url, "surga:test")
    await gate.take([count(["5/minute", "10/hour"], "name")])
    async with Redis.from_url(redis_url) as redis:
        (key,) = await redis.keys("*")
        left = await redis.pttl(key)

    assert key == b"{surga:test}:name"
    assert 3_590_000 <= left <= 3_600_000
    await gate.close()


@pytest.mark.parametrize("answered", [0, 7, 20])
async def test_where_redis_fails_in_the_middle_nobody_begins_anew(
    monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    gate, asked = Gate(NOWHERE, "surga:test"), 0
    all_asked, failed = asyncio.Event(), asyncio.Event()

    async def fail_after_some(**_: object) -> list[int]:
        nonlocal asked
        asked = mine = asked + 1
        if asked == 60:
            all_asked.set()
        await all_asked.wait()
        if mine == answered + 1:
            failed.set()
            raise ConnectionError
        if mine > answered:
            await failed.wait()  # it was asked before the failure, and answers after it
        return [1, 0, 0]

    monkeypatch.setattr(gate, "_script", fail_after_some)
    tries = [gate.take([count("20/hour", "name")]) for _ in range(60)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    await gate.close()

    assert Counter(type(each).__name__ for each in answers) == {"Taken": 20, "Throttled": 40}


class Ticking:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_without_redis_windows_move_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Ticking()
    gate = Gate(NOWHERE, "surga:test", clock)
    several = count(["2/minute", "3/hour"], "name")
    await gate.take([several])
    clock.seconds += 30
    await gate.take([several])
    with pytest.raises(Throttled) as refused:
        await gate.take([several])
    assert refused.value.retry_after_seconds == 30

    clock.seconds += 30
    await gate.take([several])

    clock.seconds += 60
    with pytest.raises(Throttled) as refused:
        await gate.take([several])
    assert refused.value.retry_after_seconds == 3_600 - 120
    await gate.close()


def test_without_redis_memory_holds_no_keys_that_are_over() -> None:
    clock = Ticking()
    own = OwnCounts(clock)
    for number in range(MANY - 1):
        own.take("try", [[count("1/minute", str(number))]])
    clock.seconds += 61

    own.take("try", [[count("1/minute", "last")]])

    assert len(own._tries) == len(own._over) == 1


def test_without_redis_a_try_that_nobody_knows_any_more_is_given_back_in_peace() -> None:
    OwnCounts(Ticking()).give_back(Taken("try", 1, 1, ("name",), shared=False), ["other"])
