"""After an erasure: indexes are built anew and tables tidied, as both still hold what was erased (docs/adr/0022).

A GIN index keeps every key that it ever had, and a table the bytes of rows that are gone. Statistics keep samples.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from services.core.desk import Desk
from services.core.transactions import OLDEST_WRITER, SETTLED, WRITER

log = structlog.get_logger("surga.erasure")

REQUEST = f"INSERT INTO pending_reindex (at, written_by) VALUES ($1, {WRITER})"
# As long as a transaction is open that began before an erasure ended, what was erased is still there for it.
READY = f"SELECT id FROM pending_reindex WHERE {SETTLED} ORDER BY id"
DONE = "DELETE FROM pending_reindex WHERE id = ANY($1)"
# Columns that hold words or names, table by table; the search column is made of words.
COLUMNS = {
    "ticket": ("title", "plain_title", "body", "address", "search", "external_keys"),
    "external_link": ("external_id", "raw_status", "data"),
    "mutation_id": ("value",),
    "ticket_text": ("body",),
    "answer": ("text",),
    "reporter": (),
    "idempotency_key": (),
}
INDEXES = """
SELECT DISTINCT i.indexrelid::regclass::text AS name, i.indexrelid FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisvalid AND i.indrelid = to_regclass($1) AND a.attname = ANY($2) ORDER BY i.indexrelid
"""
# What a rebuild that was stopped left behind; nobody reads it, and it holds words as well.
HALF_BUILT = """
SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND i.indrelid = to_regclass($1) AND c.relname ~ '_cc(new|old)[0-9]*$' ORDER BY 1
"""
SIZE = "SELECT pg_table_size(to_regclass($1))"
# To write a table anew keeps everybody out of it: measured, 2.6 s for the 15 MB of 21,000 tickets on two busy cores.
# Above this size it is only tidied, and its free bytes are overwritten by what comes next; docs/security.md says what
# to do about it.
LARGEST_REWRITE = 8 * 1024 * 1024  # bytes
# Longer than an autovacuum takes to give way, and shorter than others wait who queue behind.
SHORTLY = "SET lock_timeout = '1500ms'; SET statement_timeout = 0"
PATIENTLY = "SET lock_timeout = 0; SET statement_timeout = 0"
ORDINARY = "RESET lock_timeout; RESET statement_timeout"
NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
OLDEST = f"SELECT {OLDEST_WRITER}"
LONGEST_TRANSACTION = 60.0  # seconds; ours end within 15
LONGEST = 6 * 3600.0  # seconds for one statement


async def request(using: BaseDBAsyncClient, at: datetime) -> None:
    """Note, in the transaction of an erasure, that there is something to tidy up."""
    await using.execute_query(REQUEST, [at])


async def reindex(desk: Desk) -> int:
    """Tidy up after all erasures that ended; gives their number, 0 where there were none. Repeats what was stopped."""
    async with connection().acquire_connection() as held:
        ready = [row["id"] for row in await held.fetch(READY)]
        if not ready or not await _tidied(held, COLUMNS):
            return 0
        await held.execute(DONE, ready)
    return len(ready)


async def tidy_after_rewriting(desk: Desk) -> bool:
    """Tidy up the log after it has lost words, and ask for the rest; False where the log is too busy."""
    await request(connection(), desk.now())
    async with connection().acquire_connection() as held:
        return await _tidied(held, {"event": ()})


async def _tidied(held: Any, tables: Mapping[str, Sequence[str]]) -> bool:
    """Tidy these tables, outside of any transaction; False where one is too busy to be written anew."""
    try:
        for table, columns in tables.items():
            await _tidy(held, table, columns)
        if not await _outlived(held):
            log.warning("an old transaction is open, and samples are removed later", tables=list(tables))
            return False
        # Samples of what stood there; who may not tidy the catalogue is warned by PostgreSQL, and goes on.
        await held.execute("VACUUM FULL pg_statistic", timeout=LONGEST)
    except asyncpg.LockNotAvailableError:
        log.warning("tables are busy, and tidied later", tables=list(tables))
        return False
    finally:
        await held.execute(ORDINARY)
    return True


async def _outlived(held: Any) -> bool:
    """Wait until no transaction is open that can still see what was sampled before; False where one stays open."""
    newest = await held.fetchval(NEWEST)
    until = time.monotonic() + LONGEST_TRANSACTION
    while await held.fetchval(OLDEST) < newest:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.1)
    return True


async def _tidy(held: Any, table: str, columns: Sequence[str]) -> None:
    rewritten = await held.fetchval(SIZE, table) <= LARGEST_REWRITE
    await held.execute(SHORTLY if rewritten else PATIENTLY)
    await held.execute(f"VACUUM ({'FULL, ' if rewritten else ''}ANALYZE) {table}", timeout=LONGEST)
    await held.execute(PATIENTLY)
    for row in await held.fetch(HALF_BUILT, table):
        await held.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {row['name']}", timeout=LONGEST)
    indexes = [row["name"] for row in await held.fetch(INDEXES, table, list(columns))]
    for name in indexes:
        await held.execute(f"REINDEX INDEX CONCURRENTLY {name}", timeout=LONGEST)
    log.info("table tidied", table=table, rewritten=rewritten, indexes=indexes)
