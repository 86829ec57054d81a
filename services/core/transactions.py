"""One transaction, whose waits for locks end as BUSY."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models.database import CONNECTION, connection
from services.core.refusals import EdgeRefusal

# What a row notes of the transaction that writes it, and whether none is open any more that began before that ended:
# such a one may still read, and write, what was true before.
WRITER = "pg_current_xact_id()::text::bigint"
OLDEST_WRITER = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
SETTLED = f"written_by < {OLDEST_WRITER}"
BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError)


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """One transaction; who waited too long for a lock, at COMMIT for the log's head, gets BUSY and may try again."""
    try:
        async with in_transaction(CONNECTION) as connection:
            yield connection
    except BUSY:
        raise EdgeRefusal("BUSY", "desk_busy", extensions={"retryAfterSeconds": 1}) from None


BATCH = 1_000  # rows; our choice


async def delete_all(statement: str, before: datetime) -> int:
    """Repeat a bounded DELETE until it finds nothing, so that no statement locks many rows for long."""
    total = 0
    while deleted := (await connection().execute_query(statement, [before, BATCH]))[0]:
        total += deleted
        if deleted < BATCH:
            break
    return total
