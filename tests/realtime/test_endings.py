"""Whatever runs for ever ends when it is told to, even where a library swallows the first word."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import patient_pool
from models.database import tortoise_config
from models.patient_pool import PatientClient
from realtime.endings import ended


async def deaf(times: list[str]) -> None:
    """Does what Python 3.11's wait_for does to a cancellation that meets its end: the first one is lost."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    times.append("swallowed")
    await asyncio.Event().wait()


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    times: list[str] = []
    stubborn, willing = asyncio.create_task(deaf(times)), asyncio.create_task(asyncio.Event().wait())
    await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await ended([stubborn, willing], again=0.01)

    assert (stubborn.cancelled(), willing.cancelled(), times) == (True, True, ["swallowed"])


async def test_a_task_that_failed_before_is_no_trouble_at_the_end() -> None:
    async def fail() -> None:
        raise ValueError

    broken = asyncio.create_task(fail())
    await asyncio.sleep(0)

    await ended([broken])

    assert isinstance(broken.exception(), ValueError)


async def test_closing_the_pool_waits_for_nobody_whose_line_is_dead(
    database: BaseDBAsyncClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_pool, "CLOSE_SECONDS", 0.05)
    credentials = tortoise_config(database_url, pool_size=2)["connections"]["default"]["credentials"]
    client = PatientClient(connection_name="held", **credentials)
    await client.create_connection(with_db=True)
    assert client._pool is not None
    held = (await client._pool.acquire())._con

    async with asyncio.timeout(5):
        await client.close()

    assert held.is_closed()
