"""Seal every reporter anew under the newest secret, batch by batch, while servers run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models import Reporter
from models.database import connection
from models.enums import AuditKind
from services.access.scopes import SYSTEM
from services.audit.audit import Details, record
from services.core.desk import Desk
from services.core.keys import Keys
from services.core.transactions import transaction
from services.reporters.sealing import FIELDS, CannotUnseal, current_key_id, sealed_columns, unseal

BATCH = 200
PORTION = """
SELECT id, ticket_id, name, phone, email, nik FROM reporter WHERE key_id <> $1 AND id > $2
ORDER BY id LIMIT $3 FOR UPDATE
"""
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Rotated:
    """unreadable counts the reporters whose key was not told; they stay as they are."""

    sealed: int = 0
    unreadable: int = 0


async def rotate(keys: Keys, progress: Progress | None = None) -> Rotated:
    """Seal all values of older keys, or of none, under the newest; a second run finds nothing to do."""
    done, last, total = Rotated(), 0, await _waiting(keys)
    while True:
        async with transaction() as using:
            _, rows = await using.execute_query(PORTION, [current_key_id(keys), last, BATCH])
            await _seal(using, keys, rows, done)
        if not rows:
            return done
        last = rows[-1]["id"]
        if progress is not None:
            progress(done.sealed + done.unreadable, total)


async def rotate_on_record(desk: Desk, progress: Progress | None = None) -> Rotated:
    """The same, with its beginning and its outcome in the audit log."""
    key = current_key_id(desk.keys)
    await record(desk, AuditKind.KEYS_ROTATED, SYSTEM.principal, details={"key": key, "state": "begun"})
    done = await rotate(desk.keys, progress)
    details: Details = {"key": key, "state": "done", "sealed": done.sealed, "unreadable": done.unreadable}
    await record(desk, AuditKind.KEYS_ROTATED, SYSTEM.principal, details=details)
    return done


async def _waiting(keys: Keys) -> int:
    statement = "SELECT count(*) AS n FROM reporter WHERE key_id <> $1"
    _, rows = await connection().execute_query(statement, [current_key_id(keys)])
    return int(rows[0]["n"])


async def _seal(using: BaseDBAsyncClient, keys: Keys, rows: Sequence[Mapping[str, Any]], done: Rotated) -> None:
    for row in rows:
        try:
            values = {name: unseal(keys, row["ticket_id"], name, row[name]) for name in FIELDS}
        except CannotUnseal:
            done.unreadable += 1
            continue
        given = {name: value for name, value in values.items() if value is not None}
        columns = sealed_columns(keys, row["ticket_id"], given)
        await Reporter.filter(id=row["id"]).using_db(using).update(**columns)
        done.sealed += 1
