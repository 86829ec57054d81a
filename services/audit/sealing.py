"""The sealer: gives waiting entries their positions in the chain, batch by batch, one sealer at a time.

Source: docs/adr/0013.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from services.audit.audit import COLUMNS, mac_of
from services.audit.chain import Head, current_head, entry_digest, following
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.transactions import transaction

SEALER_LOCK = 7_357_210  # held until COMMIT, so that a chain never forks however many sealers there are
BATCH = 1_000
WAITING = f"""
SELECT e.id, {", ".join(f"e.{name}" for name in COLUMNS)} FROM audit_waiting w JOIN audit_entry e ON e.id = w.entry_id
ORDER BY e.id LIMIT $1
"""
SEAL = """
INSERT INTO audit_seal (position, entry_id, sealed_at, digest, head)
SELECT position, entry, $3::timestamptz, digest, head
FROM unnest($1::bigint[], $2::bigint[], $4::text[], $5::text[]) AS sealed (position, entry, digest, head)
"""
DONE = "DELETE FROM audit_waiting WHERE entry_id = ANY($1)"


@dataclass(slots=True)
class Sealed:
    """How many entries were sealed, the newest head, and the entries that Surga did not write."""

    count: int = 0
    head: Head | None = None
    foreign: list[int] = field(default_factory=list)


async def seal_waiting(desk: Desk) -> Sealed:
    """Seal all waiting entries, by id within a batch; one that commits late gets a later position, none is left out."""
    done = Sealed()
    while await _seal_batch(desk, done) == BATCH:
        continue
    return done


async def _seal_batch(desk: Desk, done: Sealed) -> int:
    async with transaction() as using:
        await using.execute_query("SELECT pg_advisory_xact_lock($1)", [SEALER_LOCK])
        _, rows = await using.execute_query(WAITING, [BATCH])
        if rows:
            done.head = await _seal(using, await current_head(using), rows, desk.now())
    done.count += len(rows)
    done.foreign += [row["id"] for row in rows if not is_ours(desk.keys, row)]
    return len(rows)


async def _seal(using: BaseDBAsyncClient, head: Head, rows: Sequence[Mapping[str, Any]], moment: datetime) -> Head:
    digests, heads, positions = [entry_digest(row) for row in rows], [], []
    for digest in digests:
        head = Head(following(head.digest, head.position + 1, moment, digest), head.position + 1)
        positions.append(head.position)
        heads.append(head.digest)
    ids = [row["id"] for row in rows]
    await using.execute_query(SEAL, [positions, ids, moment, digests, heads])
    await using.execute_query(DONE, [ids])
    return head


def is_ours(keys: Keys, row: Mapping[str, Any]) -> bool:
    """Whether Surga wrote an entry, with the secret of this installation."""
    return bool(row["mac"] == mac_of(keys, row))
