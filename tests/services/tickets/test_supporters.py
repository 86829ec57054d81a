"""A dispatch wherever an agency has a report: the same one keeps it while others come and go, another begins anew."""

import asyncio
from datetime import date

import pytest

from models import Answer, Ticket
from models.enums import AnswerState, EventKind, TicketStatus
from services.core.refusals import Forbidden, InvalidInput, VersionConflict
from services.tickets import answers, moves
from services.tickets.answers import Draft, Review
from services.tickets.moves import Dispatch
from services.tickets.workflow import IllegalTransition
from tests.factories import event_of, make_agency, make_officer, make_scope, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus
UNTIL = date(2026, 3, 20)
LED = [S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.ANSWERED, S.REOPENED, S.INCOMPLETE]


async def led_ticket(status, lead, **more):
    kept = {"resumes": S.IN_PROGRESS} if status is S.INCOMPLETE else {}
    held = {"hold_until": UNTIL} if status is S.ON_HOLD else {}
    return await make_ticket(status, lead=lead, **kept, **held, **more)


@pytest.mark.parametrize("status", LED)
async def test_supporters_come_and_go_and_the_report_stays_where_it_is(desk, coordinator, pupr, social, status):
    worker, health = await make_officer(pupr), await make_agency("dinkes")
    ticket = await led_ticket(status, pupr, supporting=(social,), assignee=worker)

    done = await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr", ("dinkes",)))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (row.status, row.version, row.lead_agency_id, row.supporting_agency_ids) == (
        status,
        2,
        pupr.id,
        [health.id],
    )
    assert (row.assignee_id, row.hold_until, row.resumes) == (worker.id, ticket.hold_until, ticket.resumes)
    assert (event.kind, event.changed, event.on_behalf_of_id) == (EventKind.DISPATCHED, ["supportingAgencies"], None)


@pytest.mark.parametrize("status", LED)
async def test_another_lead_agency_begins_anew(desk, coordinator, pupr, social, status):
    worker = await make_officer(pupr)
    ticket = await led_ticket(status, pupr, assignee=worker, answers_waiting=1, return_count=1)
    waiting = await Answer.create(
        ticket=ticket, version=1, state=AnswerState.WAITING_APPROVAL, text="Sudah.", updated_at=ticket.updated_at
    )

    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial", note="Bukan jalan kota."))

    row = await Ticket.get(id=ticket.id)
    assert (row.status, row.lead_agency_id, row.assignee_id) == (S.DISPATCHED, social.id, None)
    assert (row.hold_until, row.resumes, row.return_count, row.answers_waiting) == (None, None, 1, 0)
    assert (await Answer.get(id=waiting.id)).state is AnswerState.DRAFT


@pytest.mark.parametrize("status", sorted(set(LED) - {S.REOPENED}))
async def test_another_lead_agency_needs_a_note_and_the_same_agencies_change_nothing(
    desk, coordinator, pupr, social, status
):
    ticket = await led_ticket(status, pupr, supporting=(social,))
    before = await rows()

    for codes, code in (
        (("dinas-sosial", ()), "NOTE_NEEDED"),
        (("dinas-pupr", ("dinas-sosial",)), "NOTHING_CHANGES"),
        (("dinas-pupr", ("dinas-pupr",)), "LEAD_SUPPORTS_ITSELF"),
    ):
        with pytest.raises(InvalidInput, match=code):
            await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, *codes))

    assert await rows() == before


async def test_a_reopened_report_is_sent_to_the_same_agencies_again(desk, coordinator, pupr, social):
    ticket = await make_ticket(S.REOPENED, lead=pupr, supporting=(social,))

    await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr", ("dinas-sosial",)))

    assert (await Ticket.get(id=ticket.id)).status is S.DISPATCHED


@pytest.mark.parametrize("status", [S.RESOLVED, S.UNRESOLVED, S.ARCHIVED, S.RECEIVED, S.INCOMPLETE])
async def test_what_no_agency_works_on_has_no_supporters_to_change(desk, coordinator, pupr, social, status):
    ticket = await make_ticket(status, lead=pupr)
    before = await rows()

    with pytest.raises(IllegalTransition):
        await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr", ("dinas-sosial",), "Bantu."))

    assert await rows() == before


@pytest.mark.parametrize("status", LED)
async def test_agencies_choose_neither_supporters_nor_another_lead(desk, liaison, pupr, social, status):
    ticket = await led_ticket(status, pupr)
    before = await rows()

    for order in (("dinas-pupr", ("dinas-sosial",)), ("dinas-sosial", ())):
        with pytest.raises(Forbidden):
            await moves.dispatch(desk, liaison, Dispatch(ticket.id, 1, *order, "Bantu."))

    assert await rows() == before


async def test_a_supervisory_report_gets_no_supporter_that_it_is_about(desk, pupr, social):
    inspector = await make_scope("INSPECTOR", await make_agency("inspektorat"))
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, supervisory=True, reported_agency_id=social.id)
    before = await rows()

    with pytest.raises(InvalidInput, match="REPORTED_AGENCY"):
        await moves.dispatch(desk, inspector, Dispatch(ticket.id, 1, "dinas-pupr", ("dinas-sosial",)))

    assert await rows() == before


@pytest.mark.parametrize("approved", [False, True])
async def test_what_waits_of_a_supporter_that_goes_is_a_draft_again(
    desk, coordinator, officer, liaison, pupr, social, approved
):
    helper = await make_scope("OFFICER", social)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, supporting=(social,))
    theirs = await answers.save_draft(desk, helper, Draft(ticket.id, "Bagian kami selesai.", submit=True))
    ours = await answers.save_draft(desk, officer, Draft(ticket.id, "Bagian kami juga.", submit=True))
    if approved:
        await answers.review(desk, liaison, Review(theirs.id, 1, approve=True))

    done = await moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr"))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    states = [(await Answer.get(id=each.id)).state for each in (theirs, ours)]
    assert (states, row.answers_waiting) == ([AnswerState.DRAFT, AnswerState.WAITING_APPROVAL], 1)
    assert event.changed == ["answers", "supportingAgencies"]


async def test_of_an_approval_and_the_supporter_s_end_at_the_same_moment_nothing_waits_of_it(
    desk, coordinator, liaison, pupr, social
):
    helper = await make_scope("OFFICER", social)
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr, supporting=(social,))
    theirs = await answers.save_draft(desk, helper, Draft(ticket.id, "Bagian kami selesai.", submit=True))

    approved, gone = await asyncio.gather(
        answers.review(desk, liaison, Review(theirs.id, 1, approve=True)),
        moves.dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-pupr")),
        return_exceptions=True,
    )

    assert not isinstance(gone, BaseException)
    assert not isinstance(approved, BaseException) or isinstance(approved, VersionConflict)
    answer = await Answer.get(id=theirs.id)
    assert (answer.state, answer.approver_id) == (AnswerState.DRAFT, None)
    assert (await Ticket.get(id=ticket.id)).answers_waiting == 0


async def test_of_two_redirects_at_once_one_wins(desk, coordinator, pupr, social):
    await make_agency("dinkes")
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    orders = [Dispatch(ticket.id, 1, code, note="Bukan jalan kota.") for code in ("dinas-sosial", "dinkes")]

    done = await asyncio.gather(*(moves.dispatch(desk, coordinator, order) for order in orders), return_exceptions=True)

    [conflict] = [each for each in done if isinstance(each, BaseException)]
    assert isinstance(conflict, VersionConflict)
    assert ((await Ticket.get(id=ticket.id)).version, conflict.expected) == (2, 1)
