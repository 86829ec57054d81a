"""An unresolved case is evaluated and closed by who has the desk's rights on its ticket (docs/adr/0032)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from models import UnresolvedCase
from models.enums import EscalationLevel, EventKind, TextKind, UnresolvedCaseState, Visibility
from services.access import access
from services.access.scopes import Scope
from services.core import validation
from services.core.desk import Desk
from services.core.messages import Term
from services.core.refusals import Checks, Forbidden, InvalidInput, NotFound, VersionConflict
from services.master_data import codes
from services.tickets.case import Case, locked_case
from services.tickets.records.texts import KeptText, text_details
from services.unresolved.stays import OPEN_STATES, is_unresolved

LONGEST_FOLLOW_UP = timedelta(days=1_827)  # our choice: five years, as long as a city's plan
CASES = ("unresolvedCases", "timeline")


@dataclass(frozen=True, slots=True)
class Evaluation:
    case_id: int | None
    expected_version: int
    level: EscalationLevel
    decision: str
    recommendation: str
    responsible_agency_code: str
    follow_up_on: date
    client_mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    case_id: int | None
    expected_version: int
    outcome: str
    client_mutation_id: str | None = None


async def evaluate(desk: Desk, scope: Scope, command: Evaluation) -> UnresolvedCase:
    """Evaluate a case (S1), or correct what was said of it: the words of before stay beside the log."""
    reference, checks = await desk.reference(), Checks()
    decision = checks(validation.text, command.decision, validation.NOTE_LIMIT, "decision")
    advice = checks(validation.text, command.recommendation, validation.NOTE_LIMIT, "recommendation")
    agency = checks(codes.agency_key, reference, command.responsible_agency_code, "responsibleAgencyCode")
    checks(_require_day_to_come, command.follow_up_on, desk.today())
    async with _locked_case(desk, scope, command, checks) as (case, row):
        texts = [await case.keep(TextKind.DECISION, decision), await case.keep(TextKind.ADVICE, advice)]
        row.decision_id, row.recommendation_id = (text.id for text in texts)
        row.level, row.responsible_agency_id, row.follow_up_on = command.level, agency, command.follow_up_on
        row.state, row.followed_up_on = UnresolvedCaseState.FOLLOW_UP, None
        row.evaluated_at, row.evaluated_by_id = case.moment, scope.officer_id
        await _save(case, row, texts)
    return row


async def close(desk: Desk, scope: Scope, command: Closing) -> UnresolvedCase:
    """Say what became of a case that was evaluated, which ends it."""
    checks = Checks()
    outcome = checks(validation.text, command.outcome, validation.NOTE_LIMIT, "outcome")
    async with _locked_case(desk, scope, command, checks, evaluated=True) as (case, row):
        text = await case.keep(TextKind.OUTCOME, outcome)
        row.outcome_id, row.state, row.closed_at = text.id, UnresolvedCaseState.DONE, case.moment
        case.set(case_done=True)
        await _save(case, row, [text])
    return row


def _require_day_to_come(day: date, today: date) -> None:
    last = today + LONGEST_FOLLOW_UP
    if not today < day <= last:
        raise InvalidInput("FOLLOW_UP_OUT_OF_RANGE", path=("followUpOn",), last=last)


@asynccontextmanager
async def _locked_case(
    desk: Desk, scope: Scope, command: Evaluation | Closing, checks: Checks, *, evaluated: bool = False
) -> AsyncIterator[tuple[Case, UnresolvedCase]]:
    """The case that an input names, not ended and at the version that was read, with its ticket, which is locked.

    evaluated: it must have been evaluated before.
    """
    found = await UnresolvedCase.filter(id=command.case_id or 0).first()
    ticket_id, name = found.ticket_id if found else None, command.client_mutation_id
    async with locked_case(desk, scope, ticket_id, mutation_id=name, checks=checks) as case:
        row = await UnresolvedCase.filter(id=command.case_id or 0).using_db(case.connection).first()
        if row is None:
            raise NotFound(path=("id",))
        _require_evaluator(case)
        _require_version(row, command.expected_version)
        checks(_require_open, case, row, evaluated=evaluated)
        checks.settle()
        yield case, row


def _require_evaluator(case: Case) -> None:
    if not access.acts_for_desk(case.scope.sight, case.state):
        raise Forbidden("NOT_YOUR_MOVE", who=Term("who.DESK"))


def _require_version(row: UnresolvedCase, expected: int) -> None:
    if expected > row.version:
        raise InvalidInput("VERSION_AHEAD", path=("expectedVersion",), actual=row.version)
    if expected != row.version:
        raise VersionConflict(row.ticket_id, expected, row.version, case_id=row.id)


def _require_open(case: Case, row: UnresolvedCase, *, evaluated: bool) -> None:
    """Refuse a case that has ended; a release that knows no cases may have reopened its ticket."""
    if row.state not in OPEN_STATES or not is_unresolved(case.state):
        raise InvalidInput("CASE_ENDED", path=("id",))
    if evaluated and row.state is not UnresolvedCaseState.FOLLOW_UP:
        raise InvalidInput("CASE_NOT_EVALUATED", path=("id",))


async def _save(case: Case, row: UnresolvedCase, texts: list[KeptText]) -> None:
    """Save a case and tell of it; the first of its texts is the one that a timeline shows."""
    row.version += 1
    await row.save(using_db=case.connection)
    case.record(
        EventKind.CASE_EVALUATED,
        text=texts[0],
        changed=CASES,
        visibility=Visibility.INTER_AGENCY,
        details={**case_details(row), **({"texts": text_details(texts[1:])} if texts[1:] else {})},
        on_behalf_of=case.on_behalf_of(),
    )


def case_details(row: UnresolvedCase) -> dict[str, object]:
    """What the log keeps of a case: ids, codes and days, no words."""
    return {
        "case": row.id,
        "caseVersion": row.version,
        "caseState": row.state.value,
        "level": row.level and row.level.value,
        "agency": row.responsible_agency_id,
        "followUpOn": row.follow_up_on and row.follow_up_on.isoformat(),
    }
