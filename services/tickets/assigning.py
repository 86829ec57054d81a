"""Who of its lead agency works on a ticket (decided here)."""

from __future__ import annotations

from models.enums import ASSIGNABLE_STATUSES, EventKind
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.master_data import codes
from services.tickets import protection, workflow
from services.tickets.case import Case, Done
from services.tickets.commands import Assign
from services.tickets.continuations import moving_case
from services.tickets.table.rows import Who
from services.tickets.workflow import IllegalTransition


async def assign(desk: Desk, scope: Scope, command: Assign) -> Done:
    """Assign a ticket to an officer of its lead agency, or to none."""
    async with moving_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=_checked_alone(command),
    ) as case:
        lead = _require_assignable(case)
        await _require_assignee(case, command.officer_id, lead)
        case.set(assignee_id=command.officer_id, assignee_left=False)
        case.raise_version()
        case.record(EventKind.ASSIGNED, on_behalf_of=case.on_behalf_of())
    return case.done()


def _checked_alone(command: Assign) -> Checks:
    """What is checked without knowing the ticket: whether the id is one of an officer."""
    checks = Checks()
    if command.officer_id == 0:
        checks.keep(InvalidInput("UNKNOWN_OFFICER", path=("officerId",)))
    return checks


def _require_assignable(case: Case) -> int:
    if Who.HANDLER not in workflow.relations(case.scope.sight, case.state):
        raise Forbidden("NOT_YOUR_TICKET")
    lead: int | None = case.state["lead"]
    if case.ticket.status not in ASSIGNABLE_STATUSES or lead is None:
        allowed = case.open_moves()
        raise IllegalTransition("NOT_WITH_AN_AGENCY", case.ticket.status, allowed)
    return lead


async def _require_assignee(case: Case, officer_id: int | None, lead: int) -> None:
    path = ("officerId",)
    if officer_id == case.ticket.assignee_id:
        raise InvalidInput("NOTHING_CHANGES", path=path)
    if officer_id is None:
        return
    if not await codes.works_for(case.connection, officer_id, lead, case.desk.today()):
        raise InvalidInput("UNKNOWN_OFFICER", path=path)
    await protection.require_free(case, officer_id)
