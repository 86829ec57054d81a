"""Our own lists are completed by plans, and read the same as without them, for every kind of caller."""

from __future__ import annotations

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.core.context import context_for
from schema.execution.plans import KEY, Plans
from services.core.desk import Desk
from tests.factories import make_ticket
from tests.schema.conftest import Ask, City, OpenGate

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
