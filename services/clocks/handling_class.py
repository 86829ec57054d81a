"""The class of a ticket, from which its time for resolving follows: set at verification, changed with a reason.

That a class may be changed, and by whom, is decided in docs/adr/0030; what each class is given says deadlines.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.enums import CLOSED_STATUSES, EventKind, HandlingClass, TextKind, Visibility
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.clocks.readings import moved
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.deadlines.stored.keeping import advance
from services.tickets import workflow
from services.tickets.case import Case, Done, locked_case
from services.tickets.needs.values import choosable_class
from services.tickets.table.rows import Who
from services.tickets.workflow import IllegalTransition


@dataclass(frozen=True, slots=True)
class ClassChange:
    ticket_id: int | None
    expected_version: int
    handling_class: HandlingClass
    reason: str
    client_mutation_id: str | None = None


async def change_class(desk: Desk, scope: Scope, command: ClassChange) -> Done:
    """Give a ticket another class: its deadline moves, and what was used stays used."""
    checks = Checks()
    reason = checks(validation.text, command.reason, validation.NOTE_LIMIT, "reason")
    wanted = checks(choosable_class, command.handling_class)
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
    ) as case:
        _require_verifier(case)
        if wanted is not None:
            checks(_require_other, case, wanted)
        checks.settle()
        kept = await case.keep(TextKind.REASON, reason)
        case.set(handling_class=wanted)
        case.raise_version()
        case.record(
            EventKind.DEADLINE_MOVED,
            text=kept,
            changed=("deadlines",),
            visibility=Visibility.INTER_AGENCY,
            details={"reason": "CLASS", **_moves(case)},
        )
    return case.done()


def _moves(case: Case) -> dict[str, Any]:
    """The deadlines that the ticket's new class moves."""
    clocks = case.clocks
    after = advance(clocks.kept, clocks.history, ticket_state(case.ticket), clocks.measures, case.moment)
    return moved(clocks.kept, after)


def _require_verifier(case: Case) -> None:
    """Raise unless the caller verifies, and the ticket is still open."""
    held = workflow.relations(case.scope.sight, case.state)
    if Who.DESK not in held:
        raise Forbidden("NOT_YOUR_MOVE", who=Term("who.DESK")) if held else Forbidden("NOT_YOUR_TICKET")
    if case.ticket.status in CLOSED_STATUSES:
        raise IllegalTransition("CLASS_OF_CLOSED", case.ticket.status, case.open_moves())


def _require_other(case: Case, wanted: HandlingClass) -> None:
    if case.ticket.supervisory:
        raise InvalidInput("CLASS_OF_SUPERVISORY", path=("handlingClass",))
    if case.ticket.handling_class is wanted:
        raise InvalidInput("NOTHING_CHANGES", path=("handlingClass",))
