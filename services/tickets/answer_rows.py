"""The rows of a ticket's answers, and what the log says of them (S70)."""

from __future__ import annotations

from collections.abc import Collection

from models import Answer
from models.enums import AnswerState, EventKind, Visibility
from services.core.refusals import InvalidInput, NotFound, VersionConflict
from services.core.words import Words
from services.tickets.case import Case


async def recall_waiting(case: Case, *, of: Collection[int] | None = None) -> None:
    """Return answers that wait for approval or for sending to drafts, by one event each (decided here).

    of: only those of these agencies. What the ticket does besides tells of the answers too.
    """
    if of is not None and not of:
        return
    waiting = Answer.filter(ticket_id=case.ticket.id, state=AnswerState.WAITING_APPROVAL).using_db(case.connection)
    if of is not None:
        waiting = waiting.filter(agency_id__in=sorted(of))
    for answer in await waiting.order_by("id"):
        await return_to_draft(case, answer, EventKind.ANSWER_DRAFTED)
        case.also_changed.add("answers")


async def return_to_draft(case: Case, answer: Answer, kind: EventKind) -> None:
    """Make a draft again of an answer that waits or was approved, by an event of this kind."""
    if answer.approver_id is None:
        case.set(answers_waiting=max(case.ticket.answers_waiting - 1, 0))
    answer.version += 1
    answer.state, answer.approver_id, answer.updated_at = AnswerState.DRAFT, None, case.moment
    await answer.save(using_db=case.connection)
    record_answer(case, kind, answer)


async def answer_of(case: Case, answer_id: int | None) -> Answer:
    """An answer of this ticket; the ticket's lock guards it too."""
    query = Answer.filter(id=answer_id or 0, ticket_id=case.ticket.id)
    found = await query.using_db(case.connection).first()
    if found is None:
        raise NotFound(path=("answerId",))
    return found


async def approved_answer(case: Case, answer_id: int | None) -> Answer:
    """An answer of this ticket that was approved; raises InvalidInput for others."""
    answer = await answer_of(case, answer_id)
    if answer.state is not AnswerState.WAITING_APPROVAL or answer.approver_id is None:
        raise InvalidInput("ANSWER_NOT_APPROVED", path=("answerId",))
    return answer


def require_answer_version(answer: Answer, expected: int) -> None:
    """Refuse a version that is not the answer's."""
    if expected > answer.version:
        raise InvalidInput("VERSION_AHEAD", path=("expectedAnswerVersion",), actual=answer.version)
    if answer.version != expected:
        raise VersionConflict(answer.ticket_id, expected, answer.version, answer_id=answer.id)


def record_answer(case: Case, kind: EventKind, answer: Answer, written: Words | None = None) -> None:
    """Record what was done to an answer, between agencies; written: the words that were set."""
    case.record(
        kind,
        changed=("answers",),
        visibility=Visibility.INTER_AGENCY,
        details=answer_details(answer),
        other_words=written,
    )


def answer_details(answer: Answer) -> dict[str, object]:
    """What an event keeps of an answer."""
    return {"answer": answer.id, "answerState": answer.state.value, "answerVersion": answer.version}
