"""Extensions that nobody decided lapse when their deadline passes, or when the ticket closes (docs/adr/0030)."""

from __future__ import annotations

from typing import Any

from models import Extension
from models.enums import CLOSED_STATUSES, ClockKind, EventKind, ExtensionState, Visibility
from services.tickets.case import Case


async def lapse_closed(case: Case) -> None:
    """Let all waiting requests lapse if the ticket has closed."""
    if case.ticket.status in CLOSED_STATUSES:
        await lapse(case)


async def lapse(case: Case, clock: ClockKind | None = None) -> None:
    """Let the waiting requests of one clock lapse, of all clocks without one; writes one event for each."""
    if not case.ticket.extension_askers:
        return
    query = Extension.filter(ticket_id=case.ticket.id, state=ExtensionState.WAITING).using_db(case.connection)
    for row in await (query if clock is None else query.filter(clock=clock)).order_by("id"):
        await end_request(case, row, ExtensionState.LAPSED)
        case.record(
            EventKind.EXTENSION_DECIDED,
            changed=("extensions",),
            visibility=Visibility.INTER_AGENCY,
            details=extension_details(row),
        )


async def end_request(case: Case, row: Extension, state: ExtensionState) -> None:
    """Set the state in which a waiting request ends, and remove its requester from extension_askers of the ticket."""
    row.state, row.decided_at = state, case.moment
    await row.save(using_db=case.connection)
    askers = list(case.ticket.extension_askers)
    if row.requested_by_id in askers:
        askers.remove(row.requested_by_id)
    case.set(extension_askers=askers)


def extension_details(row: Extension) -> dict[str, Any]:
    """What an event keeps of an extension: enough to compute the deadline again."""
    return {
        "extension": row.id,
        "clock": row.clock.value,
        "amount": row.amount,
        "unit": row.unit.value,
        "extensionState": row.state.value,
        "requestedBy": row.requested_by_id,
    }
