"""Any move by any caller, with all that the table says it needs: for tests that try or play many moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models import Agency, Ticket
from models.enums import Classification, MoveMutation, MoveNeed, TicketStatus
from services.access.scopes import Scope
from services.access.states import ticket_state
from services.core.desk import Desk
from services.reasons.reasons import STANDARD
from services.tickets import answers, merging, moves
from services.tickets.case import Done
from services.tickets.table.rules import MOVES
from services.tickets.workflow import reason_codes

UNTIL = date(2026, 3, 20)


@dataclass(frozen=True, slots=True)
class Means:
    """What a move may have to name: another agency or ticket, an approved answer, a body outside the city, a day."""

    agency_code: str = ""
    into_number: str = ""
    answer_id: int | None = None
    outside_code: str = "pln"
    until: date = UNTIL


async def make_move(
    desk: Desk, scope: Scope, ticket: Ticket, by: MoveMutation, to: TicketStatus, means: Means | None = None
) -> Done:
    """Call the use case of a move, allowed or not; raises what it raises."""
    needs, reasons = needs_of(scope, ticket, by, to)
    means = means or Means()
    key: dict[str, Any] = {"ticket_id": ticket.id, "expected_version": ticket.version}
    match by:
        case MoveMutation.VERIFY:
            return await moves.verify(desk, scope, moves.Verify(**key, classification=Classification.COMPLAINT))
        case MoveMutation.DISPATCH:
            return await moves.dispatch(desk, scope, await dispatch_order(key, ticket, to, means))
        case MoveMutation.RETURN:
            return await moves.return_(desk, scope, moves.Return(**key, reason_code=(reasons or ("",))[0]))
        case MoveMutation.REOPEN:
            return await moves.reopen(desk, scope, moves.Reopen(**key, reason_code=(reasons or ("",))[0]))
        case MoveMutation.MERGE:
            return await merging.merge(desk, scope, merging.Merge(**key, into_number=means.into_number))
        case MoveMutation.SEND_ANSWER:
            return await answers.send(desk, scope, answers.Send(**key, answer_id=means.answer_id))
    order = status_change(key, to, needs, reasons, means)
    return await moves.change_status(desk, scope, replace(order, prolong=to is ticket.status))


async def dispatch_order(key: dict[str, Any], ticket: Ticket, to: TicketStatus, means: Means) -> moves.Dispatch:
    """A redirect to the other agency; where the ticket stays as it is, that one comes as a supporter, or goes."""
    if to is TicketStatus.DISPATCHED or ticket.lead_agency_id is None:
        return moves.Dispatch(**key, lead_agency_code=means.agency_code, note="Bukan jalan kota.")
    lead = await Agency.get(id=ticket.lead_agency_id)
    other = await Agency.get(code=means.agency_code)
    supporting = () if other.id in ticket.supporting_agency_ids else (other.code,)
    return moves.Dispatch(**key, lead_agency_code=lead.code, supporting_agency_codes=supporting)


def status_change(
    key: dict[str, Any],
    to: TicketStatus,
    needs: tuple[MoveNeed, ...],
    reasons: tuple[str, ...],
    means: Means,
) -> moves.ChangeStatus:
    return moves.ChangeStatus(
        **key,
        status=to,
        note="Sudah diperiksa." if MoveNeed.NOTE in needs else None,
        reason_code=reasons[0] if reasons else None,
        until=means.until if MoveNeed.UNTIL in needs else None,
        referred_to_agency_code=means.outside_code if MoveNeed.AGENCY in needs else None,
        evidence=(moves.Evidence("Foto lampu menyala."),) if MoveNeed.EVIDENCE in needs else (),
    )


def needs_of(
    scope: Scope, ticket: Ticket, by: MoveMutation, to: TicketStatus
) -> tuple[tuple[MoveNeed, ...], tuple[str, ...]]:
    """What the table asks of a move, and the reasons that can be true of it; nothing where it does not know it."""
    state = ticket_state(ticket)
    row = next((move for move in MOVES if (move.by, move.to) == (by, to) and move.fits(state)), None)
    return (row.needs, reason_codes(row, scope.sight, state, STANDARD)) if row else ((), ())
