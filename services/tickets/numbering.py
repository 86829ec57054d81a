"""Tracking numbers (S14): KDR-2026-000123, without holes per year of receipt in the desk's zone (decided here)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

TAKE = """
INSERT INTO ticket_counter (year, issued) VALUES ($1, $2)
ON CONFLICT (year) DO UPDATE SET issued = ticket_counter.issued + excluded.issued RETURNING issued
"""


async def next_number(connection: BaseDBAsyncClient, prefix: str, moment: datetime, zone: ZoneInfo) -> str:
    """The next number of the year that moment falls in; the year's counter stays locked until COMMIT."""
    return (await next_numbers(connection, prefix, moment, zone, 1))[0]


async def next_numbers(
    connection: BaseDBAsyncClient, prefix: str, moment: datetime, zone: ZoneInfo, count: int
) -> list[str]:
    """The next count numbers of one year, in order."""
    year = moment.astimezone(zone).year
    rows = await connection.execute_query_dict(TAKE, [year, count])
    last = int(rows[0]["issued"])
    return [f"{prefix}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
