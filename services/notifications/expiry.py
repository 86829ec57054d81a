"""Notifications go after a time, which the city sets, and with the account (docs/adr/0031)."""

from __future__ import annotations

from datetime import timedelta

from models.database import connection
from services.core.desk import Desk
from services.core.transactions import delete_all

KEEP_DAYS = 180  # our choice, of a city that says nothing
RULE = """
SELECT keep_days FROM notification_rule WHERE valid_from <= $1 ORDER BY valid_from DESC LIMIT 1
"""
OLD = """
DELETE FROM notification WHERE id IN (
  SELECT id FROM notification WHERE at <= $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
OF_ENDED = """
DELETE FROM notification WHERE id IN (
  SELECT n.id FROM officer o JOIN notification n ON n.officer_id = o.id
  WHERE NOT o.active AND n.at <= $1 LIMIT $2 FOR UPDATE OF n SKIP LOCKED)
"""
FAR = timedelta(days=400)  # what waits for office hours goes with its account too


async def expire_notifications(desk: Desk) -> int:
    """Remove what is too old, and all of accounts that have ended; gives the number of rows."""
    rows = await connection().execute_query_dict(RULE, [desk.today()])
    keep = timedelta(days=rows[0]["keep_days"] if rows else KEEP_DAYS)
    return await delete_all(OLD, desk.now() - keep) + await delete_all(OF_ENDED, desk.now() + FAR)
