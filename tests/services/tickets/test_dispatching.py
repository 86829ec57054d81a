"""Dispatching, redirecting and returning, and on whose behalf."""

from datetime import UTC, datetime

import pytest

from models import Answer, Ticket
from models.enums import AgencyKind, AnswerState, EventKind, TicketStatus
from services.core.refusals import InvalidInput
from services.tickets import moves
from services.tickets.moves import (
    ChangeStatus,
    Dispatch,
    Return,
)
from tests.factories import event_of, make_agency, make_officer, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


async def test_a_redirect_needs_a_note_and_starts_afresh_with_the_other_agency(desk, coordinator, pupr, social):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr, assignee=worker, answers_waiting=1)
    waiting = await Answer.create(
        ticket=ticket, version=1, state=AnswerState.WAITING_APPROVAL, text="Sudah.", updated_at=NOW
    )
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial"))

    assert (refusal.value.code, refusal.value.path) == ("NOTE_NEEDED", ("note",))
    assert await rows() == before

    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial", note="Bukan jalan kota."))

    row = await Ticket.get(id=ticket.id)
    assert (row.lead_agency_id, row.assignee_id, row.answers_waiting) == (social.id, None, 0)
    assert (row.received_at, row.return_count) == (ticket.received_at, 0)
    assert (await Answer.get(id=waiting.id)).state is AnswerState.DRAFT


@pytest.mark.parametrize(
    ("order", "code", "path"),
    [
        ({"lead_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("leadAgencyCode",)),
        ({"lead_agency_code": "closed"}, "UNKNOWN_AGENCY", ("leadAgencyCode",)),
        ({"lead_agency_code": "pln"}, "DISPATCHED_OUTSIDE", ("leadAgencyCode",)),
        ({"lead_agency_code": "Polres"}, "DISPATCHED_OUTSIDE", ("leadAgencyCode",)),
        ({"supporting_agency_codes": ("dinas-sosial", "polres")}, "DISPATCHED_OUTSIDE", ("supportingAgencyCodes", "1")),
        ({"supporting_agency_codes": ("no-such",)}, "UNKNOWN_AGENCY", ("supportingAgencyCodes", "0")),
        ({"supporting_agency_codes": ("dinas-pupr",)}, "LEAD_SUPPORTS_ITSELF", ("supportingAgencyCodes",)),
        ({"supporting_agency_codes": ("dinas-sosial",) * 21}, "TOO_MANY", ("supportingAgencyCodes",)),
    ],
)
async def test_bad_input_of_a_dispatch_changes_nothing(desk, coordinator, pupr, social, order, code, path):
    await make_agency("closed", active=False)
    await make_agency("pln", kind=AgencyKind.EXTERNAL)
    await make_agency("polres", kind=AgencyKind.VERTICAL)
    ticket = await make_ticket(S.VERIFIED)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, **{"lead_agency_code": "dinas-pupr", **order}))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_a_redirect_to_where_it_is_changes_nothing(desk, coordinator, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()

    with pytest.raises(InvalidInput, match="NOTHING_CHANGES"):
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr", note="Lagi."))

    assert await rows() == before


async def test_a_return_clears_the_agency_and_counts_one_bounce(desk, officer, pupr, social):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, supporting=(social,), assignee=worker, return_count=2)

    done = await moves.return_(desk, officer, Return(ticket.id, 1, "WRONG_LOCATION", "Ini wilayah kabupaten."))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.lead_agency_id, row.assignee_id, row.return_count) == (S.VERIFIED, None, None, 3)
    assert (row.supporting_agency_ids, row.received_at) == ([], ticket.received_at)
    assert (event.kind, event.details["reason"]) == (EventKind.RETURNED, "WRONG_LOCATION")
    assert event.changed == ["assignee", "leadAgency", "returnCount", "status", "supportingAgencies"]
    assert event.on_behalf_of_id is None


async def test_the_coordinator_s_move_for_an_agency_is_recorded_on_its_behalf(desk, coordinator, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)

    done = await moves.return_(desk, coordinator, Return(ticket.id, 1, "NOT_OUR_DUTY"))

    event = await event_of(done)
    assert (event.on_behalf_of_id, event.actor_officer_id) == (pupr.id, coordinator.officer_id)
    assert event.actor_agency_id == coordinator.agency_id


async def test_a_coordinator_s_own_agency_needs_no_behalf(desk, coordinator, home):
    ticket = await make_ticket(S.DISPATCHED, lead=home)

    done = await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.IN_PROGRESS))

    assert (await event_of(done)).on_behalf_of_id is None
