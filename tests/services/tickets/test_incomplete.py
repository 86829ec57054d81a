"""What a report lacks: whoever has it asks the reporter, an agency keeps it meanwhile, and goes on where it was."""

import asyncio

import pytest

from models import Answer, Ticket
from models.enums import AnswerState, EventKind, TicketStatus
from services.access.states import ticket_state
from services.core.refusals import Forbidden, InvalidInput, VersionConflict
from services.tickets import answers, assigning, moves
from services.tickets.answers import Draft, Review
from services.tickets.commands import Assign
from services.tickets.moves import ChangeStatus
from services.tickets.workflow import IllegalTransition, open_moves
from tests.factories import event_of, make_officer, make_ticket
from tests.services.tickets.given import rows

S = TicketStatus


def ask(ticket, **more):
    return ChangeStatus(ticket.id, ticket.version, S.INCOMPLETE, **{"note": "RT berapa?", **more})


@pytest.mark.parametrize("was", [S.DISPATCHED, S.IN_PROGRESS])
async def test_an_agency_asks_keeps_the_report_and_goes_on_from_where_it_was(desk, officer, pupr, social, was):
    worker = await make_officer(pupr)
    ticket = await make_ticket(was, lead=pupr, supporting=(social,), assignee=worker, return_count=1)

    await moves.change_status(desk, officer, ask(ticket))
    asked = await Ticket.get(id=ticket.id)
    done = await moves.change_status(desk, officer, ChangeStatus(ticket.id, asked.version, was))

    row, event = await Ticket.get(id=ticket.id), await event_of(done)
    assert (asked.status, asked.resumes) == (S.INCOMPLETE, was)
    kept = (pupr.id, [social.id], worker.id, 1)
    for each in (asked, row):
        assert (each.lead_agency_id, each.supporting_agency_ids, each.assignee_id, each.return_count) == kept
    assert (row.status, row.resumes, row.version, row.received_at) == (was, None, 3, ticket.received_at)
    assert (event.kind, event.before["resumes"], event.after["resumes"]) == (EventKind.STATUS_CHANGED, was, None)


async def test_it_goes_back_nowhere_else(desk, coordinator, pupr):
    ticket = await make_ticket(S.INCOMPLETE, lead=pupr, resumes=S.DISPATCHED)
    before = await rows()

    for status in (S.RECEIVED, S.IN_PROGRESS, S.VERIFIED, S.ON_HOLD):
        with pytest.raises(IllegalTransition):
            await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, status))

    assert await rows() == before


async def test_a_report_of_no_agency_is_verified_next_even_where_an_import_named_one(desk, coordinator, officer, pupr):
    ticket = await make_ticket(S.INCOMPLETE, lead=pupr)
    before = await rows()

    with pytest.raises(Forbidden):
        await moves.change_status(desk, officer, ChangeStatus(ticket.id, 1, S.RECEIVED))
    assert await rows() == before

    await moves.change_status(desk, coordinator, ChangeStatus(ticket.id, 1, S.RECEIVED))
    assert (await Ticket.get(id=ticket.id)).status is S.RECEIVED


async def test_what_the_desk_asked_for_before_an_agency_had_it_goes_back_to_no_agency(desk, coordinator):
    ticket = await make_ticket(S.VERIFIED)

    await moves.change_status(desk, coordinator, ask(ticket))

    row = await Ticket.get(id=ticket.id)
    assert row.resumes is None
    offered = {move.to for move in open_moves(coordinator.sight, ticket_state(row)) if move.by == "CHANGE_STATUS"}
    assert offered == {S.RECEIVED, S.ARCHIVED}


async def test_what_is_missing_is_kept_once_in_the_order_of_the_list(desk, officer, pupr):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    asked = ask(ticket, note=None, missing=("PROOF", " location ", "PROOF", "TIME"))

    done = await moves.change_status(desk, officer, asked)

    event = await event_of(done)
    assert (event.details["missing"], event.text_id) == (["LOCATION", "TIME", "PROOF"], None)


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"note": None}, "NOTE_NEEDED", ("note",)),
        ({"note": None, "missing": ()}, "NOTE_NEEDED", ("note",)),
        ({"missing": ("LOCATION", "SHOE_SIZE")}, "UNKNOWN_MISSING", ("missing", "1")),
        ({"missing": ("",)}, "UNKNOWN_MISSING", ("missing", "0")),
        ({"missing": ("TIME",) * 21}, "TOO_MANY", ("missing",)),
        ({"reason_code": "TOO_LITTLE_DATA"}, "NOT_WANTED", ("reasonCode",)),
        ({"status": S.IN_PROGRESS, "missing": ("TIME",)}, "NOT_WANTED", ("missing",)),
    ],
)
async def test_what_nobody_can_be_asked_for_changes_nothing(desk, officer, pupr, given, code, path):
    ticket = await make_ticket(S.DISPATCHED, lead=pupr)
    before = await rows()
    order = {"ticket_id": ticket.id, "expected_version": 1, "status": S.INCOMPLETE, "note": "RT berapa?", **given}

    with pytest.raises(InvalidInput) as refusal:
        await moves.change_status(desk, officer, ChangeStatus(**order))

    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert await rows() == before


async def test_an_answer_that_waits_for_approval_is_a_draft_again(desk, officer, liaison, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    written = await answers.save_draft(desk, officer, Draft(ticket.id, "Sudah diperbaiki.", submit=True))

    done = await moves.change_status(desk, officer, ask(ticket))

    row, answer = await Ticket.get(id=ticket.id), await Answer.get(id=written.id)
    assert (row.answers_waiting, answer.state, answer.version) == (0, AnswerState.DRAFT, 2)
    assert "answers" in (await event_of(done)).changed
    with pytest.raises(VersionConflict):
        await answers.review(desk, liaison, Review(written.id, 1, approve=True))


async def test_of_an_approval_and_a_question_at_the_same_moment_none_leaves_a_report_half(desk, officer, liaison, pupr):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    written = await answers.save_draft(desk, officer, Draft(ticket.id, "Sudah diperbaiki.", submit=True))

    approved, asked = await asyncio.gather(
        answers.review(desk, liaison, Review(written.id, 1, approve=True)),
        moves.change_status(desk, officer, ask(ticket)),
        return_exceptions=True,
    )

    row, answer = await Ticket.get(id=ticket.id), await Answer.get(id=written.id)
    assert not isinstance(asked, BaseException)  # an approval raises no version
    assert not isinstance(approved, BaseException) or isinstance(approved, VersionConflict)
    assert (row.status, row.answers_waiting) == (S.INCOMPLETE, 0)
    assert (answer.state, answer.approver_id) == (AnswerState.DRAFT, None)


async def test_of_two_who_record_what_came_one_wins(desk, officer, liaison, pupr):
    ticket = await make_ticket(S.INCOMPLETE, lead=pupr, resumes=S.IN_PROGRESS)
    order = ChangeStatus(ticket.id, 1, S.IN_PROGRESS)

    done = await asyncio.gather(
        *(moves.change_status(desk, scope, order) for scope in (officer, liaison)), return_exceptions=True
    )

    assert [isinstance(each, VersionConflict) for each in done].count(True) == 1
    assert (await Ticket.get(id=ticket.id)).version == 2


async def test_whoever_keeps_it_may_give_it_to_another_officer(desk, liaison, pupr):
    worker = await make_officer(pupr)
    ticket = await make_ticket(S.INCOMPLETE, lead=pupr, resumes=S.DISPATCHED)

    await assigning.assign(desk, liaison, Assign(ticket.id, 1, worker.id))

    row = await Ticket.get(id=ticket.id)
    assert (row.assignee_id, row.status, row.resumes) == (worker.id, S.INCOMPLETE, S.DISPATCHED)
