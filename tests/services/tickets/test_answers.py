"""Answers: drafted, approved or rejected, sent; and who may do which."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models import Agency, Answer, Event, Ticket, TicketText
from models.enums import AnswerState, EventKind, Role, TextKind, TicketStatus
from realtime import log
from services.core.refusals import Forbidden, InvalidInput, NotFound, VersionConflict
from services.queries.timelines import Window, timelines
from services.tickets import answers
from services.tickets.answers import Draft, Recall, Review, Send
from services.tickets.case import Done
from services.tickets.merging import Merge, merge
from services.tickets.moves import ChangeStatus, Dispatch, Evidence, Return, change_status, dispatch, return_
from services.tickets.workflow import IllegalTransition
from tests.factories import make_agency, make_client_scope, make_scope, make_ticket, seq_of

S, A = TicketStatus, AnswerState
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def social(desk):
    return await make_agency("dinas-sosial")


@pytest.fixture
async def officer(pupr):
    return await make_scope(Role.OFFICER, pupr)


@pytest.fixture
async def liaison(pupr):
    return await make_scope(Role.LIAISON, pupr)


@pytest.fixture
async def ticket(pupr, social):
    return await make_ticket(S.IN_PROGRESS, lead=pupr, supporting=(social,))


async def rows():
    """All that a refusal must leave as it was."""
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Answer.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


async def waiting(desk, officer, ticket):
    return await answers.save_draft(desk, officer, Draft(ticket.id, "Sudah diganti.", submit=True))


async def last_event(ticket):
    return await Event.filter(ticket_id=ticket.id).order_by("-seq").first()


async def test_a_draft_changes_nothing_of_the_ticket(desk, officer, ticket):
    answer = await answers.save_draft(desk, officer, Draft(ticket.id, " Akan dicek. ", client_mutation_id="d"))

    row, event = await Answer.get(id=answer.id), await last_event(ticket)
    assert (row.state, row.version, row.text, row.author_id) == (A.DRAFT, 1, "Akan dicek.", officer.officer_id)
    assert await Ticket.filter(id=ticket.id).values() == await Ticket.filter(id=ticket.id, version=1).values()
    assert (event.kind, event.version, event.before) == (EventKind.ANSWER_DRAFTED, 1, event.after)
    assert (event.visibility, event.changed, event.text_id) == ("INTER_AGENCY", ["answers"], None)
    assert event.details == {"answer": answer.id, "answerState": "DRAFT", "answerVersion": 1}
    assert event.client_mutation_id == desk.keys.mutation_digest(ticket.id, "d")


async def test_the_way_from_draft_to_the_reporter(desk, officer, liaison, ticket):
    draft = await answers.save_draft(desk, officer, Draft(ticket.id, "Akan dicek."))
    submitted = await answers.save_draft(desk, officer, Draft(ticket.id, "Sudah diganti.", draft.id, 1, submit=True))
    row = await Ticket.get(id=ticket.id)
    assert (submitted.state, submitted.version, row.answers_waiting, row.version) == (A.WAITING_APPROVAL, 2, 1, 1)

    approved = await answers.review(desk, liaison, Review(draft.id, 2, approve=True))
    row, event = await Ticket.get(id=ticket.id), await last_event(ticket)
    assert (approved.state, approved.version, approved.approver_id) == (A.WAITING_APPROVAL, 3, liaison.officer_id)
    assert (row.answers_waiting, row.version, event.kind) == (0, 1, EventKind.ANSWER_APPROVED)

    done = await answers.send(desk, liaison, Send(ticket.id, 1, draft.id))
    row, event, answer = await Ticket.get(id=ticket.id), await last_event(ticket), await Answer.get(id=draft.id)
    text = await TicketText.get(ticket_id=ticket.id, kind=TextKind.ANSWER)
    assert (row.status, row.version, row.updated_at) == (S.ANSWERED, 2, NOW)
    assert (answer.state, answer.version, answer.sent_at) == (A.SENT, 4, NOW)
    assert (event.seq, event.kind, event.visibility) == (await seq_of(done), EventKind.ANSWER_SENT, "PUBLIC")
    assert (event.text_id, text.body, event.changed) == (text.id, "Sudah diganti.", ["answers", "status"])


@pytest.mark.parametrize("written_as", [EventKind.ANSWER_REJECTED, EventKind.ANSWER_DRAFTED])
async def test_its_timeline_tells_why_to_those_who_work_on_the_ticket_alone(
    desk, officer, liaison, ticket, monkeypatch, written_as
):
    """The release before ANSWER_REJECTED wrote ANSWER_DRAFTED, of an answer that is rejected."""
    answer, written = await waiting(desk, officer, ticket), log._row
    monkeypatch.setattr(log, "_row", lambda place, event: written(place, replace(event, kind=written_as)))
    await answers.review(desk, liaison, Review(answer.id, 1, approve=False, note="Sebutkan tanggal."))
    leader = await make_scope(Role.LEADER, await make_agency("diskominfo"))

    told = {}
    for name, scope in {"officer": officer, "leader": leader}.items():
        pages = await timelines(desk, await desk.reference(), scope.sight, [ticket.id], Window(last=1))
        told[name] = [(event.kind, event.text) for event in pages[ticket.id].events]

    assert told == {"officer": [(written_as, "Sebutkan tanggal.")], "leader": [(written_as, None)]}


async def test_a_rejected_answer_goes_back_with_its_reason(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)
    before = await rows()

    with pytest.raises(InvalidInput, match="NOTE_NEEDED"):
        await answers.review(desk, liaison, Review(answer.id, 1, approve=False))
    assert await rows() == before

    rejected = await answers.review(desk, liaison, Review(answer.id, 1, approve=False, note="Sebutkan tanggal."))
    row, event = await Ticket.get(id=ticket.id), await last_event(ticket)
    assert (rejected.state, rejected.version, rejected.approver_id) == (A.REJECTED, 2, None)
    assert (row.answers_waiting, row.version) == (0, 1)
    assert (event.kind, event.details["answerState"]) == (EventKind.ANSWER_REJECTED, "REJECTED")
    assert (await TicketText.get(id=event.text_id)).body == "Sebutkan tanggal."

    again = await answers.save_draft(desk, officer, Draft(ticket.id, "Diganti 1 Maret.", answer.id, 2, submit=True))
    assert (again.state, again.version) == (A.WAITING_APPROVAL, 3)
    assert (await Ticket.get(id=ticket.id)).answers_waiting == 1


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("caller", ["author", "liaison", "coordinator"])
async def test_a_waiting_or_approved_answer_is_recalled(desk, officer, liaison, coordinator, ticket, caller, approved):
    answer = await waiting(desk, officer, ticket)
    if approved:
        await answers.review(desk, liaison, Review(answer.id, 1, approve=True))
    version = 1 + approved
    scope = {"author": officer, "liaison": liaison, "coordinator": coordinator}[caller]

    recalled = await answers.recall(desk, scope, Recall(answer.id, version, "tab"))

    row, event = await Ticket.get(id=ticket.id), await last_event(ticket)
    assert (recalled.state, recalled.version, recalled.approver_id) == (A.DRAFT, version + 1, None)
    assert (row.answers_waiting, row.version) == (0, 1)
    assert (event.kind, event.changed, event.visibility) == (EventKind.ANSWER_RECALLED, ["answers"], "INTER_AGENCY")
    assert event.details == {"answer": answer.id, "answerState": "DRAFT", "answerVersion": version + 1}
    order = Draft(ticket.id, "Diganti 1 Maret.", answer.id, version + 1, submit=True)
    assert (await answers.save_draft(desk, officer, order)).state is A.WAITING_APPROVAL


async def test_nobody_else_recalls_and_only_what_waits(desk, officer, liaison, pupr, social, ticket):
    answer = await waiting(desk, officer, ticket)
    draft = await answers.save_draft(desk, officer, Draft(ticket.id, "Konsep."))
    colleague, helper = await make_scope(Role.OFFICER, pupr), await make_scope(Role.LIAISON, social)
    before = await rows()

    for scope in (colleague, helper):
        with pytest.raises(Forbidden):
            await answers.recall(desk, scope, Recall(answer.id, 1))
    with pytest.raises(InvalidInput, match="ANSWER_NOT_WAITING"):
        await answers.recall(desk, officer, Recall(draft.id, 1))
    with pytest.raises(VersionConflict):
        await answers.recall(desk, officer, Recall(answer.id, 0))
    with pytest.raises(NotFound):
        await answers.recall(desk, officer, Recall(None, 1))

    assert await rows() == before


async def test_supporting_agencies_draft_and_only_the_lead_s_liaison_approves(desk, social, liaison, ticket):
    helper, their_liaison = await make_scope(Role.OFFICER, social), await make_scope(Role.LIAISON, social)
    answer = await waiting(desk, helper, ticket)
    before = await rows()

    with pytest.raises(Forbidden):
        await answers.review(desk, their_liaison, Review(answer.id, 1, approve=True))
    assert await rows() == before

    approved = await answers.review(desk, liaison, Review(answer.id, 1, approve=True))
    assert (approved.agency_id, approved.approver_id) == (social.id, liaison.officer_id)


async def test_a_liaison_approves_an_own_draft(desk, liaison, ticket):
    answer = await waiting(desk, liaison, ticket)

    approved = await answers.review(desk, liaison, Review(answer.id, 1, approve=True))

    assert (approved.author_id, approved.approver_id) == (liaison.officer_id, liaison.officer_id)


async def test_the_coordinator_approves_and_sends_on_behalf_of_the_agency(desk, pupr, officer, ticket):
    coordinator = await make_scope(Role.COORDINATOR)
    answer = await waiting(desk, officer, ticket)

    await answers.review(desk, coordinator, Review(answer.id, 1, approve=True))
    approval = await last_event(ticket)
    await answers.send(desk, coordinator, Send(ticket.id, 1, answer.id))

    assert (approval.on_behalf_of_id, (await last_event(ticket)).on_behalf_of_id) == (pupr.id, pupr.id)


async def test_officers_neither_approve_nor_send(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)
    before = await rows()
    with pytest.raises(Forbidden, match="NOT_YOUR_MOVE"):
        await answers.review(desk, officer, Review(answer.id, 1, approve=True))
    assert await rows() == before

    await answers.review(desk, liaison, Review(answer.id, 1, approve=True))
    before = await rows()
    with pytest.raises(Forbidden, match="NOT_YOUR_MOVE"):
        await answers.send(desk, officer, Send(ticket.id, 1, answer.id))
    assert await rows() == before


async def test_an_answer_that_nobody_approved_is_not_sent(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await answers.send(desk, liaison, Send(ticket.id, 1, answer.id))

    assert (refusal.value.code, refusal.value.path) == ("ANSWER_NOT_APPROVED", ("answerId",))
    assert await rows() == before


async def test_an_answer_of_another_ticket_is_not_found(desk, officer, liaison, pupr, ticket):
    other = await waiting(desk, officer, await make_ticket(S.IN_PROGRESS, lead=pupr))
    before = await rows()

    for answer_id in (other.id, 0, 999_999, None):
        with pytest.raises(NotFound):
            await answers.send(desk, liaison, Send(ticket.id, 1, answer_id))
    with pytest.raises(NotFound):
        await answers.save_draft(desk, officer, Draft(ticket.id, "Teks.", other.id, 1))

    assert await rows() == before


async def test_a_waiting_or_sent_answer_is_not_rewritten(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)
    before = await rows()
    with pytest.raises(InvalidInput, match="ANSWER_NOT_A_DRAFT"):
        await answers.save_draft(desk, officer, Draft(ticket.id, "Lain.", answer.id, 1))
    assert await rows() == before

    await answers.review(desk, liaison, Review(answer.id, 1, approve=True))
    await answers.send(desk, liaison, Send(ticket.id, 1, answer.id))
    before = await rows()
    with pytest.raises(InvalidInput, match="ANSWER_NOT_A_DRAFT"):
        await answers.save_draft(desk, officer, Draft(ticket.id, "Lain.", answer.id, 3))
    with pytest.raises(InvalidInput, match="ANSWER_NOT_WAITING"):
        await answers.review(desk, liaison, Review(answer.id, 3, approve=True))
    assert await rows() == before


async def test_answers_have_versions_of_their_own(desk, officer, liaison, ticket):
    draft = await answers.save_draft(desk, officer, Draft(ticket.id, "Satu."))
    await answers.save_draft(desk, officer, Draft(ticket.id, "Dua.", draft.id, 1))
    before = await rows()

    with pytest.raises(VersionConflict) as refusal:
        await answers.save_draft(desk, officer, Draft(ticket.id, "Tiga.", draft.id, 1))
    with pytest.raises(VersionConflict):
        await answers.review(desk, liaison, Review(draft.id, 1, approve=True))
    with pytest.raises(InvalidInput, match="VERSION_NEEDED"):
        await answers.save_draft(desk, officer, Draft(ticket.id, "Tiga.", draft.id))
    with pytest.raises(InvalidInput, match="NOT_WANTED"):
        await answers.save_draft(desk, officer, Draft(ticket.id, "Baru.", None, 1))

    assert (refusal.value.path, refusal.value.ticket_id) == (("expectedAnswerVersion",), ticket.id)
    assert await rows() == before


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.RESOLVED, S.ARCHIVED])
async def test_nothing_is_drafted_for_a_ticket_that_no_agency_works_on(desk, pupr, status):
    coordinator = await make_scope(Role.COORDINATOR)
    ticket = await make_ticket(status, lead=pupr if status is S.RESOLVED else None)
    before = await rows()

    with pytest.raises(IllegalTransition, match="NOT_WITH_AN_AGENCY"):
        await answers.save_draft(desk, coordinator, Draft(ticket.id, "Teks."))

    assert await rows() == before


@pytest.mark.parametrize(
    ("text", "code"), [("", "EMPTY"), (" ", "EMPTY"), ("x" * 10_001, "TOO_LONG"), ("\x00", "UNWRITABLE")]
)
async def test_bad_texts_are_not_kept(desk, officer, ticket, text, code):
    before = await rows()

    with pytest.raises(InvalidInput) as refusal:
        await answers.save_draft(desk, officer, Draft(ticket.id, text))

    assert (refusal.value.code, refusal.value.path) == (code, ("text",))
    assert await rows() == before


async def test_others_draft_and_review_nothing(desk, officer, ticket):
    answer = await waiting(desk, officer, ticket)
    readers = [await make_scope(Role.LEADER), await make_scope(Role.ADMIN), await make_client_scope()]
    stranger = await make_scope(Role.LIAISON)
    before = await rows()

    for scope, refusal in [*((reader, Forbidden) for reader in readers), (stranger, NotFound)]:
        with pytest.raises(refusal):
            await answers.save_draft(desk, scope, Draft(ticket.id, "Teks."))
        with pytest.raises(refusal):
            await answers.review(desk, scope, Review(answer.id, 1, approve=True))
        with pytest.raises(refusal):
            await answers.send(desk, scope, Send(ticket.id, 1, answer.id))

    assert await rows() == before


async def test_hidden_and_absent_answers_cost_the_same_statements(desk, officer, ticket, count_queries):
    answer = await waiting(desk, officer, ticket)
    stranger = await make_scope(Role.LIAISON)
    seen = []

    for answer_id in (answer.id, 999_999, None):
        with count_queries() as statements, pytest.raises(NotFound) as refusal:
            await answers.review(desk, stranger, Review(answer_id, 1, approve=True))
        seen.append((statements.texts, refusal.value.code, refusal.value.path))

    assert seen[0] == seen[1] == seen[2]


async def test_of_two_reviews_at_the_same_moment_one_wins(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)

    outcomes = await asyncio.gather(
        answers.review(desk, liaison, Review(answer.id, 1, approve=True)),
        answers.review(desk, liaison, Review(answer.id, 1, approve=False, note="Kurang.")),
        return_exceptions=True,
    )

    assert sorted(isinstance(outcome, VersionConflict) for outcome in outcomes) == [False, True]
    assert (await Ticket.get(id=ticket.id)).answers_waiting == 0


async def test_an_answer_is_sent_once(desk, officer, liaison, ticket):
    answer = await waiting(desk, officer, ticket)
    await answers.review(desk, liaison, Review(answer.id, 1, approve=True))

    outcomes = await asyncio.gather(
        *(answers.send(desk, liaison, Send(ticket.id, 1, answer.id)) for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
    assert await Event.filter(ticket_id=ticket.id, kind=EventKind.ANSWER_SENT).count() == 1


async def test_an_answer_that_waits_when_the_ticket_is_resolved_is_a_draft_again(desk, officer, liaison, ticket):
    late = await make_ticket(S.ANSWERED, lead=await Agency.get(id=liaison.agency_id))
    answer = await waiting(desk, officer, late)

    await change_status(
        desk, liaison, ChangeStatus(late.id, late.version, S.RESOLVED, evidence=(Evidence("Foto jalan."),))
    )

    assert (await Ticket.get(id=late.id)).answers_waiting == 0
    kept = await Answer.get(id=answer.id)
    assert (kept.state, kept.version) == (A.DRAFT, 2)
    assert "answers" in (await last_event(late)).changed


async def answers_told(ticket):
    """The states of a ticket's answers as the log tells them, by id, and what each event says has changed."""
    events = await Event.filter(ticket_id=ticket.id, details__contains={"answerState": "DRAFT"}).order_by("seq")
    return [(event.details["answer"], event.details["answerVersion"], event.changed) for event in events]


@pytest.mark.parametrize("way", ["return", "dispatch", "merge", "close"])
async def test_each_answer_that_is_recalled_has_an_event_whatever_it_waited_for(desk, officer, liaison, social, way):
    lead = await Agency.get(id=liaison.agency_id)
    ticket = await make_ticket(S.DISPATCHED if way == "dispatch" else S.IN_PROGRESS, lead=lead)
    approved, submitted = [await waiting(desk, officer, ticket) for _ in range(2)]
    await answers.review(desk, liaison, Review(approved.id, 1, approve=True))
    coordinator = await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))
    other = await make_ticket(S.IN_PROGRESS, lead=lead)

    match way:
        case "return":
            await return_(desk, liaison, Return(ticket.id, 1, "NOT_OUR_DUTY", "Bukan."))
        case "dispatch":
            await dispatch(desk, coordinator, Dispatch(ticket.id, 1, "dinas-sosial", note="Salah alamat."))
        case "merge":
            await merge(desk, coordinator, Merge(ticket.id, 1, other.number))
        case "close":
            await change_status(
                desk,
                coordinator,
                ChangeStatus(ticket.id, 1, S.UNRESOLVED, note="Ditutup.", reason_code="NOT_FEASIBLE"),
            )

    assert await answers_told(ticket) == [(approved.id, 3, ["answers"]), (submitted.id, 2, ["answers"])]
    rows_now = await Answer.all().order_by("id").values_list("state", "version", "approver_id")
    assert rows_now == [(A.DRAFT, 3, None), (A.DRAFT, 2, None)]
    assert (await Ticket.get(id=ticket.id)).answers_waiting == 0
    assert "answers" in (await last_event(ticket)).changed
