"""The pool's queue: accounts take turns, nobody holds all of it, and who goes first always finds a place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import copy_context
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models import patient_pool
from models.database import tortoise_config
from models.patient_pool import PatientClient
from models.pool_turns import PoolShares, Turns, first_in_line, share
from realtime.cancellation import ended

SMALL = PoolShares(size=4, first=1, known=1, account=2, waiting=3)


class Slot:
    """A holder of the pool, by its number."""

    def __init__(self, number: int, *, connected: bool = True) -> None:
        self.number = number
        self.connected = connected
        self._generation = 0

    def __repr__(self) -> str:
        return f"place {self.number}"

    def is_connected(self) -> bool:
        return self.connected


class Pool:
    """Turns with a record of who was served, in order."""

    def __init__(self, shares: PoolShares = SMALL) -> None:
        self.slots = [Slot(number) for number in range(shares.size)]
        self.turns = Turns(self.slots, shares)
        self.served: list[str | None] = []
        self.held: list[Slot] = []
        self.tasks: list[asyncio.Task[Slot]] = []

    def ask(self, account: str | None, name: str | None = None, *, first: bool = False) -> asyncio.Task[Slot]:
        """A task of this account that asks; name stands in the record."""

        def begin() -> asyncio.Task[Slot]:
            share.set(account)
            first_in_line.set(first)
            return asyncio.create_task(self._take(name or account))

        task = copy_context().run(begin)
        self.tasks.append(task)
        return task

    async def _take(self, name: str | None) -> Slot:
        slot: Slot = await self.turns.get()
        self.served.append(name)
        self.held.append(slot)
        return slot

    async def filled(self, *accounts: str | None) -> list[Slot]:
        """Let these accounts take a place each; it is nobody's turn any more then."""
        taken = [await self.ask(account) for account in accounts]
        self.served.clear()
        return taken

    def give_back(self, slot: Slot | None = None) -> None:
        slot = slot or self.held[0]
        self.held.remove(slot)
        self.turns.put_nowait(slot)


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool()
    yield pool
    await ended(pool.tasks)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_accounts_take_turns_and_each_is_served_in_order(pool: Pool) -> None:
    await pool.filled("officer:8", "officer:8", None)
    for name in ("a1", "a2", "a3"):
        pool.ask("officer:1", name)
    pool.ask("officer:2", "b1")
    pool.ask("officer:3", "c1")
    pool.ask("officer:2", "b2")
    await settled()

    for _ in range(6):
        pool.give_back()
        await settled()

    assert pool.served == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_those_who_go_first_are_served_before_all_others_and_in_order(pool: Pool) -> None:
    await pool.filled("officer:8", None, None)
    await pool.ask(None, "zeroth", first=True)
    pool.ask("officer:1", "a1")
    for name in ("first", "second", "third"):
        pool.ask("officer:9", name, first=True)
    await settled()

    for _ in range(4):
        pool.give_back()
        await settled()

    assert pool.served == ["zeroth", "first", "second", "third", "a1"]


async def test_one_place_is_taken_by_nobody_but_who_goes_first(pool: Pool) -> None:
    await pool.filled(None, None, None)
    asking = pool.ask(None, "other")
    await settled()
    assert not asking.done()

    assert (await pool.ask("address:1", "hub", first=True)).number == 0

    assert pool.served == ["hub"]


async def test_an_account_holds_no_more_than_its_share(pool: Pool) -> None:
    mine = await pool.filled("officer:1", "officer:1")
    waiting = pool.ask("officer:1", "mine")
    await settled()
    assert not waiting.done()

    await pool.ask("officer:2", "other")
    pool.give_back(mine[0])

    await waiting
    assert pool.served == ["other", "mine"]


async def test_strangers_and_citizens_leave_a_part_to_the_desk(pool: Pool) -> None:
    theirs = await pool.filled("address:1", "ticket:2")
    waiting = pool.ask("address:3", "stranger")
    await settled()
    assert not waiting.done()

    await pool.ask("officer:1", "officer")
    pool.give_back(theirs[0])

    await waiting
    assert pool.served == ["officer", "stranger"]


async def test_strangers_who_wait_do_not_hold_up_the_desk(pool: Pool) -> None:
    await pool.filled("address:1", "ticket:2", None)
    for number in range(20):
        pool.ask(f"address:{number}", "stranger")
    pool.ask("officer:1", "officer")
    await settled()

    pool.give_back(pool.held[2])
    await settled()

    assert pool.served == ["officer"]


async def test_too_many_of_one_account_are_refused_at_once_and_no_others(pool: Pool) -> None:
    await pool.filled("officer:1", "officer:1")
    waiting = [pool.ask("officer:1", f"mine {number}") for number in range(3)]
    await settled()

    with pytest.raises(TimeoutError):
        await pool.ask("officer:1")

    assert (pool.turns.refused, pool.turns.waiting) == (1, 3)
    await pool.ask("officer:2", "other")
    for _ in range(4):
        pool.give_back()
        await settled()
    assert [task.done() for task in waiting] == [True] * 3
    assert pool.served == ["other", "mine 0", "mine 1", "mine 2"]


async def test_the_process_itself_is_bounded_by_no_share(pool: Pool) -> None:
    await pool.filled(None, None, None)
    waiting = [pool.ask(None, "job") for _ in range(10)]
    await settled()

    assert pool.turns.waiting == 10
    for _ in range(10):
        pool.give_back()
        await settled()
    assert [task.done() for task in waiting] == [True] * 10


async def test_who_is_cancelled_leaves_no_hole(pool: Pool) -> None:
    await pool.filled(None, None, None)
    gone = [pool.ask("officer:1", "gone") for _ in range(2)]
    pool.ask("officer:2", "next")
    await settled()

    for task in gone:
        task.cancel()
    await settled()
    assert pool.turns.waiting == 1
    pool.give_back()
    await settled()

    assert (pool.served, pool.turns.waiting) == (["next"], 0)


async def test_a_place_for_who_was_cancelled_just_then_goes_to_the_next(pool: Pool) -> None:
    await pool.filled(None, None, None)
    gone = pool.ask("officer:1", "gone")
    pool.ask("officer:1", "next")
    await settled()

    pool.give_back()
    gone.cancel()
    await settled()

    assert (gone.cancelled(), pool.served) == (True, ["next"])
    for slot in tuple(pool.held):
        pool.give_back(slot)
    assert len(pool.turns._free) == 4


async def test_who_is_cancelled_does_not_take_along_those_who_came_in_the_same_turn(pool: Pool) -> None:
    await pool.filled(None, None, None)
    gone = pool.ask("officer:1", "gone")
    pool.ask("officer:2", "other")
    await settled()

    pool.ask("officer:1", "next")  # this task runs before the one that is cancelled
    gone.cancel()
    pool.give_back()
    await settled()
    pool.give_back()
    await settled()

    assert pool.served == ["other", "next"]


async def test_nothing_is_left_of_accounts_that_have_gone(pool: Pool) -> None:
    for number in range(100):
        slot = await pool.ask(f"address:{number}")
        pool.give_back(slot)

    assert not pool.turns._held
    assert not pool.turns._held_by
    assert not any(pool.turns._lines.values())


async def test_open_connections_are_taken_before_places_without_one(pool: Pool) -> None:
    for slot in pool.slots[1:]:
        slot.connected = False

    assert (await pool.ask(None)).number == 0


async def test_an_open_place_is_taken_without_waiting_by_who_may_have_one(pool: Pool) -> None:
    share.set("officer:1")
    for slot in pool.slots:
        slot._generation = 1

    taken = [pool.turns.take_open(1) for _ in range(pool.turns.shares.account + 1)]

    assert [each is None for each in taken] == [False] * pool.turns.shares.account + [True]
    pool.turns.put_nowait(taken[0])
    assert pool.turns.take_open(1) is taken[0]


async def test_a_place_whose_connection_is_closed_or_expired_is_left_to_who_waits(pool: Pool) -> None:
    for slot in pool.slots:
        slot._generation = 1
    assert pool.turns.take_open(2) is None

    for slot in pool.slots:
        slot.connected = False
    assert pool.turns.take_open(1) is None
    assert len(pool.turns._free) == len(pool.slots)


async def test_asyncpg_finds_the_places_that_have_no_connection(pool: Pool) -> None:
    with pytest.raises(asyncio.QueueEmpty):
        pool.turns.get_disconnected_nowait()
    pool.slots[2].connected = False

    slot = pool.turns.get_disconnected_nowait()
    pool.turns.put_nowait(slot)

    assert (slot.number, len(pool.turns._free)) == (2, 4)


@pytest.mark.parametrize(
    ("size", "shares"),
    [(2, PoolShares(2, 0, 0, 2)), (4, PoolShares(4, 1, 1, 2)), (10, PoolShares(10, 1, 2, 5))],
)
def test_the_shares_of_a_pool(size: int, shares: PoolShares) -> None:
    assert PoolShares.of(size) == shares
    assert shares.waiting == 2_000


# ---------------------------------------------------------------- on a real server


async def opened(url: str, size: int) -> PatientClient:
    credentials = tortoise_config(url, pool_size=size)["connections"]["default"]["credentials"]
    client = PatientClient(connection_name="turns", **credentials)
    await client.create_connection(with_db=True)
    return client


async def asked(client: PatientClient, account: str, statement: str, *, first: bool = False) -> Any:
    share.set(account)
    first_in_line.set(first)
    return await client.execute_query_dict(statement)


async def test_one_account_that_does_its_worst_holds_up_no_other(
    database: BaseDBAsyncClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_pool, "WAIT_SECONDS", 60.0)  # a busy machine opens connections slowly
    client = await opened(database_url, 4)
    flood = [asyncio.create_task(asked(client, "officer:1", "SELECT pg_sleep(60)")) for _ in range(50)]
    await settled()

    async with asyncio.timeout(30):
        other = await asyncio.create_task(asked(client, "officer:2", "SELECT 1 AS one"))
        hub = await asyncio.create_task(asked(client, "officer:1", "SELECT 2 AS two", first=True))

    assert (other, hub) == ([{"one": 1}], [{"two": 2}])
    for task in flood:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    await client.close()


async def test_a_pool_that_is_full_is_waited_for_so_long(
    database: BaseDBAsyncClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await opened(database_url, 2)
    async with client.acquire_connection(), client.acquire_connection():
        monkeypatch.setattr(patient_pool, "WAIT_SECONDS", 0.05)
        with pytest.raises(TimeoutError):
            await client.execute_query_dict("SELECT 1")
    assert client._pool is not None
    assert client._pool.turns.waiting == 0
    await client.close()


@pytest.mark.parametrize("problem", [asyncio.CancelledError, RuntimeError])
async def test_a_transaction_that_can_not_begin_gives_its_connection_back(
    database: BaseDBAsyncClient, problem: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: object) -> None:
        raise problem()

    pool: Any = database._pool
    before = len(pool.turns._free)
    with monkeypatch.context() as patched:
        patched.setattr("tortoise.backends.asyncpg.client.TransactionWrapper.begin", fails)

        with pytest.raises((asyncio.CancelledError, RuntimeError)):
            async with in_transaction():
                pass

    assert len(pool.turns._free) == before
    assert (await database.execute_query_dict("SELECT 1 AS one")) == [{"one": 1}]
