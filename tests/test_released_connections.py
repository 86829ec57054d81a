"""Connections come back to the pool at once where nothing is left to do, and clean wherever something is."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction


@pytest.fixture
def pool(database: BaseDBAsyncClient) -> Any:
    return database._pool  # type: ignore[attr-defined]


async def taken(pool: Any) -> Any:
    """A connection that has been used once."""
    held = await pool.acquire()
    await held.execute("SELECT 1")
    return held


async def test_an_idle_connection_comes_back_within_the_same_turn_of_the_loop(pool: Any) -> None:
    held, turns = await taken(pool), []
    asyncio.get_running_loop().call_soon(turns.append, 1)

    await pool.release(held)

    assert turns == []
    with pytest.raises(asyncpg.InterfaceError, match="released back to the pool"):
        await held.execute("SELECT 1")


async def test_the_same_connection_serves_the_next_one(pool: Any) -> None:
    held = await taken(pool)
    server = held.get_server_pid()
    await pool.release(held)
    await pool.release(held)  # once more changes nothing

    again = await pool.acquire()

    assert again.get_server_pid() == server
    await pool.release(again)


async def test_who_waits_gets_what_comes_back(pool: Any) -> None:
    open_to_all = pool.turns.shares.size - pool.turns.shares.first
    all_of_them = [await pool.acquire() for _ in range(open_to_all)]
    waiting = asyncio.create_task(pool._acquire(60))
    await asyncio.sleep(0)

    await pool.release(all_of_them.pop())
    late = await waiting

    assert await late.fetchval("SELECT 1") == 1
    for each in [late, *all_of_them]:
        await pool.release(each)


async def test_a_transaction_that_was_left_open_is_rolled_back_first(pool: Any) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    held = await taken(pool)
    await held.execute("BEGIN; UPDATE log_head SET seq = 7")

    await pool.release(held)
    asyncio.get_running_loop().set_exception_handler(None)

    again = await pool.acquire()
    assert (await again.fetchval("SELECT seq FROM log_head"), again.is_in_transaction()) == (0, False)
    await pool.release(again)
    assert len(told) == 1


@pytest.mark.parametrize("end", ["return", "raise", "held"])
async def test_a_caller_who_leaves_around_begin_and_commit_is_no_fault_that_is_told(pool: Any, end: str) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    async def work() -> None:
        async with in_transaction():
            if end == "held":
                await asyncio.Event().wait()
            if end == "raise":
                raise ValueError

    for turns in range(40):
        leaving = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0.0002 if turns % 2 else 0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    everything = [await pool.acquire() for _ in range(pool.turns.shares.size - pool.turns.shares.first)]
    asyncio.get_running_loop().set_exception_handler(None)

    assert [each.is_in_transaction() for each in everything] == [False] * len(everything)
    for each in everything:
        await pool.release(each)
    assert told == []


async def test_a_line_that_was_cut_is_not_handed_out_again(pool: Any) -> None:
    held = await taken(pool)
    server, holder = held.get_server_pid(), held._holder
    held._con._protocol.abort()  # as asyncpg does where a cancellation was not answered

    await pool.release(held)

    assert holder._con is None
    again = await taken(pool)
    assert again.get_server_pid() != server
    await pool.release(again)


async def test_a_connection_from_before_all_were_renewed_is_closed(pool: Any) -> None:
    held = await taken(pool)
    line = held._con
    await pool.expire_connections()

    await pool.release(held)

    assert line.is_closed()
