"""Erase closed tickets after a period by classification, which the installation sets: no source gives one."""

from __future__ import annotations

from datetime import datetime

from models.database import connection
from models.enums import CLOSED_STATUSES, Classification
from services.access import access
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.reporters.erasure import ErasureReason, wipe_with_duplicates
from services.tickets.case import Case

BATCH = 200
DUE = """
SELECT id FROM ticket WHERE erased_at IS NULL AND updated_at < $1 AND status = ANY($2)
AND classification IS NOT DISTINCT FROM $3 ORDER BY updated_at, id LIMIT $4
"""


async def erase_expired_reporters(desk: Desk) -> int:
    """Erase the closed tickets of every class that has a period and outlived it; gives their number."""
    return sum([await _erase_class(desk, name, desk.now() - period) for name, period in desk.rules.retention])


async def _erase_class(desk: Desk, classification: Classification | None, before: datetime) -> int:
    total = 0
    while ids := await _due(classification, before):
        erased = sum([await _erase_one(desk, ticket_id, before) for ticket_id in ids])
        total += erased
        if not erased:
            break
    return total


async def _due(classification: Classification | None, before: datetime) -> list[int]:
    closed = sorted(str(status) for status in CLOSED_STATUSES)
    name = None if classification is None else classification.value
    _, rows = await connection().execute_query(DUE, [before, closed, name, BATCH])
    return [row["id"] for row in rows]


async def _erase_one(desk: Desk, ticket_id: int, before: datetime) -> bool:
    """Erase one ticket if it is still due once it is locked, as somebody may have reopened it meanwhile.

    One that is locked by somebody else is left for the next run, so that it holds up no other.
    """
    try:
        return await _erase_locked(desk, ticket_id, before)
    except EdgeRefusal as refusal:
        if refusal.code != "BUSY":
            raise
        return False


async def _erase_locked(desk: Desk, ticket_id: int, before: datetime) -> bool:
    async with transaction() as using:
        ticket = await access.ticket(using, SYSTEM, ticket_id, lock=True)
        if ticket.erased_at is not None or ticket.status not in CLOSED_STATUSES or ticket.updated_at >= before:
            return False
        case = Case(desk, SYSTEM, using, ticket, desk.now())
        await wipe_with_duplicates(case, ErasureReason.NO_LONGER_NEEDED)
        await case.write()
    await desk.committed(case.appended.least_seq)
    return True
