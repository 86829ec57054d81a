"""Links to SP4N-LAPOR! as staff read them, in two statements for any number of tickets (docs/adr/0036)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.database import connection
from models.enums import OPEN_STATUSES, OPEN_THERE, LinkDirection, Sp4nMismatch, Sp4nStatus, TicketStatus
from services.core.reference import OfficerRef
from services.queries.views import TicketView

MOST_SAID = 50  # the latest; our choice: a report has a handful
LINKS = """
SELECT l.ticket_id, l.direction, l.since, x.body AS tracking_id FROM sp4n_link l
JOIN ticket_text x ON x.id = l.tracking_id WHERE l.ticket_id = ANY($1)
"""
SAID = f"""
SELECT s.ticket_id, s.at, s.status, s.recorded_by_id, x.body AS raw FROM unnest($1::bigint[]) AS k(id)
CROSS JOIN LATERAL (
  SELECT * FROM sp4n_said WHERE ticket_id = k.id ORDER BY at DESC, id DESC LIMIT {MOST_SAID}
) s JOIN ticket_text x ON x.id = s.text_id ORDER BY s.ticket_id, s.at DESC, s.id DESC
"""


class SaidView:
    """One thing that SP4N-LAPOR! said; its words are gone once they were erased."""

    def __init__(self, row: Mapping[str, Any], view: TicketView) -> None:
        self.at: datetime = row["at"]
        self.raw_status: str = row["raw"] or ""
        self.status = Sp4nStatus(row["status"])
        self.recorded_by: OfficerRef | None = view.reference.officers.get(row["recorded_by_id"] or 0)


class LinkView:
    """The contract's Sp4nLink as plain attributes."""

    def __init__(self, row: Mapping[str, Any], said: Sequence[Mapping[str, Any]], view: TicketView) -> None:
        self.tracking_id: str = row["tracking_id"]
        self.direction = LinkDirection(row["direction"])
        self.created_at: datetime | None = row["since"]
        self.history = [SaidView(each, view) for each in said]
        last = self.history[0] if self.history else None
        self.raw_status: str | None = None if last is None else last.raw_status
        self.status: Sp4nStatus | None = None if last is None else last.status
        self.status_at: datetime | None = None if last is None else last.at
        self.mismatch = mismatch(view.status, self.status)


def mismatch(here: TicketStatus, there: Sp4nStatus | None) -> Sp4nMismatch | None:
    """How the two desks disagree; services/access/filters/worklists.py says the same of rows and events."""
    if there is None:
        return None
    if there is Sp4nStatus.UNKNOWN:
        return Sp4nMismatch.UNKNOWN_STATUS
    if here in OPEN_STATUSES:
        return None if there in OPEN_THERE else Sp4nMismatch.CLOSED_THERE_ONLY
    return Sp4nMismatch.CLOSED_HERE_ONLY if there in OPEN_THERE else None


LinkRows = tuple[Mapping[str, Any], list[Mapping[str, Any]]]


async def links(keys: Sequence[int]) -> dict[int, LinkRows]:
    """The links of tickets whose rights were checked before, with what was said; none whose id was erased."""
    _, found = await connection().execute_query(LINKS, [list(keys)])
    rows = {row["ticket_id"]: row for row in found if row["tracking_id"] is not None}
    said: dict[int, list[Mapping[str, Any]]] = {key: [] for key in rows}
    if rows:
        for row in (await connection().execute_query(SAID, [list(rows)]))[1]:
            said[row["ticket_id"]].append(row)
    return {key: (row, said[key]) for key, row in rows.items()}
