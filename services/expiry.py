"""Rows that have an end, and are removed after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.database import connection
from services.desk import Desk

BATCH = 1_000
KEEP_SESSIONS = timedelta(days=1)  # who returns on the same day is told that the session has ended

IDEMPOTENCY_KEYS = """
DELETE FROM idempotency_key WHERE id IN (
  SELECT id FROM idempotency_key WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
SESSIONS = """
DELETE FROM credential WHERE id IN (
  SELECT id FROM credential WHERE (kind = 'CITIZEN' OR session) AND expires_at <= $1
  ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
INVITATIONS = """
DELETE FROM invitation WHERE id IN (
  SELECT id FROM invitation WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def expire_idempotency_keys(desk: Desk) -> int:
    """Forget submissions whose key has expired; gives their number."""
    return await delete_all(IDEMPOTENCY_KEYS, desk.now())


async def expire_sessions(desk: Desk) -> int:
    """Remove the sessions of citizens and staff that ended more than a day ago; gives their number."""
    return await delete_all(SESSIONS, desk.now() - KEEP_SESSIONS)


async def expire_invitations(desk: Desk) -> int:
    """Remove one-time links that nobody used in time; gives their number."""
    return await delete_all(INVITATIONS, desk.now())


async def delete_all(statement: str, before: datetime) -> int:
    """Repeat a bounded DELETE until it finds nothing, so that no statement locks many rows for long."""
    total = 0
    while deleted := (await connection().execute_query(statement, [before, BATCH]))[0]:
        total += deleted
        if deleted < BATCH:
            break
    return total
