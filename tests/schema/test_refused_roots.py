"""A root field of a query that is refused, or that fails, is null alone: all that was asked beside it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
import structlog
from graphql import (
    ExecutionResult,
    GraphQLNonNull,
    GraphQLSchema,
    execute,
    get_named_type,
    is_required_argument,
    parse,
    validate,
)

from models.enums import PrincipalKind
from schema import build_schema
from schema.core.context import context_for
from schema.core.errors import formatted
from schema.execution.plans import PlanExecutionContext
from schema.partners.audiences import AUDIENCES, audience_contract, refusing
from schema.partners.contracts import contract
from schema.partners.coordinates import every_coordinate
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal, Forbidden
from tests.schema.conftest import City, OpenGate

MAY_BE_ABSENT = {"node", "ticket", "displayRequest", "deadlineFor"}  # these are null without an error, too
MOMENT = "2026-03-16T09:00:00+07:00"
SAMPLES: dict[str, str] = {
    "Int": "1",
    "ID": '"x"',
    "String": '"x"',
    "DeadlineQuestionInput": f'{{receivedAt: "{MOMENT}"}}',
    "ChangeDeadlineRulesInput": '{expectedVersion: 1, legalBasis: "SK"}',
}
RAISED = [
    EdgeRefusal("FORBIDDEN", "ADMIN_ONLY"),
    Forbidden("ADMIN_ONLY"),
    RuntimeError("a surprise"),
    asyncio.CancelledError(),
    GeneratorExit(),
]
# Every way that we know of in which somebody is refused a root field; the last value is the code.
REFUSED = [
    ("officer", "tickets(first: 0) { asOf }", "BAD_INPUT"),
    ("officer", "tickets(first: 101) { asOf }", "BAD_INPUT"),
    ("officer", 'tickets(first: 1, after: "x") { asOf }', "BAD_CURSOR"),
    ("officer", 'tickets(first: 1, filter: {agencyCode: ["nowhere"]}) { asOf }', "BAD_INPUT"),
    ("officer", "tickets(first: 1, filter: {agencyRole: LEAD}) { asOf }", "BAD_INPUT"),
    ("partner", "tickets(first: 1, filter: {worklist: MINE}) { asOf }", "FORBIDDEN"),
    ("anonymous", "tickets(first: 1) { asOf }", "UNAUTHENTICATED"),
    ("officer", "ticket { id }", "BAD_INPUT"),
    ("officer", 'ticket(id: "x", number: "x") { id }', "BAD_INPUT"),
    ("officer", "displays { id }", "FORBIDDEN"),
    ("officer", 'displayRequest(userCode: "1") { board }', "FORBIDDEN"),
    ("officer", "partners { id }", "FORBIDDEN"),
    ("officer", "auditLog(first: -1) { pageInfo { hasNextPage } }", "BAD_INPUT"),
    ("partner", "auditLog(first: 1) { pageInfo { hasNextPage } }", "FORBIDDEN"),
    ("anonymous", "auditLog(first: 1) { pageInfo { hasNextPage } }", "UNAUTHENTICATED"),
    ("officer", "staff(first: 1) { pageInfo { hasNextPage } }", "FORBIDDEN"),
    ("admin", 'staff(first: 1, after: "x") { pageInfo { hasNextPage } }', "BAD_CURSOR"),
    ("anonymous", "staff(first: 1) { pageInfo { hasNextPage } }", "UNAUTHENTICATED"),
    ("officer", 'officers(first: 1, agencyCode: "nowhere") { pageInfo { hasNextPage } }', "BAD_INPUT"),
    ("partner", "officers(first: 1) { pageInfo { hasNextPage } }", "FORBIDDEN"),
    ("anonymous", "officers(first: 1) { pageInfo { hasNextPage } }", "UNAUTHENTICATED"),
    ("officer", "ticketStatusChanges(first: 0) { cursor }", "BAD_INPUT"),
    ("officer", 'ticketStatusChanges(first: 1, filter: {search: "x"}) { cursor }', "BAD_INPUT"),
    ("anonymous", "ticketStatusChanges(first: 1) { cursor }", "UNAUTHENTICATED"),
    ("officer", f'deadlineFor(input: {{receivedAt: "{MOMENT}", extension: -1}}) {{ dueAt }}', "BAD_INPUT"),
    ("partner", f'deadlineFor(input: {{receivedAt: "{MOMENT}"}}) {{ dueAt }}', "FORBIDDEN"),
    ("anonymous", f'deadlineFor(input: {{receivedAt: "{MOMENT}"}}) {{ dueAt }}', "UNAUTHENTICATED"),
    ("partner", "deadlinePolicies { code }", "FORBIDDEN"),
    ("anonymous", "workCalendars { code }", "UNAUTHENTICATED"),
    ("partner", "calendarDays(year: 2026) { day }", "FORBIDDEN"),
    ("partner", "escalationRules { code }", "FORBIDDEN"),
    ("officer", "calendarDays(year: 0) { day }", "BAD_INPUT"),
    ("officer", 'previewDeadlineRules(input: {expectedVersion: 1, legalBasis: "SK"}) { version }', "FORBIDDEN"),
    ("coordinator", 'previewDeadlineRules(input: {expectedVersion: 1, legalBasis: ""}) { version }', "BAD_INPUT"),
    ("officer", "unresolvedCases(first: 0) { totalCount }", "BAD_INPUT"),
    ("partner", "unresolvedCases(first: 1) { totalCount }", "FORBIDDEN"),
    ("officer", 'notifications(first: 1, after: "x") { unread }', "BAD_CURSOR"),
    ("partner", "notifications(first: 1) { unread }", "FORBIDDEN"),
    ("officer", 'wallboard(filter: {agencyCode: ["nowhere"]}) { total }', "BAD_INPUT"),
    ("anonymous", "wallboard { total }", "UNAUTHENTICATED"),
]


class Failing:
    """A schema of its own, of which one root field raises, at once or after a wait."""

    def __init__(self) -> None:
        self.core = build_schema()._schema
        self.name = ""
        self.problem: BaseException = RuntimeError()
        self.waits = False
        assert self.core.query_type is not None
        for name, field in self.core.query_type.fields.items():
            field.resolve = self.wrapped(name, field.resolve)
        self.served = dict(served(self.core))

    def wrapped(self, name: str, resolve: Any) -> Any:
        async def late() -> Any:
            await asyncio.sleep(0)
            raise self.problem

        def resolved(*given: Any, **named: Any) -> Any:
            if name != self.name:
                return resolve(*given, **named)
            if self.waits:
                return late()
            raise self.problem

        return resolved


@pytest.fixture(scope="module")
def failing() -> Failing:
    return Failing()


def served(core: GraphQLSchema) -> Iterator[tuple[str, GraphQLSchema]]:
    """The schema of each kind of caller; a partner's is that of a grant of everything."""
    yield "staff", core
    yield "partner", contract(core, every_coordinate(core))
    for kind in AUDIENCES:
        yield kind.value, audience_contract(core, kind)
    yield "who is not signed in", refusing(core, PrincipalKind.ANONYMOUS)


def question(core: GraphQLSchema, name: str) -> str:
    """A root field with what it requires."""
    assert core.query_type is not None
    args = {key: each for key, each in core.query_type.fields[name].args.items() if is_required_argument(each)}
    given = [f"{key}: {literal(each.type)}" for key, each in args.items()]
    return f"{name}{'(' + ', '.join(given) + ')' if given else ''} {{ __typename }}"


def literal(type_: Any) -> str:
    return SAMPLES[get_named_type(type_).name]


async def ran(schema: GraphQLSchema, desk: Desk, scope: Scope, document: str) -> ExecutionResult:
    parsed, context = parse(document), context_for(desk, scope, "en", "test", OpenGate())
    assert validate(schema, parsed) == []
    answer = execute(schema, parsed, context_value=context, executor_class=PlanExecutionContext)
    return answer if isinstance(answer, ExecutionResult) else await answer


def test_every_root_field_is_nullable_and_says_whether_only_beside_an_error() -> None:
    schema = build_schema()
    query = schema._schema.query_type
    assert query is not None

    marked = {
        line.strip().split("(")[0].split(":")[0]
        for line in schema.as_str().split("type Query {")[1].split("\n}")[0].splitlines()
        if "@semanticNonNull" in line
    }

    assert [name for name, field in query.fields.items() if isinstance(field.type, GraphQLNonNull)] == []
    assert marked == set(query.fields) - MAY_BE_ABSENT


def test_the_directive_stands_in_the_text_and_in_introspection_with_its_default(schema: strawberry.Schema) -> None:
    found = schema.execute_sync("{ __schema { directives { name locations args { name defaultValue } } } }")

    assert "\ndirective @semanticNonNull(levels: [Int!]! = [0]) on FIELD_DEFINITION\n" in schema.as_str()
    assert found.data is not None
    assert {
        "name": "semanticNonNull",
        "locations": ["FIELD_DEFINITION"],
        "args": [{"name": "levels", "defaultValue": "[0]"}],
    } in found.data["__schema"]["directives"]


@pytest.mark.parametrize("problem", RAISED, ids=lambda problem: type(problem).__name__)
async def test_whatever_a_root_field_raises_its_siblings_are_answered(
    failing: Failing, desk: Desk, city: City, problem: BaseException
) -> None:
    failing.problem = problem
    for kind, made in failing.served.items():
        assert made.query_type is not None
        for failing.name in made.query_type.fields:
            for failing.waits in (False, True):
                beside = "areas { code }" if failing.name != "areas" else "categories { code }"
                document = f"{{ before: {beside} failed: {question(made, failing.name)} __typename after: {beside} }}"
                answer = await ran(made, desk, city.coordinator, document)

                assert answer.data is not None, (failing.name, kind)
                assert answer.data.pop("failed") is None, (failing.name, kind)
                assert answer.data["before"] == answer.data["after"] != [], (failing.name, kind)
                assert [error.path for error in answer.errors or ()] == [["failed"]], (failing.name, kind)


@pytest.mark.parametrize(("caller", "refused", "code"), REFUSED)
async def test_who_is_refused_one_root_field_is_answered_all_others(
    schema: strawberry.Schema, desk: Desk, city: City, caller: str, refused: str, code: str
) -> None:
    document = f"{{ viewer {{ kind }} refused: {refused} __typename areas {{ code }} }}"

    answer = await ran(schema._schema, desk, getattr(city, caller), document)

    kind = {"anonymous": "ANONYMOUS", "partner": "PARTNER"}.get(caller, "STAFF")
    assert answer.data == {
        "viewer": {"kind": kind},
        "refused": None,
        "__typename": "Query",
        "areas": [{"code": "35.71.01.1001"}],
    }
    [error] = formatted(answer.errors or (), "en", log=structlog.get_logger("tests"))
    assert (error["path"], error["extensions"]["code"]) == (["refused"], code)


def test_every_root_field_that_takes_something_or_is_not_for_all_is_refused_above(schema: strawberry.Schema) -> None:
    assert schema._schema.query_type is not None
    asked = {refused.split("(")[0].split(" ")[0] for _, refused, _ in REFUSED}

    # An id that is none is nobody's, and master data and the caller itself are refused to nobody.
    assert set(schema._schema.query_type.fields) - asked == {"viewer", "node", "agencies", "categories", "areas"}
