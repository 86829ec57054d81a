"""Unresolved cases: their list, and the mutations that evaluate and close them."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from typing import TypeVar, cast

import strawberry

from models import UnresolvedCase as CaseRow
from models.enums import EscalationLevel, UnresolvedCaseState
from schema.core.context import Context, Info
from schema.core.nodes import PageInfo, page_info
from schema.core.pasted import Pasted
from schema.core.scalars import Cursor
from schema.core.semantic_nulls import NULL_ONLY_IF_REFUSED
from schema.results import UserError, echoed, user_errors
from schema.tickets.unresolved import UnresolvedCase
from services.access.scopes import require_signed_in
from services.core.nodes import key_of
from services.core.paging import LARGEST_PAGE
from services.core.refusals import Refusal
from services.evaluation import evaluating, pages
from services.evaluation.views import KIND, CaseView, case_by_id

T = TypeVar("T")


@strawberry.type
class UnresolvedCaseEdge:
    cursor: Cursor
    node: UnresolvedCase


@strawberry.type(description="A page of cases.")
class UnresolvedCaseConnection:
    edges: list[UnresolvedCaseEdge]
    page_info: PageInfo
    wanted: strawberry.Private[pages.CaseQuery]

    @strawberry.field(description="Costs a count: ask for it only where it is shown.")
    async def total_count(self) -> int:
        return await pages.count(self.wanted)


@strawberry.input(description="Fields combine with AND, values of one field with OR.")
class UnresolvedCaseFilter(Pasted):
    state: list[UnresolvedCaseState] | None = None
    cause: list[str] | None = None
    agency_code: list[str] | None = strawberry.field(
        default=None, description="The responsible agency, else the one that led."
    )
    follow_up_before: date | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


@strawberry.input(description="Again to correct it; earlier words are kept beside the log.")
class EvaluateUnresolvedCaseInput(Pasted):
    id: strawberry.ID
    expected_version: int
    level: EscalationLevel
    decision: str
    recommendation: str
    responsible_agency_code: str
    follow_up_on: date = strawberry.field(description="A day to come.")
    client_mutation_id: str | None = None


@strawberry.input(description="What became of it.")
class CloseUnresolvedCaseInput(Pasted):
    id: strawberry.ID
    expected_version: int
    outcome: str
    client_mutation_id: str | None = None


@strawberry.type(description="A case, or why nothing happened.")
class UnresolvedCasePayload:
    case: UnresolvedCase | None = None
    errors: list[UserError] = strawberry.field(default_factory=list)
    client_mutation_id: str | None = None


@strawberry.type
class EvaluationQuery:
    @strawberry.field(
        description=(
            "Kasus tidak terselesaikan, the latest first; those whose ticket the caller sees. For staff. "
            f"first is 1 to {LARGEST_PAGE}."
        ),
        directives=NULL_ONLY_IF_REFUSED,
    )
    async def unresolved_cases(
        self,
        info: Info,
        first: int,
        filter: UnresolvedCaseFilter | None = None,  # noqa: A002
        after: Cursor | None = None,
    ) -> UnresolvedCaseConnection | None:
        context = info.context
        require_signed_in(context.scope)
        page = await pages.case_page(context.desk, context.scope, _asked(filter), first, after)
        for case in page.cases:
            context.noting(case.ticket)
        nodes = cast("list[UnresolvedCase]", page.cases)
        return UnresolvedCaseConnection(
            edges=[
                UnresolvedCaseEdge(cursor=Cursor(at), node=node) for at, node in zip(page.cursors, nodes, strict=True)
            ],
            page_info=page_info(page.cursors, has_next=page.has_next, has_previous=page.has_previous),
            wanted=page.wanted,
        )


@strawberry.type
class EvaluationMutation:
    @strawberry.mutation(
        description="Evaluasi kasus tidak terselesaikan: for the coordinator, and the inspector where supervisory."
    )
    async def evaluate_unresolved_case(
        self,
        info: Info,
        input: EvaluateUnresolvedCaseInput,  # noqa: A002
    ) -> UnresolvedCasePayload:
        command = evaluating.Evaluation(
            case_id=key_of(input.id, KIND),
            expected_version=input.expected_version,
            level=input.level,
            decision=input.decision,
            recommendation=input.recommendation,
            responsible_agency_code=input.responsible_agency_code,
            follow_up_on=input.follow_up_on,
            client_mutation_id=input.client_mutation_id,
        )
        context = info.context
        return echoed(await _payload(context, evaluating.evaluate(context.desk, context.scope, command)), input)

    @strawberry.mutation(description="Selesaikan evaluasi, with its outcome: for those who evaluate.")
    async def close_unresolved_case(
        self,
        info: Info,
        input: CloseUnresolvedCaseInput,  # noqa: A002
    ) -> UnresolvedCasePayload:
        command = evaluating.Closing(
            key_of(input.id, KIND), input.expected_version, input.outcome, input.client_mutation_id
        )
        context = info.context
        return echoed(await _payload(context, evaluating.close(context.desk, context.scope, command)), input)


def _asked(given: UnresolvedCaseFilter | None) -> pages.CaseFilter:
    if given is None:
        return pages.CaseFilter()
    return pages.CaseFilter(
        state=_fixed(given.state),
        cause=_fixed(given.cause),
        agency_code=_fixed(given.agency_code),
        follow_up_before=given.follow_up_before,
        opened_from=given.opened_from,
        opened_to=given.opened_to,
    )


def _fixed(values: list[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)


async def _payload(context: Context, use_case: Awaitable[CaseRow]) -> UnresolvedCasePayload:
    try:
        row = await use_case
    except Refusal as refusal:
        return UnresolvedCasePayload(errors=await user_errors(context, refusal))
    found: CaseView | None = await case_by_id(context.desk, context.scope, row.id)
    if found is not None:
        context.noting(found.ticket)
    return UnresolvedCasePayload(case=cast("UnresolvedCase | None", found))
