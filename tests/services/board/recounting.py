"""Parts of a board as plain SQL counts them anew, from the rows, the log and the calendar alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from models.database import connection

ZONE = "Asia/Jakarta"
WORKING = """(SELECT count(*)::int FROM generate_series({first} + 1, {last}, interval '1 day') d
  WHERE extract(isodow FROM d) < 6 AND d::date NOT IN (SELECT c.day FROM calendar_day c))"""
RECEIVED = f"(t.received_at AT TIME ZONE '{ZONE}')::date"
LAST_DAY = f"((t.due_at - interval '1 microsecond') AT TIME ZONE '{ZONE}')::date"
OPEN = "('RECEIVED', 'INCOMPLETE', 'VERIFIED', 'DISPATCHED', 'IN_PROGRESS', 'ON_HOLD', 'ANSWERED', 'REOPENED')"
SEEN = "t.confidential IS FALSE AND t.supervisory IS FALSE"
TICKETS = f"""SELECT t.number, t.status, coalesce(t.standing, 'UNBOUND') AS standing, t.received_at,
  t.lead_agency_id AS lead, CASE WHEN t.status = 'ON_HOLD' THEN t.hold_until END AS held, {LAST_DAY} AS due
  FROM ticket t WHERE t.status IN {OPEN} AND {SEEN} AND (%s)"""


async def due_first(today: date, condition: str) -> list[dict[str, Any]]:
    """The ten open tickets whose day comes first; condition is on the row t."""
    left = WORKING.format(first=f"'{today}'::date", last="due")
    late = WORKING.format(first="due", last=f"'{today}'::date")
    return await connection().execute_query_dict(
        f"SELECT o.*, CASE WHEN due < '{today}' THEN -{late} WHEN due IS NOT NULL THEN {left} END AS left_over "
        f"FROM ({TICKETS % condition}) o "
        f"ORDER BY coalesce(due, CASE WHEN held IS NOT NULL THEN greatest(held, '{today}') END) NULLS LAST, "
        "due IS NULL AND held IS NOT NULL, received_at, number LIMIT 10"
    )


async def loads(today: date, condition: str) -> list[dict[str, Any]]:
    """Per agency that leads: open, overdue, due soon, and of these on their last day; the latest first."""
    return await connection().execute_query_dict(
        f"SELECT a.code, count(*)::int AS open, count(*) FILTER (WHERE standing = 'OVERDUE')::int AS overdue, "
        f"count(*) FILTER (WHERE standing = 'DUE_SOON')::int AS soon, "
        f"count(*) FILTER (WHERE standing = 'DUE_SOON' AND due = '{today}')::int AS today "
        f"FROM ({TICKETS % condition}) o JOIN agency a ON a.id = o.lead GROUP BY a.code "
        "ORDER BY overdue DESC, soon DESC, open DESC, a.code"
    )


async def dispatched(agency: int, since: date) -> dict[date, int]:
    """How many of an agency's tickets were last sent to it on each day, as the log tells it."""
    rows = await connection().execute_query_dict(
        f"""SELECT day, count(*)::int AS number FROM (
          SELECT DISTINCT ON (t.id) (e.at AT TIME ZONE '{ZONE}')::date AS day FROM ticket t JOIN event e
          ON e.ticket_id = t.id WHERE t.lead_agency_id = $1 AND {SEEN}
          AND (e.after->>'status', e.after->>'lead') = ('DISPATCHED', $1::text)
          AND (e.before->>'status', e.before->>'lead') IS DISTINCT FROM ('DISPATCHED', $1::text)
          ORDER BY t.id, e.seq DESC) last WHERE day >= $2 GROUP BY day""".replace("$1::text", f"'{agency}'"),
        [agency, since],
    )
    return {row["day"]: row["number"] for row in rows}


async def usual(now: datetime, condition: str) -> int | None:
    """The lower median of what had come in by this minute on the last eight days like today; None below four."""
    rows = await connection().execute_query_dict(
        f"""WITH now AS (SELECT $1::timestamptz AT TIME ZONE '{ZONE}' AS at), days AS (
          SELECT d::date AS day, extract(isodow FROM d) < 6 AND d::date NOT IN (SELECT day FROM calendar_day) AS works
          FROM now, generate_series(at::date - 84, at::date, interval '7 days') d)
        SELECT (SELECT count(*)::int FROM ticket t WHERE {SEEN} AND ({condition}) AND {RECEIVED} = days.day
          AND (t.received_at AT TIME ZONE '{ZONE}')::time < date_trunc('minute', at)::time) AS number
        FROM days, now WHERE day < at::date AND works = (SELECT works FROM days WHERE day = at::date)
          AND day >= (SELECT min({RECEIVED}) FROM ticket t) ORDER BY day DESC LIMIT 8""",
        [now],
    )
    numbers = sorted(row["number"] for row in rows)
    return numbers[(len(numbers) - 1) // 2] if len(numbers) >= 4 else None
