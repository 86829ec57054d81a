"""Erase closed tickets after a period by class that the installation sets, as no source gives one (decided here)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connection
from models.enums import CLOSED_STATUSES, Classification, EventKind
from services.access import access
from services.access.scopes import SYSTEM
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from services.core.transactions import transaction
from services.reporters.erasure import ErasureReason, wipe_with_duplicates
from services.tickets.case import case_of

BATCH = 200
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
# A note moves no updated_at, so that the events are asked too. What the source says of an imported ticket's age
# counts, not the day of the import.
LIVELY = f"""
EXISTS (SELECT FROM event e WHERE e.ticket_id = t.id AND e.at >= $1 AND e.kind <> '{EventKind.IMPORTED.value}')
"""
DUE = f"""
SELECT t.id, t.updated_at FROM ticket t WHERE t.erased_at IS NULL AND t.updated_at < $1 AND t.status = ANY($2)
AND t.classification IS NOT DISTINCT FROM $3 AND (t.updated_at, t.id) > ($4, $5) AND NOT {LIVELY}
ORDER BY t.updated_at, t.id LIMIT $6
"""
STILL_LIVELY = f"SELECT {LIVELY} AS lively FROM ticket t WHERE t.id = $2"


@dataclass(frozen=True, slots=True)
class Period:
    """The closed tickets of one class whose last event lies before a moment."""

    classification: Classification | None
    before: datetime


async def erase_expired_reporters(desk: Desk) -> int:
    """Erase closed tickets whose last event is older than the period of their class (UU 27/2022); gives the number."""
    periods = [Period(name, desk.now() - period) for name, period in desk.rules.retention]
    return sum([await _erase_class(desk, period) for period in periods])


async def _erase_class(desk: Desk, period: Period) -> int:
    return sum([await _erase_one(desk, period, ticket_id) async for ticket_id in _due(period)])


async def _due(period: Period) -> AsyncIterator[int]:
    """The tickets that are due, batch by batch; one that was left is not met again in the same run."""
    closed = sorted(str(status) for status in CLOSED_STATUSES)
    name = None if period.classification is None else period.classification.value
    last = (BEGINNING, 0)
    while rows := await connection().execute_query_dict(DUE, [period.before, closed, name, *last, BATCH]):
        for row in rows:
            yield row["id"]
        last = (rows[-1]["updated_at"], rows[-1]["id"])


async def _erase_one(desk: Desk, period: Period, ticket_id: int) -> bool:
    """Erase one ticket if it is still due once it is locked, as something may have happened to it meanwhile.

    One that is locked by somebody else is left for the next run, so that it holds up no other.
    """
    try:
        return await _erase_locked(desk, period, ticket_id)
    except EdgeRefusal as refusal:
        if refusal.code != "BUSY":
            raise
        return False


async def _erase_locked(desk: Desk, period: Period, ticket_id: int) -> bool:
    async with transaction() as using:
        ticket = await access.ticket(using, SYSTEM, ticket_id, lock=True)
        settled = ticket.erased_at is None and ticket.status in CLOSED_STATUSES
        same_class = ticket.classification == period.classification
        if not settled or not same_class or ticket.updated_at >= period.before:
            return False
        if await _is_lively(using, period, ticket_id):
            return False
        case = await case_of(desk, SYSTEM, using, ticket)
        await wipe_with_duplicates(case, ErasureReason.NO_LONGER_NEEDED)
        await case.write()
    await desk.committed(case.appended.least_seq)
    return True


async def _is_lively(using: BaseDBAsyncClient, period: Period, ticket_id: int) -> bool:
    """Whether something has happened to a locked ticket within its period; who writes events holds the same lock."""
    found = await using.execute_query_dict(STILL_LIVELY, [period.before, ticket_id])
    return bool(found[0]["lively"])
