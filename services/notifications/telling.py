"""Telling what people may hear of now: rows become visible with an event for their feeds (docs/adr/0031)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import ActorKind, EventKind, NotificationKind, SubjectKind, Visibility
from realtime import log
from realtime.log import NewEvent
from services.core.desk import Desk
from services.core.transactions import transaction

AT_ONCE = 500  # rows of one transaction
DUE = """
SELECT id, officer_id, ticket_id, source_seq FROM notification WHERE NOT told AND NOT late AND at <= $1
ORDER BY at, source_seq, id LIMIT $2 FOR UPDATE
"""
# Whose summary is not complete, as more came a moment ago, is told later.
GATHERED = """
SELECT id, officer_id, kind, at, ticket_id, source_seq FROM notification n WHERE NOT told AND late AND NOT EXISTS (
  SELECT FROM notification other WHERE other.officer_id = n.officer_id AND NOT other.told AND other.late
  AND other.at > $1)
ORDER BY officer_id, source_seq, id FOR UPDATE
"""
TELL = "UPDATE notification SET told = true, late = false WHERE id = ANY($1)"
SUMMARISE = """
UPDATE notification SET kind = $2, at = $3, ticket_id = NULL, clock = NULL, escalation_id = NULL, tickets = $4
WHERE id = $1
"""
DROP = "DELETE FROM notification WHERE id = ANY($1)"
Found = Sequence[Mapping[str, Any]]


async def tell(desk: Desk) -> int:
    """Tell what is due; gives the number of rows."""
    total = 0
    while True:
        now = desk.now()
        async with transaction() as connection:
            found = [*await _due(connection, now), *await _summaries(connection, now)]
            if not found:
                return total
            await connection.execute_query(TELL, [[row["id"] for row in found]])
            appended = await log.append(connection, [_event(rows, now) for rows in _together(found)])
        await desk.committed(appended.least_seq)
        total += len(found)


async def _due(connection: BaseDBAsyncClient, now: datetime) -> Found:
    return await connection.execute_query_dict(DUE, [now, AT_ONCE])


async def _summaries(connection: BaseDBAsyncClient, now: datetime) -> Found:
    """The notifications that a standstill delayed: several of one officer become one summary, a single one stays."""
    late = await connection.execute_query_dict(GATHERED, [now])
    return [await _summary(connection, list(rows)) for _, rows in groupby(late, key=lambda row: row["officer_id"])]


async def _summary(connection: BaseDBAsyncClient, rows: Found) -> Mapping[str, Any]:
    if len(rows) == 1:
        return rows[0]
    first, others = rows[0], [row["id"] for row in rows[1:]]
    tickets = [row["ticket_id"] for row in rows]
    at = max(row["at"] for row in rows)
    await connection.execute_query(SUMMARISE, [first["id"], NotificationKind.SUMMARY.value, at, tickets])
    await connection.execute_query(DROP, [others])
    return {**first, "ticket_id": None}


def _together(rows: Found) -> Iterable[Found]:
    """Rows of one event and ticket, which are told by one event; each officer has at most one of them."""
    for _, found in groupby(rows, key=lambda row: (row["source_seq"], row["ticket_id"])):
        together = list(found)
        if together[0]["source_seq"] is None:
            yield from ([row] for row in together)
        else:
            yield together


def _event(rows: Found, now: datetime) -> NewEvent:
    ticket: int | None = rows[0]["ticket_id"]
    return NewEvent(
        kind=EventKind.NOTIFIED,
        at=now,
        actor_kind=ActorKind.SYSTEM,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.NOTIFICATION,
        subject_id=rows[0]["id"],
        details={"to": {str(row["officer_id"]): row["id"] for row in rows}}
        | ({} if ticket is None else {"ticket": ticket}),
    )
