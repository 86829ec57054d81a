"""How long an agency may hold a ticket; longer, only the coordinator (docs/adr/0030)."""

from __future__ import annotations

from datetime import date

from models.enums import TicketStatus
from services.core.refusals import InvalidInput
from services.deadlines.holds import LONGEST_HOLD, held_days
from services.tickets import workflow
from services.tickets.case import Case
from services.tickets.table.rows import Move, Who


def require_room(case: Case, move: Move, until: date | None) -> None:
    """Refuse an agency that would hold a ticket for longer than the city allows in all; the desk may.

    A day out of all bounds is refused elsewhere, and not counted here: it could be thousands of years ahead.
    """
    today = case.desk.today()
    if move.to is not TicketStatus.ON_HOLD or until is None or not today < until <= today + LONGEST_HOLD:
        return
    reference, clocks = case.reference, case.clocks
    limit, lead = reference.holds.limit(today), clocks.measures.agencies.get(case.state["lead"] or 0)
    if limit is None or lead is None or Who.DESK in workflow.relations(case.scope.sight, case.state):
        return
    calendar = reference.calendar.of_agency(lead)
    left = max(limit - held_days(clocks.history.steps, lead, calendar, case.desk.rules.zone, today), 0)
    if calendar.between(today, until) > left:
        raise InvalidInput("HOLD_TOO_LONG" if left else "HOLD_USED_UP", path=("until",), limit=limit, left=left)
