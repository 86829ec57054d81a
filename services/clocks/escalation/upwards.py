"""Escalation by hand: whoever handles or steers a ticket takes it to a level above their own (docs/adr/0029)."""

from __future__ import annotations

from dataclasses import dataclass

from models.enums import CLOSED_STATUSES, EscalationLevel, Role, TextKind
from services.access import access
from services.access.scopes import Scope
from services.clocks.escalation.agreement import given_since
from services.clocks.escalation.people import UPWARDS, leads, recipients
from services.clocks.escalation.rows import Raised, raise_ticket
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.master_data.people import People, people_of
from services.tickets.case import Case, Done, locked_case


@dataclass(frozen=True, slots=True)
class Escalate:
    ticket_id: int | None
    expected_version: int
    level: EscalationLevel
    reason: str
    client_mutation_id: str | None = None


async def escalate(desk: Desk, scope: Scope, command: Escalate) -> Done:
    """Take a ticket upwards; raises Forbidden for who neither handles nor steers it."""
    checks = Checks()
    reason = checks(validation.text, command.reason, validation.NOTE_LIMIT, "reason")
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
    ) as case:
        if not access.handles(scope.sight, case.state) and not access.acts_for_desk(scope.sight, case.state):
            raise Forbidden("NOT_YOUR_TICKET")
        people = await people_of(case.connection, desk.today())
        notified = recipients(people, command.level, case.state, without=scope.officer_id)
        await _check(case, command.level, people, notified)
        checks.settle()
        kept = await case.keep(TextKind.REASON, reason)
        case.raise_version()
        await raise_ticket(case, Raised(command.level, case.moment, notified, at_once=True, reason=kept))
    return case.done()


async def _check(case: Case, level: EscalationLevel, people: People, notified: list[int]) -> None:
    """Keep in the case's checks what this level is refused for."""
    if case.ticket.status in CLOSED_STATUSES:
        case.checks.keep(InvalidInput("ESCALATES_CLOSED", path=("id",)))
    if UPWARDS.index(level) <= UPWARDS.index(own_level(case, people)):
        case.checks.keep(InvalidInput("LEVEL_NOT_ABOVE", path=("level",)))
    elif level is EscalationLevel.OMBUDSMAN and await given_since(case.connection, case.ticket.id) is None:
        case.checks.keep(InvalidInput("CONSENT_NEEDED", path=("level",)))
    elif not notified:
        case.checks.keep(InvalidInput("NOBODY_TO_TELL", path=("level",)))


def own_level(case: Case, people: People) -> EscalationLevel:
    """The level on which the caller stands: the desk's, that of a liaison who is told in a leader's place, or below."""
    sight, lead = case.scope.sight, case.state["lead"]
    if access.acts_for_desk(sight, case.state):
        return EscalationLevel.COORDINATOR
    in_place = Role.LIAISON in sight.roles and lead == sight.agency_id and not leads(people, lead)
    return EscalationLevel.AGENCY if in_place else EscalationLevel.OFFICER
