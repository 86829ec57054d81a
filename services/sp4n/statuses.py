"""What SP4N-LAPOR! says of a linked ticket: kept as it is, and understood by the city's list (docs/adr/0036)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import Sp4nSaid
from models.enums import EventKind, Sp4nStatus, TextKind, Visibility
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.refusals import Checks, Forbidden, InvalidInput
from services.inputs.sp4n import status_word
from services.sp4n.links import LINK, linked
from services.tickets.case import Case, Done, locked_case

STATUS_LIMIT = 200  # characters; our choice: its own statuses have some twenty


@dataclass(frozen=True, slots=True)
class SaidStatus:
    """at: now where it is left out."""

    ticket_id: int | None
    raw_status: str
    at: datetime | None = None
    client_mutation_id: str | None = None


async def record_status(desk: Desk, scope: Scope, command: SaidStatus) -> Done:
    """Note what SP4N-LAPOR! says now; the ticket's version stays. What is older than the last is refused."""
    checks = Checks()
    checks(validation.line, command.raw_status, STATUS_LIMIT, "rawStatus")
    checks(validation.not_ahead, command.at, desk, "at")
    name = command.client_mutation_id
    async with locked_case(desk, scope, command.ticket_id, mutation_id=name, checks=checks) as case:
        sight = scope.sight
        if not access.handles(sight, case.state) and not access.acts_for_desk(sight, case.state):
            raise Forbidden("NOT_YOUR_TICKET")
        row = await linked(case)
        at = min(command.at or case.moment, case.moment)
        if row.status_at is not None and at < row.status_at:
            checks.keep(InvalidInput("SP4N_OUT_OF_ORDER", path=("at",), last=row.status_at.astimezone(desk.rules.zone)))
        checks.settle()
        row.status_at = at
        await row.save(using_db=case.connection, update_fields=["status_at"])
        await _keep(case, command.raw_status, at)
    return case.done()


async def _keep(case: Case, raw: str, at: datetime) -> None:
    reference = await case.desk.reference(case.connection)
    status = reference.sp4n.get(status_word(raw), Sp4nStatus.UNKNOWN)
    text = await case.keep(TextKind.RAW_STATUS, raw)
    await Sp4nSaid.create(
        ticket_id=case.ticket.id,
        at=at,
        text_id=text.id,
        status=status,
        recorded_by_id=case.scope.officer_id,
        using_db=case.connection,
    )
    case.set(sp4n_status=status)
    details = {"sp4n": status.value, "saidAt": at.isoformat()}
    case.record(EventKind.LINK_CHANGED, text=text, changed=LINK, visibility=Visibility.INTER_AGENCY, details=details)
