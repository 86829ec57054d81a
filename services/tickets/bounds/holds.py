"""How long an agency may hold a ticket; longer, only the coordinator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.enums import TicketStatus
from services.core.reference import Reference
from services.core.refusals import InvalidInput
from services.deadlines.holds import held_days
from services.deadlines.lives import Step
from services.tickets import workflow
from services.tickets.case import Case
from services.tickets.table.rows import Move, Who

STAYS = """
SELECT at, after->>'status' AS status, (after->>'lead')::int AS lead, after->>'hold_until' AS hold_until
FROM event WHERE ticket_id = $1 AND after IS NOT NULL
AND (kind IN ('SUBMITTED', 'IMPORTED') OR after->>'status' IS DISTINCT FROM before->>'status'
  OR after->>'lead' IS DISTINCT FROM before->>'lead' OR after->>'hold_until' IS DISTINCT FROM before->>'hold_until')
ORDER BY at, seq
"""


async def require_room(case: Case, move: Move, until: date | None) -> None:
    """Refuse an agency that would hold a ticket for longer than the city allows in all; the desk may.

    until is None where no day was given that may be asked for at all, which is refused elsewhere.
    """
    if move.to is not TicketStatus.ON_HOLD or until is None:
        return
    reference, today = await case.desk.reference(case.connection), case.desk.today()
    limit, lead = reference.holds.limit(today), _code(reference, case.state["lead"])
    if limit is None or lead is None or Who.DESK in workflow.relations(case.scope.sight, case.state):
        return
    calendar = reference.calendar.of_agency(lead)
    steps = await steps_of(case, reference)
    left = max(limit - held_days(steps, lead, calendar, case.desk.rules.zone, today), 0)
    if calendar.between(today, until) > left:
        raise InvalidInput("HOLD_TOO_LONG" if left else "HOLD_USED_UP", path=("until",), limit=limit, left=left)


async def steps_of(case: Case, reference: Reference) -> list[Step]:
    """What a ticket's history is to its clocks, oldest first."""
    rows = await case.connection.execute_query_dict(STAYS, [case.ticket.id])
    return [_step(row, reference) for row in rows]


def _step(row: Mapping[str, Any], reference: Reference) -> Step:
    until = row["hold_until"]
    day = date.fromisoformat(until) if until else None
    return Step(row["at"], TicketStatus(row["status"]), _code(reference, row["lead"]), day)


def _code(reference: Reference, key: int | None) -> str | None:
    agency = reference.agencies.get(key or 0)
    return agency.code if agency else None
