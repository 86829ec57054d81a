"""Where coordinators sit on a day: a report about such an agency is berkadar pengawasan (docs/adr/0021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

POSTS_LOCK = 7_357_104  # posts wait for whoever says who is reported, and those for posts: neither misses the other
LOOKED_BACK = timedelta(days=3)  # our choice: for so long a server may have been off when posts ended
# Every agency in which a coordinator of the day $1 has a post of any role, and the day since when.
STEERING = """
SELECT a.agency_id, max(greatest(a.valid_from, c.valid_from)) AS day
FROM assignment a JOIN assignment c ON c.officer_id = a.officer_id AND c.role = 'COORDINATOR'
JOIN officer o ON o.id = a.officer_id AND o.active
WHERE a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
  AND c.valid_from <= $1 AND (c.valid_to IS NULL OR c.valid_to >= $1)
"""
LEFT = f"""
SELECT a.agency_id, max(least(a.valid_to, c.valid_to)) AS day
FROM assignment a JOIN assignment c ON c.officer_id = a.officer_id AND c.role = 'COORDINATOR'
JOIN officer o ON o.id = a.officer_id AND o.active
WHERE a.valid_from <= c.valid_to IS NOT FALSE AND c.valid_from <= a.valid_to IS NOT FALSE
  AND least(a.valid_to, c.valid_to) >= $2 AND least(a.valid_to, c.valid_to) < $1
  AND a.agency_id NOT IN (SELECT agency_id FROM ({STEERING} GROUP BY a.agency_id) s)
GROUP BY a.agency_id
"""


async def await_posts(connection: BaseDBAsyncClient) -> None:
    """Keep all posts as they are until the transaction ends; taken before any ticket, as hold_posts is too.

    Who changes posts locks the reports that become supervisory by it with the posts held.
    """
    await connection.execute_query("SELECT pg_advisory_xact_lock_shared($1)", [POSTS_LOCK])


async def hold_posts(connection: BaseDBAsyncClient) -> None:
    """Let nobody say who is reported until the transaction, which changes posts, ends."""
    await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [POSTS_LOCK])


async def steering_agencies(connection: BaseDBAsyncClient, day: date) -> dict[int, date]:
    """The agencies in which coordinators of a day sit, each with the day since when the latest of them does."""
    _, rows = await connection.execute_query(f"{STEERING} GROUP BY a.agency_id", [day])
    return _days(rows)


async def is_steering(connection: BaseDBAsyncClient, agency_id: int | None, day: date) -> bool:
    """Whether a coordinator sits in this agency: a report about it belongs to the inspector (berkadar pengawasan)."""
    if agency_id is None:
        return False
    _, rows = await connection.execute_query(f"{STEERING} AND a.agency_id = $2 GROUP BY a.agency_id", [day, agency_id])
    return bool(rows)


async def left_agencies(connection: BaseDBAsyncClient, day: date) -> dict[int, date]:
    """The agencies that the last coordinator has left in the days before, each with their last day there."""
    _, rows = await connection.execute_query(LEFT, [day, day - LOOKED_BACK])
    return _days(rows)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), tzinfo=zone)


def _days(rows: Sequence[Mapping[str, Any]]) -> dict[int, date]:
    return {row["agency_id"]: row["day"] for row in rows}
