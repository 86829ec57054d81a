"""Commits a second of 16 writers on a loop as busy as one with 2,000 screens, beside a head that append itself locks.

The baseline is how places were given before docs/adr/0016: append takes the place, and the head stays locked until the
writer's loop has come to COMMIT and the server has flushed it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import orjson
import uvloop
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from api.embedded.embedded import Servers, running_servers
from bench.rounds import ratios, told
from models import database
from models.enums import ActorKind, EventKind, SubjectKind
from realtime import log

WRITERS, ROUNDS, SECONDS = 16, 3, 2.0
PART_SECONDS = 500 * 9e-6  # what the hub writes before it hands the loop back: 500 screens at 9 us (docs/realtime.md)
NAME = "surga_test_bench"
APPEND_AT_ONCE = """
WITH head AS (
    UPDATE log_head SET seq = seq + $2::bigint WHERE id = 1 RETURNING seq
), written AS (
    INSERT INTO event (seq, at, recorded_at, subject_kind, subject_id, version, kind, actor_kind, visibility)
    SELECT head.seq - $2::bigint + row.place, row.at, clock_timestamp(), row.subject_kind, row.subject_id, row.version,
        row.kind, row.actor_kind, row.visibility
    FROM head, jsonb_to_recordset($1::text::jsonb) AS row(place bigint, at timestamptz, subject_kind text,
        subject_id bigint, version int, kind text, actor_kind text, visibility text)
)
SELECT seq FROM head
"""
EVENT = log.NewEvent(
    kind=EventKind.CREDENTIAL_ISSUED,
    at=datetime(2026, 11, 29, tzinfo=UTC),
    actor_kind=ActorKind.SYSTEM,
    subject_kind=SubjectKind.CREDENTIAL,
    subject_id=1,
)
Append = Callable[[BaseDBAsyncClient], Awaitable[object]]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="surga-bench-", dir="/tmp"))
    try:
        with running_servers(folder) as servers:
            uvloop.run(measured(servers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measured(servers: Servers) -> None:
    server = await asyncpg.connect(servers.postgres)
    await server.execute(f"CREATE DATABASE {NAME}")
    await server.close()
    await database.migrate(servers.database_url(NAME))
    async with database.connected(servers.database_url(NAME), pool_size=WRITERS + 2):
        print(f"{WRITERS} writers in one process, each BEGIN, append, COMMIT; fsync is on")
        await compared("a loop with nothing else to do", 0)
        busy = f"a loop that writes to screens for {PART_SECONDS * 1e3:.1f} ms in every turn"
        await compared(busy, PART_SECONDS)
        await compared(f"{busy}, two statements before append", PART_SECONDS, statements=2)


async def compared(name: str, busy: float, statements: int = 0) -> None:
    """Both ways by turns, so that a noisy machine is noisy for both."""
    before, now = [], []
    for _ in range(ROUNDS):
        before.append(await commits_a_second(append_at_once, busy, statements))
        now.append(await commits_a_second(append_for_commit, busy, statements))
    print(name)
    print(f"  baseline: the head is locked from append on  {told(before, 0)} commits a second")
    print(f"  places are given at COMMIT                   {told(now, 0)} commits a second")
    print(f"  ratio {told(ratios(now, before))}")


async def append_at_once(connection: BaseDBAsyncClient) -> None:
    row = orjson.dumps([{**log._row(1, EVENT), "place": 1}]).decode()
    await connection.execute_query_dict(APPEND_AT_ONCE, [row, 1])


async def append_for_commit(connection: BaseDBAsyncClient) -> None:
    await log.append(connection, [EVENT])


async def commits_a_second(append: Append, busy: float, statements: int) -> float:
    """How many transactions all writers bring to their end."""
    started = time.perf_counter()
    until = started + SECONDS
    loading = asyncio.create_task(load(busy, until)) if busy else None
    counts = await asyncio.gather(*(write(append, statements, until) for _ in range(WRITERS)))
    lasted = time.perf_counter() - started
    if loading is not None:
        await loading
    return sum(counts) / lasted


async def write(append: Append, statements: int, until: float) -> int:
    """Write until then; statements stand for the ticket that a use case locks and saves before."""
    count = 0
    while time.perf_counter() < until:
        async with in_transaction() as transaction:
            for _ in range(statements):
                await transaction.execute_query("SELECT 1")
            await append(transaction)
        count += 1
    return count


async def load(busy: float, until: float) -> None:
    """Hold the loop, and hand it back, by turns."""
    while time.perf_counter() < until:
        part_ends = time.perf_counter() + busy
        while time.perf_counter() < part_ends:
            pass
        await asyncio.sleep(0)


if __name__ == "__main__":
    main()
