"""Who closes a report as resolved, and with what: evidence, the answer alone, or what became of a wish."""

from datetime import date

import pytest

from models import Ticket, TicketText
from models.enums import Classification, Role, TextKind, TicketStatus
from services.access.states import ticket_state
from services.core.refusals import Forbidden, InvalidInput
from services.tickets import moves
from services.tickets.moves import ChangeStatus, Evidence
from services.tickets.workflow import open_moves
from tests.factories import event_of, make_resolving, make_ticket
from tests.services.tickets.given import rows

S, C = TicketStatus, Classification
PROOF = (Evidence("Foto lampu menyala."),)
TOMORROW = date(2026, 3, 3)


def resolved(ticket, **more):
    return ChangeStatus(ticket.id, ticket.version, S.RESOLVED, **more)


async def offers(desk, scope, ticket):
    """Whether the caller is offered to resolve it."""
    reference = await desk.reference()
    return S.RESOLVED in {move.to for move in open_moves(scope.sight, ticket_state(ticket), reference.reasons)}


@pytest.mark.parametrize(
    ("city", "own", "officer_may"),
    [
        (None, None, False),
        (Role.LIAISON, None, False),
        (Role.OFFICER, None, True),
        (None, Role.OFFICER, True),
        (Role.LIAISON, Role.OFFICER, True),
        (Role.OFFICER, Role.LIAISON, False),
    ],
)
async def test_an_officer_resolves_where_the_agency_s_row_says_so(
    desk, officer, liaison, coordinator, pupr, social, city, own, officer_may
):
    await make_resolving(Role.LIAISON if officer_may else Role.OFFICER, social)
    if city is not None:
        await make_resolving(city)
    if own is not None:
        await make_resolving(own, pupr)
    ticket = await make_ticket(S.ANSWERED, lead=pupr)
    before = await rows()

    assert await offers(desk, officer, ticket) is officer_may
    assert [await offers(desk, scope, ticket) for scope in (liaison, coordinator)] == [True, True]
    if not officer_may:
        with pytest.raises(Forbidden):
            await moves.change_status(desk, officer, resolved(ticket, evidence=PROOF))
        assert await rows() == before
    await moves.change_status(desk, officer if officer_may else liaison, resolved(ticket, evidence=PROOF))

    assert (await Ticket.get(id=ticket.id)).status is S.RESOLVED


async def test_a_row_counts_from_its_day_on(desk, clock, officer, pupr):
    await make_resolving(Role.OFFICER)
    await make_resolving(Role.LIAISON, valid_from=TOMORROW)
    ticket = await make_ticket(S.ANSWERED, lead=pupr)

    assert await offers(desk, officer, ticket)
    clock.forward(days=1)
    before = await rows()

    with pytest.raises(Forbidden):
        await moves.change_status(desk, officer, resolved(ticket, evidence=PROOF))

    assert not await offers(desk, officer, ticket)
    assert await rows() == before


async def test_a_row_that_came_a_moment_ago_decides(desk, officer, pupr):
    await desk.reference()
    await make_resolving(Role.OFFICER, pupr)
    ticket = await make_ticket(S.ANSWERED, lead=pupr)

    await moves.change_status(desk, officer, resolved(ticket, evidence=PROOF))

    assert (await Ticket.get(id=ticket.id)).status is S.RESOLVED


@pytest.mark.parametrize(
    ("kind", "given", "code", "path"),
    [
        (C.COMPLAINT, {}, "EVIDENCE_NEEDED", ("evidence",)),
        (None, {}, "EVIDENCE_NEEDED", ("evidence",)),
        (C.COMPLAINT, {"evidence": PROOF, "reason_code": "ACCEPTED"}, "NOT_WANTED", ("reasonCode",)),
        (C.INFORMATION_REQUEST, {"reason_code": "ACCEPTED"}, "NOT_WANTED", ("reasonCode",)),
        (C.ASPIRATION, {}, "REASON_NEEDED", ("reasonCode",)),
        (C.ASPIRATION, {"reason_code": "NO_BUDGET"}, "UNKNOWN_REASON", ("reasonCode",)),
        (C.ASPIRATION, {"reason_code": "ACCEPTED", "evidence": PROOF * 21}, "TOO_MANY", ("evidence",)),
        (C.INFORMATION_REQUEST, {"evidence": (Evidence(" "),)}, "EMPTY", ("evidence", "0", "description")),
    ],
)
async def test_what_a_kind_of_report_ends_with_is_asked_for_and_nothing_else(
    desk, liaison, pupr, kind, given, code, path
):
    ticket = await make_ticket(S.ANSWERED, lead=pupr, classification=kind)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, liaison, resolved(ticket, **given))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


@pytest.mark.parametrize("proofs", [(), PROOF])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (C.INFORMATION_REQUEST, None),
        (C.ASPIRATION, "ACCEPTED"),
        (C.ASPIRATION, "PLANNED"),
        (C.ASPIRATION, "NOT_POSSIBLE"),
    ],
)
async def test_questions_and_wishes_end_with_their_answer(desk, liaison, pupr, kind, reason, proofs):
    ticket = await make_ticket(S.ANSWERED, lead=pupr, classification=kind)

    done = await moves.change_status(desk, liaison, resolved(ticket, reason_code=reason, evidence=proofs))

    event = await event_of(done)
    assert (event.after["status"], event.details.get("reason")) == (S.RESOLVED, reason)
    assert await TicketText.filter(ticket_id=ticket.id, kind=TextKind.EVIDENCE).count() == len(proofs)


@pytest.mark.parametrize(
    ("kind", "needs", "reasons"),
    [
        (C.COMPLAINT, ("EVIDENCE",), ()),
        (None, ("EVIDENCE",), ()),
        (C.INFORMATION_REQUEST, (), ()),
        (C.ASPIRATION, ("REASON",), ("ACCEPTED", "PLANNED", "NOT_POSSIBLE")),
    ],
)
async def test_what_is_needed_is_offered_before(liaison, pupr, kind, needs, reasons):
    ticket = await make_ticket(S.ANSWERED, lead=pupr, classification=kind)

    [move] = [each for each in open_moves(liaison.sight, ticket_state(ticket)) if each.to is S.RESOLVED]

    assert (move.needs, move.reason_codes) == (needs, reasons)
