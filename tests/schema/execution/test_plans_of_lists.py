"""Our own lists are completed by plans, and read the same as without them, for every kind of caller."""

from __future__ import annotations

from functools import partial

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents.documents import Documents
from schema.core.context import context_for
from schema.execution.operations import KEY as WHOLES
from schema.execution.operations import Counts, Operation
from schema.execution.plans import KEY, Plans
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.factories import make_ticket
from tests.root import ROOT
from tests.schema.conftest import Ask, City, OpenGate
from tests.schema.execution.alike import shown_to

RICH = """{ tickets(first: 50) { feedCursor edges { cursor node {
  __typename id number version title body status classification channel anonymous confidential supervisory
  category { id code name active parent { name } } reportedAgency { id name kind } leadAgency { id code name }
  supportingAgencies { name } assignee { id name agency { name parent { name } } }
  location { kelurahanCode kelurahan kecamatan address latitude longitude }
  hidden { field reason } allowedMoves { to by needs reasonCodes } receivedAt updatedAt holdUntil returnCount
  reopenCount
} } } }"""
DEEP = """{ tickets(first: 50) { edges { node {
  number reporter { name phone } answers { id text } mergedInto { number }
  timeline(first: 5) { edges { cursor node { id at kind version visibility from to text actor { kind name } } } }
} } } }"""
KINDS = ("coordinator", "officer", "stranger", "leader", "inspector", "partner", "display")


@pytest.fixture
def plans(schema: strawberry.Schema) -> Plans:
    plans = schema._schema.extensions[KEY] = Plans()
    return plans


async def test_a_list_of_tickets_is_one_plan(ask: Ask, city: City, plans: Plans) -> None:
    for _ in range(3):
        await make_ticket(lead=city.roads, category=city.drains)

    result = await ask(city.coordinator, RICH)

    assert result.errors is None
    assert result.data is not None
    assert len(result.data["tickets"]["edges"]) == 3
    assert (plans.compiled, plans.served, plans.left) == (1, 1, 0)


@pytest.mark.parametrize("source", [RICH, DEEP], ids=["rich", "deep"])
@pytest.mark.parametrize("kind", KINDS)
async def test_plans_and_the_executor_answer_alike(
    ask: Ask, city: City, desk: Desk, schema: strawberry.Schema, plans: Plans, kind: str, source: str
) -> None:
    await make_ticket(lead=city.roads, category=city.drains)
    await make_ticket(lead=city.health, anonymous=True)
    await make_ticket(lead=city.roads, confidential=True)
    scope = getattr(city, kind)

    planned = await ask(scope, source)
    context = context_for(desk, scope, "en", "test-address", OpenGate())
    stock = execute(schema._schema, parse(source), None, context, executor_class=StrawberryGraphQLCoreExecutionContext)
    stock = stock if isinstance(stock, ExecutionResult) else await stock

    assert planned.errors is None
    for data in (planned.data, stock.data):
        began = data["tickets"].pop("feedCursor", None)  # no two of them are the same, nor are cursors that hold them
        for edge in data["tickets"]["edges"] if began else ():
            [*edge["cursor"], held] = desk.cursors.open_page(edge["cursor"], "NEWEST_FIRST")
            assert held == began
    assert planned.data == stock.data
    assert plans.left == 0


# Reading operations of the admin frontend, and those of them that no executor has a part in.
WHOLE = {
    "agencies", "areas", "assignments", "categories", "deadline-for", "officers", "sessions", "staff",
    "ticket-cases", "ticket-deadlines", "ticket-list", "ticket-page", "ticket-row", "ticket-sp4n",
    "ticket-status-changes", "ticket-timeline", "unresolved-cases", "viewer", "worklists",
}  # fmt: skip
OPERATIONS = ROOT / "web" / "admin" / "operations"


async def told_alike(city: City, desk: Desk, operation: Operation) -> None:
    """Ask as callers of several kinds: what is compiled is what an executor without plans answers."""
    stock = partial(operation.executed, executor_class=StrawberryGraphQLCoreExecutionContext)
    for scope in (city.admin, city.coordinator, city.stranger, city.anonymous, city.display):
        plain = await shown_to(desk, scope, stock)
        for _ in range(3):
            assert await shown_to(desk, scope, operation.answered) == plain, (operation.name, scope)


@pytest.mark.slow
async def test_reading_operations_are_answered_whole_and_alike(
    city: City, desk: Desk, schema: strawberry.Schema
) -> None:
    ticket = await make_ticket(lead=city.roads, category=city.drains)
    await make_ticket(lead=city.health, anonymous=True, confidential=True)
    question = {"clock": "RESOLUTION", "receivedAt": "2026-03-02T02:00:00Z", "classification": "COMPLAINT"}
    variables = {"id": node_id("Ticket", ticket.id), "first": 20, "year": 2026, "input": question}
    whole = set()
    for path in sorted(OPERATIONS.glob("*.graphql")):
        source, counts = path.read_text("utf-8"), Counts()
        if "\nquery " in source and path.stem != "preview-deadline-rules":
            schema._schema.extensions[WHOLES] = counts
            asked = {name: value for name, value in variables.items() if f"${name}" in source}
            await told_alike(city, desk, Documents(schema._schema).prepare(source, None, asked).executable)
            whole |= {path.stem} if counts.served else set()

    assert whole == WHOLE
