"""Escalations, with the words that were not erased; each function is one statement (docs/adr/0029)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.database import connection

ROW = """
SELECT e.id, e.ticket_id, e.level, e.at, e.rule, e.notified, e.raised_by_id, e.acknowledged_by_id, e.acknowledged_at,
  r.body AS reason, n.body AS note
FROM escalation e LEFT JOIN ticket_text r ON r.id = e.reason_id LEFT JOIN ticket_text n ON n.id = e.note_id
"""


async def escalations(keys: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
    """The escalations of each of these tickets, oldest first."""
    _, rows = await connection().execute_query(f"{ROW} WHERE e.ticket_id = ANY($1) ORDER BY e.at, e.id", [list(keys)])
    found: dict[int, list[Mapping[str, Any]]] = {key: [] for key in keys}
    for row in rows:
        found[row["ticket_id"]].append(row)
    return found


async def escalations_by_ids(keys: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """These escalations, by key; whoever asks for somebody looks at their ticket too."""
    _, rows = await connection().execute_query(f"{ROW} WHERE e.id = ANY($1)", [list(keys)])
    return {row["id"]: row for row in rows}
