"""Free the tickets of officers who handle them no longer: none is left to somebody who has gone (docs/adr/0023)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from models.database import connection
from models.enums import OPEN_STATUSES, EventKind
from models.officers import handlers
from realtime.strays import only_errors
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.master_data.codes import works_for
from services.tickets.case import locked_case

LOG = logging.getLogger("surga.releases")
BATCH = 500  # tickets of one statement; our choice
AT_ONCE = 50  # our choice: about as many as one officer has
SECONDS_AT_ONCE = 2.0  # our choice: an admin waits for them
# The open tickets whose officer has no post today that handles tickets for their lead agency.
LEFT = f"""
SELECT t.id FROM ticket t
WHERE t.assignee_id IS NOT NULL AND t.status = ANY($1) AND ($2::int[] IS NULL OR t.assignee_id = ANY($2))
AND NOT EXISTS (
  SELECT {handlers("$3")} AND o.id = t.assignee_id AND a.agency_id = t.lead_agency_id
)
ORDER BY t.id LIMIT $4
"""


async def release_soon(desk: Desk, officers: Iterable[int]) -> None:
    """Unassign the tickets of these officers for at most SECONDS_AT_ONCE; the job release_left does the rest.

    The change by which they left is committed already, so a failure here is logged and not raised.
    """
    try:
        with only_errors():
            async with asyncio.timeout(SECONDS_AT_ONCE):
                await release_left(desk, officers, AT_ONCE)
    except Exception as problem:
        LOG.warning("Tickets of officers who left wait for the job release_left: %s.", type(problem).__name__)


async def release_left(desk: Desk, officers: Iterable[int] | None = None, most: int = BATCH) -> int:
    """Free the open tickets of these officers, or of all, who left, the oldest first; gives how many were freed.

    Each is a transaction of its own, so that a busy ticket holds up no other; the next run comes back to it.
    """
    wanted = None if officers is None else sorted(set(officers))
    statuses = sorted(str(status) for status in OPEN_STATUSES)
    _, rows = await connection().execute_query(LEFT, [statuses, wanted, desk.today(), most])
    return sum([await _release(desk, row["id"]) for row in rows])


async def _release(desk: Desk, ticket_id: int) -> bool:
    try:
        async with locked_case(desk, SYSTEM, ticket_id) as case:
            ticket = case.ticket
            if ticket.assignee_id is None or ticket.status not in OPEN_STATUSES:
                return False
            # Somebody may have come back, or the ticket changed hands, while this waited for its lock.
            if await works_for(case.connection, ticket.assignee_id, ticket.lead_agency_id or 0, desk.today()):
                return False
            case.set(assignee_id=None, assignee_left=True)
            case.raise_version()
            case.record(EventKind.ASSIGNED, details={"reason": "OFFICER_LEFT"})
    except EdgeRefusal as refusal:
        if refusal.code != "BUSY":
            raise
        return False
    return True
