"""Removes notifications of tickets that an officer may see no more, by an event of the log for their devices.

Source: docs/adr/0031.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import ActorKind, EventKind, SubjectKind, Visibility
from realtime.log import LoggedEvent, NewEvent
from services.master_data.people import People, Post

# The fields of a state by which rights go; whoever adds one to services/access/access.py adds it here.
DECIDING = ("lead", "supporting", "confidential", "supervisory", "reported")
MOST_IDS = 500  # of one event and frame, our choice: an officer is told of some ten thousand things in a year
HELD = """
SELECT id, officer_id, ticket_id FROM notification WHERE told AND ticket_id = ANY($1) ORDER BY officer_id, id
"""


def is_narrowing(event: LoggedEvent) -> bool:
    """Whether somebody may see the ticket no more after this event."""
    before, after = event.before, event.after
    return before is not None and after is not None and any(before.get(f) != after.get(f) for f in DECIDING)


async def gone(
    connection: BaseDBAsyncClient, events: Sequence[LoggedEvent], people: People, now: datetime
) -> list[NewEvent]:
    """The events that tell officers which of their notifications went with the tickets that left their sight."""
    held: dict[int, dict[int, list[int]]] = {}
    for row in await connection.execute_query_dict(HELD, [sorted({event.ticket_id or 0 for event in events})]):
        held.setdefault(row["ticket_id"], {}).setdefault(row["officer_id"], []).append(row["id"])
    return [each for event in events for each in _of_one(event, held.get(event.ticket_id or 0, {}), people, now)]


def _of_one(event: LoggedEvent, held: Mapping[int, list[int]], people: People, now: datetime) -> list[NewEvent]:
    lost = {officer: ids for officer, ids in held.items() if losing(people, officer, event)}
    return [
        cleared(officer, part, now, ticket_id=event.ticket_id) for officer, ids in lost.items() for part in parts(ids)
    ]


def losing(people: People, officer_id: int, event: LoggedEvent) -> list[Post]:
    """The posts of an officer whose sight the ticket left with this event: for which one a device acts is not known."""
    before, after = event.before, event.after
    if before is None or after is None:
        return []
    return [post for post in people.of(officer_id) if post.sees(before) and not post.sees(after)]


def cleared(
    officer_id: int, ids: Sequence[int], now: datetime, *, ticket_id: int | None = None, by: str | None = None
) -> NewEvent:
    """The event that takes notifications from an officer's other devices; ticket_id: as its sight of it ended."""
    return NewEvent(
        kind=EventKind.NOTIFICATIONS_CLEARED,
        at=now,
        actor_kind=ActorKind.SYSTEM if by is None else ActorKind.STAFF,
        actor_id=by,
        actor_officer_id=None if by is None else officer_id,
        visibility=Visibility.INTERNAL,
        subject_kind=SubjectKind.NOTIFICATION,
        subject_id=officer_id,
        details={"to": {str(officer_id): list(ids)}} | ({} if ticket_id is None else {"ticket": ticket_id}),
    )


def parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
