"""Moves counts into the audit log: from the memory of every process to one entry per kind, principal and minute.

Source: docs/adr/0013.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from models.database import connection
from models.enums import AuditKind
from services.audit.audit import NewEntry, insert, row_of
from services.core.counters import Key
from services.core.desk import Desk
from services.core.transactions import transaction

FLUSH_SECONDS = 10.0
SETTLED = timedelta(seconds=75)  # after its beginning a minute is over, and every process has flushed it
BATCH = 1_000
ADD = """
INSERT INTO audit_tally (minute, kind, principal, count)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (minute, kind, principal) DO UPDATE SET count = audit_tally.count + excluded.count
"""
TAKE = """
WITH taken AS (
  DELETE FROM audit_tally WHERE id IN (SELECT id FROM audit_tally WHERE minute <= $1 ORDER BY id LIMIT $2 FOR UPDATE)
  RETURNING minute, kind, principal, count
) SELECT minute, kind, principal, count FROM taken ORDER BY minute, kind, principal
"""


async def flush(desk: Desk) -> int:
    """Add this process's counts to the table; where the database does not answer, they are kept for the next flush."""
    taken = desk.counters.take()
    if not taken:
        return 0
    try:
        await _add(sorted(taken.items()))
    except BaseException:
        desk.counters.give_back(taken)
        raise
    return len(taken)


async def _add(rows: list[tuple[Key, int]]) -> None:
    minutes, kinds, principals = zip(*(key for key, _ in rows), strict=True)
    counts = [count for _, count in rows]
    await connection().execute_query(ADD, [list(minutes), list(map(str, kinds)), list(principals), counts])


async def settle(desk: Desk) -> int:
    """Turn the counts of minutes that are over into entries; gives their number."""
    total = 0
    while taken := await _settle_batch(desk):
        total += taken
    return total


async def _settle_batch(desk: Desk) -> int:
    async with transaction() as using:
        _, rows = await using.execute_query(TAKE, [desk.now() - SETTLED, BATCH])
        entries = [_entry(desk, row) for row in rows]
        if entries:
            await insert(using, entries)
    return len(entries)


def _entry(desk: Desk, row: Mapping[str, Any]) -> tuple[Any, ...]:
    entry = NewEntry(AuditKind(row["kind"]), row["principal"], count=row["count"])
    return row_of(desk.keys, row["minute"], entry)
