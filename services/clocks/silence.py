"""A report whose reporter has not answered in time closes: resolved if answered, else archived (S14; docs/adr/0030)."""

from __future__ import annotations

from models.enums import ClockKind, EventKind
from services.tickets.answer_rows import recall_waiting
from services.tickets.bounds.lapses import lapse
from services.tickets.case import Case
from services.tickets.continuations import follow, give_back
from services.tickets.table.rules import BY_CLOCK


async def close_by_silence(case: Case, clock: ClockKind) -> None:
    """Close a ticket whose reporter's clock has just passed; one that stands elsewhere by now stays as it is."""
    move = BY_CLOCK[clock]
    if not move.fits(case.state):
        return
    await recall_waiting(case)
    case.enter(move.to, closed_by_silence=True)
    case.record(EventKind.STATUS_CHANGED, details={"reason": move.reason})
    await lapse(case)
    await follow(case)
    await give_back(case, move.reason)
    case.start = case.state  # whoever goes on with the case tells of their own step alone
