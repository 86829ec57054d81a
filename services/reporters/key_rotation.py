"""Seal every reporter anew under the newest secret, batch by batch, until none is left (docs/adr/0010)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Reporter
from models.database import connection
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.audit.audit import record
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.reporters.contacts import normalised
from services.reporters.sealing import FIELDS, CannotUnseal, current_key_id, sealed_columns, unseal

BATCH = 200
PATIENCE = 30.0  # seconds without any progress; our choice: ten times what a statement waits for a lock
LOOK = 0.05
WAITING = "SELECT count(*) AS n FROM reporter WHERE key_id <> $1"
PORTION = """
SELECT id, ticket_id, name, phone, email, nik FROM reporter WHERE key_id <> $1 AND id > $2
ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
LOCKED = """
SELECT id, ticket_id, name, phone, email, nik FROM reporter WHERE key_id <> $1 AND NOT id = ANY($2)
ORDER BY id LIMIT 1 FOR UPDATE
"""
# A row that is not committed is in no count yet; whoever wrote one holds this lock until the transaction ends.
WRITERS = """
SELECT DISTINCT virtualtransaction AS writer FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
AND relation = 'reporter'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """left counts what is under another key at the end, unreadable those of them whose key was not told.

    unfinished: somebody was still writing reporters at the end, perhaps under another key.
    """

    sealed: int
    unreadable: int
    left: int
    unfinished: bool = False

    @property
    def complete(self) -> bool:
        return self.left == 0 and not self.unfinished


@dataclass(slots=True)
class Rotation:
    """One run; unreadable holds the ids that its last pass could not read."""

    keys: Keys
    progress: Progress | None
    patience: float
    sealed: int = 0
    unreadable: set[int] = field(default_factory=set)

    async def run(self) -> Rotated:
        known, until = -1, 0.0
        while True:
            await self._pass()
            moved, known = self.sealed > known, self.sealed
            if moved:
                until = _now() + self.patience
            unfinished = not await _writers_ended(until)
            left = await _waiting(self.keys)
            if left <= len(self.unreadable) or (not moved and _now() >= until):
                return Rotated(self.sealed, min(left, len(self.unreadable)), left, unfinished)
            if not moved:
                await self._wait_for_one()

    async def _pass(self) -> None:
        """Seal everything that nobody holds; what is locked is left for the next pass."""
        last, total = 0, self.sealed + await _waiting(self.keys)
        self.unreadable.clear()
        while rows := await self._seal(PORTION, last, BATCH):
            last = rows[-1]["id"]
            if self.progress is not None:
                self.progress(self.sealed + len(self.unreadable), total)

    async def _wait_for_one(self) -> None:
        """Wait until one of the locked rows is free, as long as a statement may wait for a lock, and seal it."""
        try:
            await self._seal(LOCKED, sorted(self.unreadable))
        except EdgeRefusal as refusal:
            if refusal.code != "BUSY":
                raise

    async def _seal(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        async with transaction() as using:
            rows = await using.execute_query_dict(statement, [current_key_id(self.keys), *values])
            sealed = [await self._seal_row(using, row) for row in rows]
        self.sealed += sum(sealed)  # after COMMIT: one that fails has sealed nothing
        return rows

    async def _seal_row(self, using: BaseDBAsyncClient, row: Mapping[str, Any]) -> bool:
        try:
            values = {name: unseal(self.keys, row["ticket_id"], name, row[name]) for name in FIELDS}
        except CannotUnseal:
            self.unreadable.add(row["id"])
            return False
        columns = sealed_columns(self.keys, row["ticket_id"], normalised(values))
        await Reporter.filter(id=row["id"]).using_db(using).update(**columns)
        return True


async def rotate(keys: Keys, progress: Progress | None = None, patience: float = PATIENCE) -> Rotated:
    """Seal all values of older keys, or of none, under the newest; a second run finds nothing to do.

    What others write or hold meanwhile is come back to, until nothing has moved for patience (seconds).
    """
    return await Rotation(keys, progress, patience).run()


async def rotate_on_record(desk: Desk, progress: Progress | None = None, patience: float = PATIENCE) -> Rotated:
    """The same, with its beginning and its outcome in the audit log."""
    key = current_key_id(desk.keys)
    await record(desk, AuditKind.KEYS_ROTATED, SYSTEM.principal, details={"key": key, "state": "begun"})
    done = await rotate(desk.keys, progress, patience)
    details: dict[str, str | int | bool] = {
        "key": key,
        "state": "done" if done.complete else "incomplete",
        "sealed": done.sealed,
        "unreadable": done.unreadable,
    }
    if done.left:
        details["left"] = done.left
    await record(desk, AuditKind.KEYS_ROTATED, SYSTEM.principal, details=details)
    return done


def _now() -> float:
    """Seconds of a clock that nobody sets."""
    return asyncio.get_running_loop().time()


async def _waiting(keys: Keys) -> int:
    rows = await connection().execute_query_dict(WAITING, [current_key_id(keys)])
    return int(rows[0]["n"])


async def _writers_ended(until: float) -> bool:
    """Wait for those who write reporters now, so that a count holds what they leave; False if some still do."""
    first = open_now = await _writers()
    while open_now:
        if _now() >= until:
            return False
        await asyncio.sleep(LOOK)
        open_now = first & await _writers()
    return True


async def _writers() -> set[str]:
    return {row["writer"] for row in await connection().execute_query_dict(WRITERS)}
