"""What becomes of merged reports when the ticket that stays moves on: their reporters are told, or they come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from models import Ticket
from models.enums import EventKind, TicketStatus
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.tickets import supervision
from services.tickets.case import Case, case_of, locked_case

# The ticket that stays is archived for what it is itself: what others said of the same matter was never answered.
OF_ITSELF = frozenset({"SPAM", "PRANK", "INCOMPLETE", "FORMAT_ERROR", "ABUSIVE", "TOO_GENERAL", "WITHDRAWN"})


@asynccontextmanager
async def moving_case(desk: Desk, scope: Scope, ticket_id: int | None, **given: Any) -> AsyncIterator[Case]:
    """A locked ticket (services.tickets.case.locked_case); where its status changes, merged reports are told."""
    async with locked_case(desk, scope, ticket_id, **given) as case:
        yield case
        await follow(case)


async def follow(case: Case) -> None:
    """Tell of a changed status to the reports that were merged into this ticket, at any depth.

    A report that is merged is closed, and locks go from the ticket that stays down to what was merged into it; whoever
    merges locks two open tickets. So no two wait for each other in a ring.
    """
    if case.state["status"] == case.start["status"]:
        return
    for merged in await _below(case):
        told = await case_of(case.desk, case.scope, case.connection, merged)
        told.record(EventKind.CONTINUATION_CHANGED, changed=("continuedIn",), details=_step(case))
        case.events += told.events


def _step(case: Case) -> dict[str, Any]:
    return {"continuation": case.ticket.id, "from": case.start["status"], "to": case.state["status"]}


async def give_back(case: Case, reason: str | None) -> None:
    """Give the desk back what was merged into a ticket that is archived for what it is itself.

    Each is a report of its own again: reopened, with no agency, and with its own number and time of receipt.
    """
    if case.state["status"] != TicketStatus.ARCHIVED or reason not in OF_ITSELF:
        return
    query = Ticket.filter(merged_into_id=case.ticket.id).using_db(case.connection)
    for merged in await query.order_by("id").select_for_update():
        back = await case_of(case.desk, SYSTEM, case.connection, merged)
        await _reopen(back)
        await follow(back)
        await merged.save(using_db=case.connection, update_fields=sorted(back.columns))
        case.events += back.events


async def _reopen(case: Case) -> None:
    supervisory = await supervision.is_due(case)
    case.enter(
        TicketStatus.REOPENED,
        reopen_count=case.ticket.reopen_count + 1,
        merged_into_id=None,
        lead_agency_id=None,
        supporting_agency_ids=[],
        assignee_id=None,
        assignee_left=False,
        supervisory=supervisory,
    )
    case.record(EventKind.REOPENED, changed=("continuedIn",), details={"reason": "NOT_A_DUPLICATE"})


async def _below(case: Case) -> list[Ticket]:
    """What was merged into this ticket at any depth, locked level by level: whoever moves one of them goes on below it.

    What was reopened while this waited is not among them any more, nor what hangs on it.
    """
    found: dict[int, Ticket] = {}
    above = [case.ticket.id]
    while above:
        query = Ticket.filter(merged_into_id__in=above).using_db(case.connection)
        level = await query.order_by("id").select_for_update()
        above = [each.id for each in level if each.id not in found and each.id != case.ticket.id]  # a ring ends, too
        found |= {each.id: each for each in level if each.id in above}
    return list(found.values())
