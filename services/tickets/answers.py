"""Answers to the reporter: drafted by an officer, approved by the liaison officer, then sent (S70)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from models import Answer
from models.answers import ANSWER_LIMIT
from models.enums import CLOSED_STATUSES, AnswerState, EventKind, MoveMutation, Role, TextKind, TicketStatus, Visibility
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound
from services.core.words import answer_word
from services.tickets import workflow
from services.tickets.answer_rows import (
    answer_details,
    answer_of,
    approved_answer,
    record_answer,
    require_answer_version,
    return_to_draft,
)
from services.tickets.case import Case, Done, locked_case
from services.tickets.continuations import moving_case
from services.tickets.table.rows import Who
from services.tickets.workflow import IllegalTransition

EDITABLE = (AnswerState.DRAFT, AnswerState.REJECTED)
WROTE_FOR_ANOTHER = """
SELECT FROM event WHERE ticket_id = $1 AND kind = 'ANSWER_DRAFTED' AND actor_officer_id = $2
AND actor_agency_id IS DISTINCT FROM $3 AND details->>'answer' = $4 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """answer_id is None for a new answer."""

    ticket_id: int | None
    text: str
    answer_id: int | None = None
    expected_answer_version: int | None = None
    submit: bool = False
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    answer_id: int | None
    expected_answer_version: int
    approve: bool
    note: str | None = None
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    answer_id: int | None
    expected_answer_version: int
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    ticket_id: int | None
    expected_version: int
    answer_id: int | None
    client_mutation_id: str | None = None


async def save_draft(desk: Desk, scope: Scope, command: Draft) -> Answer:
    """Write or rewrite a draft, and submit it to the liaison officer where asked."""
    checks = Checks()
    checks(_require_id, command.answer_id, needed=False)
    text = checks(validation.text, command.text, ANSWER_LIMIT, "text")
    async with locked_case(
        desk,
        scope,
        command.ticket_id,
        mutation_id=command.client_mutation_id,
        checks=checks,
        named_by="ticketId",
    ) as case:
        answer = await checks.awaited(_editable(case, command))
        _require_writer(case)
        checks.settle()
        case.holds_words()
        answer.text = text
        answer.state = AnswerState.WAITING_APPROVAL if command.submit else AnswerState.DRAFT
        answer.approver_id = None
        answer.updated_at = case.moment
        await answer.save(using_db=case.connection)
        if command.submit:
            case.set(answers_waiting=case.ticket.answers_waiting + 1)
        record_answer(case, EventKind.ANSWER_DRAFTED, answer, {answer_word(answer.id): answer.text})
    return answer


async def _editable(case: Case, command: Draft) -> Answer:
    """A new answer, or the one that is named, at the version that the caller read."""
    if command.answer_id is None:
        if command.expected_answer_version is not None:
            raise InvalidInput("NOT_WANTED", path=("expectedAnswerVersion",))
        return Answer(
            ticket_id=case.ticket.id, version=1, author_id=case.scope.officer_id, agency_id=case.scope.agency_id
        )
    answer = await answer_of(case, command.answer_id)
    if command.expected_answer_version is None:
        raise InvalidInput("VERSION_NEEDED", path=("expectedAnswerVersion",))
    require_answer_version(answer, command.expected_answer_version)
    if answer.state not in EDITABLE:
        raise InvalidInput("ANSWER_NOT_A_DRAFT", path=("answerId",))
    answer.version += 1
    return answer


def _require_writer(case: Case) -> None:
    """Officers of every handling agency write, on a ticket that is still open and with an agency."""
    sight, state = case.scope.sight, case.state
    if not access.handles(sight, state) and not access.acts_for_desk(sight, state):
        raise Forbidden("NOT_YOUR_TICKET")
    if case.ticket.status in CLOSED_STATUSES or state["lead"] is None:
        raise IllegalTransition("NOT_WITH_AN_AGENCY", case.ticket.status, case.open_moves())


async def review(desk: Desk, scope: Scope, command: Review) -> Answer:
    """Approve an answer for sending, or reject it with a note that says why."""
    checks = Checks()
    note = checks(_reviewed_note, command)
    async with _case_of_answer(desk, scope, command, checks) as case:
        answer = await answer_of(case, command.answer_id)
        require_answer_version(answer, command.expected_answer_version)
        _require_approver(case)
        if answer.state is not AnswerState.WAITING_APPROVAL or answer.approver_id is not None:
            raise InvalidInput("ANSWER_NOT_WAITING", path=("answerId",))
        if command.approve:
            await _require_second_reader(case, answer)
        checks.settle()
        await _decide(case, answer, command, note)
    return answer


def _reviewed_note(command: Review) -> str | None:
    note = validation.note(command.note)
    if note is None and not command.approve:
        raise InvalidInput("NOTE_NEEDED", path=("note",))
    return note


@asynccontextmanager
async def _case_of_answer(
    desk: Desk, scope: Scope, command: Review | Recall, checks: Checks | None = None
) -> AsyncIterator[Case]:
    """The locked ticket of the answer that an input names."""
    found = await Answer.filter(id=command.answer_id or 0).first()
    ticket_id, name = found.ticket_id if found else None, command.client_mutation_id
    async with locked_case(desk, scope, ticket_id, mutation_id=name, checks=checks, named_by="answerId") as case:
        yield case


def _require_approver(case: Case) -> None:
    if Who.LIAISON not in workflow.relations(case.scope.sight, case.state):
        raise Forbidden("NOT_YOUR_MOVE", who=Term("who.LIAISON"))


async def _require_second_reader(case: Case, answer: Answer) -> None:
    """Refuse an approver who wrote the answer under another of their posts: the same person is no second reader."""
    who = [case.ticket.id, case.scope.officer_id, case.scope.agency_id, str(answer.id)]
    if await case.connection.execute_query_dict(WROTE_FOR_ANOTHER, who):
        raise Forbidden("WRITTEN_BY_CALLER")


async def _decide(case: Case, answer: Answer, command: Review, note: str | None) -> None:
    answer.version += 1
    answer.updated_at = case.moment
    answer.approver_id = case.scope.officer_id
    if not command.approve:
        answer.state, answer.approver_id = AnswerState.REJECTED, None
    await answer.save(using_db=case.connection)
    case.set(answers_waiting=max(case.ticket.answers_waiting - 1, 0))
    kept = None if note is None else await case.keep(TextKind.NOTE, note)
    kind = EventKind.ANSWER_APPROVED if command.approve else EventKind.ANSWER_REJECTED
    case.record(
        kind,
        text=kept,
        changed=("answers",),
        visibility=Visibility.INTER_AGENCY,
        details=answer_details(answer),
        on_behalf_of=case.on_behalf_of(),
    )


async def recall(desk: Desk, scope: Scope, command: Recall) -> Answer:
    """Make a draft again of an answer that waits or is approved; by author, liaison and desk (decided here)."""
    async with _case_of_answer(desk, scope, command) as case:
        answer = await answer_of(case, command.answer_id)
        require_answer_version(answer, command.expected_answer_version)
        _require_recaller(case, answer)
        if answer.state is not AnswerState.WAITING_APPROVAL:
            raise InvalidInput("ANSWER_NOT_WAITING", path=("answerId",))
        await return_to_draft(case, answer, EventKind.ANSWER_RECALLED)
    return answer


def _require_recaller(case: Case, answer: Answer) -> None:
    scope = case.scope
    its_liaison = scope.has(Role.LIAISON) and scope.agency_id == answer.agency_id
    if access.works_on(scope.sight, case.state) and (answer.author_id == scope.officer_id or its_liaison):
        return
    _require_approver(case)


async def send(desk: Desk, scope: Scope, command: Send) -> Done:
    """Send an approved answer to the reporter, which answers the ticket."""
    checks = Checks()
    checks(_require_id, command.answer_id)
    async with moving_case(
        desk,
        scope,
        command.ticket_id,
        expected_version=command.expected_version,
        mutation_id=command.client_mutation_id,
        checks=checks,
        named_by="ticketId",
    ) as case:
        answer = await checks.awaited(approved_answer(case, command.answer_id))
        case.choose(MoveMutation.SEND_ANSWER, TicketStatus.ANSWERED)
        checks.settle()
        answer.version += 1
        answer.state, answer.sent_at, answer.updated_at = AnswerState.SENT, case.moment, case.moment
        await answer.save(using_db=case.connection)
        kept = await case.keep(TextKind.ANSWER, answer.text)
        case.enter(TicketStatus.ANSWERED)
        case.record(
            EventKind.ANSWER_SENT,
            text=kept,
            changed=("answers",),
            details=answer_details(answer),
            on_behalf_of=case.on_behalf_of(),
        )
    return case.done()


def _require_id(answer_id: int | None, *, needed: bool = True) -> None:
    """Refuse what is no id of an answer, without asking for it."""
    if answer_id == 0 or (needed and answer_id is None):
        raise NotFound(path=("answerId",))
