"""What becomes of merged reports when the ticket that stays moves on: their reporters are told, or they come back.

Source: docs/adr/0023.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from models import Ticket
from models.enums import EventKind, TicketStatus
from services.access.scopes import SYSTEM, Scope
from services.core.desk import Desk
from services.tickets import supervision
from services.tickets.bounds.lapses import lapse_closed
from services.tickets.case import Case, cases_of, locked_case
from services.tickets.clocks.keeping import keep_clocks

# The ticket that stays is archived for what it is itself: what others said of the same matter was never answered.
OF_ITSELF = frozenset(
    {
        "SPAM",
        "PRANK",
        "TEST_MESSAGE",
        "INCOMPLETE",
        "UNREACHABLE",
        "FORMAT_ERROR",
        "ABUSIVE",
        "TOO_GENERAL",
        "WITHDRAWN",
    }
)
SAVED_AT_ONCE = 100  # our choice: a statement has a parameter for each value


@asynccontextmanager
async def moving_case(desk: Desk, scope: Scope, ticket_id: int | None, **given: Any) -> AsyncIterator[Case]:
    """A locked ticket (services.tickets.case.locked_case); where its status changes, merged reports are told.

    Where it closes, extensions that nobody has decided lapse.
    """
    async with locked_case(desk, scope, ticket_id, **given) as case:
        yield case
        await lapse_closed(case)
        await follow(case)


async def follow(case: Case) -> None:
    """Tell of a changed status to the reports that were merged into this ticket, at any depth.

    A report that is merged is closed, and locks go from the ticket that stays down to what was merged into it; whoever
    merges locks two open tickets. So no two wait for each other in a ring, but where a report is reopened or merged
    meanwhile (docs/architecture.md).
    """
    if case.state["status"] != case.start["status"]:
        await _follow([case])


async def _follow(cases: Sequence[Case]) -> None:
    """Tell the merged reports of the steps of these tickets, which one transaction moves for one caller."""
    below = await _below(cases)
    first = cases[0]
    tickets = [merged for merged, _ in below]
    told = await cases_of(first.desk, first.scope, first.connection, tickets)
    for each, (_, stays) in zip(told, below, strict=True):
        each.record(EventKind.CONTINUATION_CHANGED, changed=("continuedIn",), details=_step(stays))
        stays.events += each.events


def _step(case: Case) -> dict[str, Any]:
    return {"continuation": case.ticket.id, "from": case.start["status"], "to": case.state["status"]}


async def give_back(case: Case, reason: str | None) -> None:
    """Give the desk back what was merged into a ticket that is archived for what it is itself.

    Each is a report of its own again: reopened, with no agency, and with its own number and time of receipt.
    """
    if case.state["status"] != TicketStatus.ARCHIVED or reason not in OF_ITSELF:
        return
    query = Ticket.filter(merged_into_id=case.ticket.id).using_db(case.connection)
    merged = await query.order_by("id").select_for_update()
    if not merged:
        return
    backs = await cases_of(case.desk, SYSTEM, case.connection, merged)
    supervisory = await supervision.due(backs)
    for back in backs:
        _reopen(back, supervisory=back.ticket.id in supervisory)
    await _follow(backs)
    columns = sorted({name for back in backs for name in back.columns})
    await Ticket.bulk_update(merged, columns, batch_size=SAVED_AT_ONCE, using_db=case.connection)
    await keep_clocks(case.connection, backs)
    case.events += [event for back in backs for event in back.events]


def _reopen(case: Case, *, supervisory: bool) -> None:
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


async def _below(cases: Sequence[Case]) -> list[tuple[Ticket, Case]]:
    """What was merged into these tickets at any depth, each with the case that it was merged into.

    It is locked level by level: whoever moves one of them goes on below it. What was reopened while this waited is not
    among them any more, nor what hangs on it.
    """
    found: list[Ticket] = []
    stays = {case.ticket.id: case for case in cases}
    above = [case.ticket.id for case in cases if case.has_duplicates]
    while above:
        query = Ticket.filter(merged_into_id__in=above).using_db(cases[0].connection)
        level = await query.order_by("id").select_for_update()
        new = [each for each in level if each.id not in stays]  # a ring ends, too
        stays |= {each.id: stays[each.merged_into_id or 0] for each in new}
        found, above = [*found, *new], [each.id for each in new]
    return [(each, stays[each.id]) for each in found]
