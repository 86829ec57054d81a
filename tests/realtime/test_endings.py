"""Whatever runs for ever ends when it is told to, even where a library swallows the first word."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import patient_pool
from models.database import ANSWER_SECONDS, SERVER_SETTINGS, tortoise_config
from models.patient_pool import PatientClient
from realtime.cancellation import ended
from tests.realtime.proxies import Wire, wire_to
from tests.realtime.world import eventually


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

    async with asyncio.timeout(60):
        await client.close()

    assert held.is_closed()


@pytest.fixture
async def wire(database: BaseDBAsyncClient, database_url: str) -> AsyncIterator[Wire]:
    """A line to PostgreSQL that can be frozen."""
    (folder,) = parse_qs(urlsplit(database_url).query)["host"]
    async with wire_to(f"unix://{folder}/.s.PGSQL.5432") as (wire, _):
        yield wire


async def dialled(wire: Wire, database_url: str, answer_seconds: float | None) -> PatientClient:
    """A pool of one connection that goes through the wire."""
    credentials = tortoise_config(database_url, pool_size=1, answer_seconds=answer_seconds)["connections"]["default"]
    place = urlsplit(database_url)._replace(netloc=f"postgres@127.0.0.1:{wire.port}", query="sslmode=disable")
    client = PatientClient(connection_name="wired", **{**credentials["credentials"], "dsn": place.geturl()})
    await client.create_connection(with_db=True)
    return client


def test_the_server_gives_a_statement_up_before_we_do() -> None:
    assert SERVER_SETTINGS["statement_timeout"] == "15s"
    assert ANSWER_SECONDS > 15


async def answered(client: PatientClient) -> int:
    """What a statement gives, on a machine that may be too busy to answer the first of them in time."""
    while True:
        with suppress(TimeoutError):
            return int((await client.execute_query("SELECT 1 AS one"))[1][0]["one"])


@pytest.mark.slow
async def test_a_statement_does_not_wait_for_a_server_that_is_frozen(wire: Wire, database_url: str) -> None:
    client = await dialled(wire, database_url, answer_seconds=1.0)
    wire.freeze()

    async with asyncio.timeout(60) as guard:
        with pytest.raises(TimeoutError):
            await client.execute_query("SELECT 1")
        wire.thaw()
        assert await answered(client) == 1
        await client.close()
    assert not guard.expired()


async def test_who_gives_a_frozen_server_up_does_not_wait_for_it_and_leaves_no_noise(
    wire: Wire, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_pool, "WAIT_SECONDS", 600.0)
    monkeypatch.setattr(patient_pool, "RELEASE_SECONDS", 0.2)
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: noise.append(context))
    client = await dialled(wire, database_url, answer_seconds=None)
    wire.freeze()
    work = asyncio.create_task(client.execute_query("SELECT 1"))
    pool = client._pool
    assert pool is not None
    await eventually(lambda: pool.get_idle_size() == 0)

    async with asyncio.timeout(60):
        await ended([work], again=0.05)  # cancelled while the pool takes the connection back, too
        wire.thaw()
        await client.execute_query("SELECT 1")
        await client.close()
    gc.collect()
    await asyncio.sleep(0)

    assert noise == []
