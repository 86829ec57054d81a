"""What is not the city's: the desk says who is responsible, whatever an agency has done, and never names its own."""

import pytest

from models import Answer, Ticket
from models.enums import AgencyKind, AnswerState, Role, TicketStatus
from services.core.refusals import Forbidden, InvalidInput
from services.tickets import moves
from services.tickets.moves import ChangeStatus, Reopen, Return
from tests.factories import event_of, make_agency, make_scope, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus
FROM = [S.RECEIVED, S.VERIFIED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD]


def referral(ticket, **more):
    known = {"reason_code": "STATE_COMPANY", "referred_to_agency_code": "pln", **more}
    return ChangeStatus(ticket.id, ticket.version, S.OUT_OF_JURISDICTION, **known)


@pytest.fixture
async def pln(desk):
    return await make_agency("pln", kind=AgencyKind.EXTERNAL)


@pytest.mark.parametrize("referred", [True, False, None])
@pytest.mark.parametrize("status", FROM)
async def test_a_report_is_passed_on_from_wherever_it_is(desk, coordinator, pupr, pln, status, referred):
    lead = None if status in (S.RECEIVED, S.VERIFIED) else pupr
    ticket = await make_ticket(status, lead=lead, answers_waiting=1)
    waiting = await Answer.create(
        ticket=ticket, version=1, state=AnswerState.WAITING_APPROVAL, text="Sudah.", updated_at=ticket.updated_at
    )

    done = await moves.change_status(desk, coordinator, referral(ticket, referred=referred))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.referred_to_id) == (S.OUT_OF_JURISDICTION, pln.id if referred else None)
    assert event.details | {"textVisibility": ""} == {
        "reason": "STATE_COMPANY",
        "referredTo": pln.id,
        "referred": bool(referred),
        "textVisibility": "",
    }
    assert event.on_behalf_of_id is None
    assert ("referredTo" in event.changed) is bool(referred)
    assert (row.answers_waiting, (await Answer.get(id=waiting.id)).state) == (0, AnswerState.DRAFT)


@pytest.mark.parametrize("kind", [AgencyKind.EXTERNAL, AgencyKind.VERTICAL])
async def test_bodies_outside_the_city_and_of_the_state_can_be_responsible(desk, coordinator, kind):
    await make_agency("badan", kind=kind)
    ticket = await make_ticket(S.VERIFIED)

    await moves.change_status(desk, coordinator, referral(ticket, referred_to_agency_code=" BADAN "))

    assert (await Ticket.get(id=ticket.id)).status is S.OUT_OF_JURISDICTION


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"referred_to_agency_code": None}, "REFERRAL_NEEDED", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": None, "referred": True}, "REFERRAL_NEEDED", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": "no-such"}, "UNKNOWN_AGENCY", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": "closed"}, "UNKNOWN_AGENCY", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": "dinas-pupr"}, "REFERRED_TO_THE_CITY", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": "kelurahan"}, "REFERRED_TO_THE_CITY", ("referredToAgencyCode",)),
        ({"referred_to_agency_code": "bumd"}, "REFERRED_TO_THE_CITY", ("referredToAgencyCode",)),
        ({"reason_code": None}, "REASON_NEEDED", ("reasonCode",)),
        ({"status": S.ON_HOLD, "until": None}, "NOT_WANTED", ("referredToAgencyCode",)),
    ],
)
async def test_a_referral_to_nobody_or_to_the_city_changes_nothing(desk, coordinator, pupr, pln, given, code, path):
    await make_agency("closed", kind=AgencyKind.EXTERNAL, active=False)
    await make_agency("kelurahan", kind=AgencyKind.KELURAHAN)
    await make_agency("bumd", kind=AgencyKind.BUMD)
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()
    order = {"status": S.OUT_OF_JURISDICTION, "reason_code": "STATE_COMPANY", "referred_to_agency_code": "pln", **given}

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, **order))

    assert (code, path) in {(each.code, each.path) for each in refusal.value.each()}
    assert await rows() == before


async def test_an_agency_proposes_it_by_returning_the_report_and_the_desk_decides(
    desk, coordinator, officer, pupr, pln
):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    before = await rows()

    with pytest.raises(Forbidden):
        await moves.change_status(desk, officer, referral(ticket))
    assert await rows() == before

    await moves.return_(desk, officer, Return(ticket.id, 1, "OUTSIDE_CITY", "Jalan nasional."))
    returned = await Ticket.get(id=ticket.id)
    await moves.change_status(desk, coordinator, referral(returned, referred=True))

    row = await Ticket.get(id=ticket.id)
    assert (row.status, row.referred_to_id, row.lead_agency_id, row.return_count) == (
        S.OUT_OF_JURISDICTION,
        pln.id,
        None,
        1,
    )


async def test_what_was_sent_back_is_with_nobody_outside_any_more(desk, coordinator, pln):
    ticket = await make_ticket(S.OUT_OF_JURISDICTION, referred_to_id=pln.id)

    await moves.reopen(desk, coordinator, Reopen(ticket.id, 1, "SENT_BACK"))

    assert (await Ticket.get(id=ticket.id)).referred_to_id is None


async def test_an_inspector_passes_on_what_is_supervisory(desk, coordinator, pupr, pln):
    inspector = await make_scope(Role.INSPECTOR, await make_agency("inspektorat"))
    ticket = await make_ticket(S.VERIFIED, supervisory=True, reported_agency_id=pupr.id)

    await moves.change_status(desk, inspector, referral(ticket, referred=True))

    assert (await Ticket.get(id=ticket.id)).referred_to_id == pln.id
