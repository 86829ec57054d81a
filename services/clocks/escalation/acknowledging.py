"""Acknowledging an escalation: one of the notified officers takes it over, and says what will be done.

Source: docs/adr/0029.
"""

from __future__ import annotations

from dataclasses import dataclass

from models import Escalation
from models.enums import EventKind, TextKind, Visibility
from services.access.scopes import Scope
from services.clocks.escalation.rows import forget_waiting
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.tickets.case import Case, Done, locked_case


@dataclass(frozen=True, slots=True)
class Acknowledge:
    escalation_id: int | None
    note: str
    client_mutation_id: str | None = None


async def acknowledge(desk: Desk, scope: Scope, command: Acknowledge) -> Done:
    """Acknowledge an escalation once; raises NotFound, for who was not told Forbidden."""
    checks = Checks()
    note = checks(validation.text, command.note, validation.NOTE_LIMIT, "note")
    found = await Escalation.filter(id=command.escalation_id or 0).first()
    async with locked_case(
        desk,
        scope,
        None if found is None else found.ticket_id,
        mutation_id=command.client_mutation_id,
        checks=checks,
        named_by="escalationId",
    ) as case:
        row = await Escalation.get(id=command.escalation_id, using_db=case.connection)
        _require_open(row, scope)
        checks.settle()
        await _acknowledge(case, row, note)
    return case.done()


def _require_open(row: Escalation, scope: Scope) -> None:
    if scope.officer_id not in row.notified:
        raise Forbidden("NOT_TOLD")
    if row.acknowledged_at is not None:
        raise InvalidInput("ALREADY_ACKNOWLEDGED", path=("escalationId",))


async def _acknowledge(case: Case, row: Escalation, note: str) -> None:
    kept = await case.keep(TextKind.NOTE, note)
    row.acknowledged_by_id, row.acknowledged_at, row.note_id = case.scope.officer_id, case.moment, kept.id
    names = ["acknowledged_by_id", "acknowledged_at", "note_id"]
    await row.save(using_db=case.connection, update_fields=names)
    await forget_waiting(case, row)
    case.record(
        EventKind.ESCALATION_ACKNOWLEDGED,
        text=kept,
        changed=("escalations", "timeline"),
        visibility=Visibility.INTER_AGENCY,
        details={"escalation": row.id, "level": row.level},
    )
