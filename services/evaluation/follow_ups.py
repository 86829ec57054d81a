"""The day on which an unresolved case is looked at again is an event, once for each day (docs/adr/0032)."""

from __future__ import annotations

from models import UnresolvedCase
from models.database import connection as pooled
from models.enums import EventKind, UnresolvedCaseState, Visibility
from services.access import access
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.evaluation.evaluating import CASES, case_details
from services.tickets.case import case_of
from services.unresolved.stays import is_unresolved

BATCH = 500  # cases of one run; our choice
# The oldest day first, so that a worker that was down catches up in order.
COME = f"""
SELECT id, ticket_id FROM unresolved_case
WHERE state = '{UnresolvedCaseState.FOLLOW_UP}' AND follow_up_on <= $1 AND followed_up_on IS DISTINCT FROM follow_up_on
ORDER BY follow_up_on, id LIMIT {BATCH}
"""


async def follow_up(desk: Desk) -> int:
    """Say of every case whose day has come that it has; each is a transaction of its own. Gives how many."""
    rows = await pooled().execute_query_dict(COME, [desk.today()])
    return sum([await _say(desk, row["ticket_id"], row["id"]) for row in rows])


async def _say(desk: Desk, ticket_id: int, case_id: int) -> bool:
    try:
        return await _said(desk, ticket_id, case_id)
    except EdgeRefusal as refusal:  # a busy ticket holds up no other; the next run comes back to it
        if refusal.code != "BUSY":
            raise
        return False


async def _said(desk: Desk, ticket_id: int, case_id: int) -> bool:
    async with transaction() as using:
        case = await case_of(desk, SYSTEM, using, await access.ticket(using, SYSTEM, ticket_id, lock=True))
        row = await UnresolvedCase.filter(id=case_id).using_db(using).get()
        # Somebody may have closed it, set another day or reopened the report while this waited for its lock.
        come = row.follow_up_on is not None and row.follow_up_on <= desk.today() and is_unresolved(case.state)
        if row.state is not UnresolvedCaseState.FOLLOW_UP or not come or row.followed_up_on == row.follow_up_on:
            return False
        row.followed_up_on = row.follow_up_on
        await row.save(using_db=using, update_fields=["followed_up_on"])
        details = {**case_details(row), "followUp": True}
        case.record(EventKind.CASE_EVALUATED, changed=CASES, visibility=Visibility.INTER_AGENCY, details=details)
        await case.write()
    await desk.committed(case.appended.least_seq)
    return True
