"""Removes summaries from the list of an officer who may see none of their tickets any more (docs/adr/0031)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import NotificationKind, SubjectKind
from models.event_formats import lifted
from realtime.log import LoggedEvent, NewEvent
from services.master_data.people import People, Post
from services.notifications.clearing import cleared, losing

HELD = f"""
SELECT id, officer_id, tickets FROM notification
WHERE told AND kind = '{NotificationKind.SUMMARY}' AND tickets && $1::bigint[] ORDER BY officer_id, id
"""
# As the log has them at that position: what is read later would end a summary twice, or not at all.
STOOD = f"""
SELECT e.format, e.after::text AS after FROM unnest($1::bigint[]) AS k(id) CROSS JOIN LATERAL (
  SELECT format, after FROM event
  WHERE subject_kind = '{SubjectKind.TICKET}' AND subject_id = k.id AND seq <= $2 AND after IS NOT NULL
  ORDER BY seq DESC LIMIT 1
) e
"""


async def gone_summaries(
    connection: BaseDBAsyncClient, events: Sequence[LoggedEvent], people: People, now: datetime
) -> list[NewEvent]:
    """The events that tell officers which summaries went with the tickets that left their sight."""
    found = list[NewEvent]()
    held = await connection.execute_query_dict(HELD, [sorted({event.ticket_id or 0 for event in events})])
    for event in events if held else ():
        for row in held:
            posts = losing(people, row["officer_id"], event) if event.ticket_id in row["tickets"] else []
            if posts and await _is_empty(connection, row["tickets"], event.seq, posts):
                found.append(cleared(row["officer_id"], [row["id"]], now, ticket_id=event.ticket_id))
    return found


async def _is_empty(connection: BaseDBAsyncClient, tickets: Iterable[int], seq: int, posts: Sequence[Post]) -> bool:
    """Whether one of these posts sees none of the tickets as they stood at this position of the log."""
    rows = await connection.execute_query_dict(STOOD, [sorted(set(tickets)), seq])
    states = [lifted(row["format"], orjson.loads(row["after"])) or {} for row in rows]
    return any(not any(post.sees(state) for state in states) for post in posts)
