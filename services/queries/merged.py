"""What was merged into a ticket, and where a merged report goes on; one statement for many ids (docs/adr/0023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.database import connection
from models.enums import TicketStatus
from services.access.access import row_rule
from services.access.predicates import Parameters
from services.access.scopes import Sight
from services.core.desk import Desk
from services.core.paging import LARGEST_PAGE
from services.queries.columns import ROW
from services.queries.tickets import read_rows
from services.queries.views import TicketView

# From each merged report to the ticket that nothing was merged into any more; a ring ends where it began.
ENDS = """
WITH RECURSIVE way AS (
  SELECT id AS start, merged_into_id AS at, 1 AS step FROM ticket WHERE id = ANY($1) AND merged_into_id IS NOT NULL
  UNION ALL
  SELECT way.start, t.merged_into_id, step + 1 FROM way JOIN ticket t ON t.id = way.at
  WHERE t.merged_into_id IS NOT NULL AND step < 100
)
SELECT DISTINCT ON (way.start) way.start, t.number, t.status, t.updated_at
FROM way JOIN ticket t ON t.id = way.at ORDER BY way.start, way.step DESC
"""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where the matter of a merged report stands now: on the ticket that stays, whoever reported that one."""

    number: str
    status: TicketStatus
    updated_at: datetime


async def duplicates(desk: Desk, sight: Sight, keys: Sequence[int]) -> dict[int, list[TicketView]]:
    """For each of these tickets the ones merged into it that this sight sees, oldest first, at most LARGEST_PAGE."""
    parameters = Parameters()
    ids, most = parameters.add(list(keys)), parameters.add(LARGEST_PAGE)
    below = (
        f"SELECT t.*, row_number() OVER (PARTITION BY t.merged_into_id ORDER BY t.received_at, t.id) AS nth "
        f"FROM ticket t WHERE t.merged_into_id = ANY({ids}) AND {row_rule(sight).sql(parameters)}"
    )
    rows, reference = await read_rows(desk, f"{ROW}, t.nth", f"({below}) t ON t.nth <= {most}", parameters)
    found: dict[int, list[TicketView]] = {key: [] for key in keys}
    for row in sorted(rows, key=lambda row: row["nth"]):
        found[row["merged_into_id"]].append(TicketView(row, reference, sight))
    return found


async def continuations(keys: Sequence[int]) -> dict[int, Continuation]:
    """For each of these tickets that was merged: number, status and last change of the one that stays."""
    rows = await connection().execute_query_dict(ENDS, [list(keys)])
    return {row["start"]: Continuation(row["number"], TicketStatus(row["status"]), row["updated_at"]) for row in rows}
