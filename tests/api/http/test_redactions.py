"""An HTTP answer says beside its data what was hidden from it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import strawberry
import structlog
from starlette.requests import Request

from api.documents.documents import Documents
from api.http.graphql import GraphQLEndpoint
from models.enums import PrincipalKind, Role
from schema import build_schema
from schema.core.context import Context, context_for
from schema.execution.plans import PlanExecutionContext
from services.access.scopes import Scope
from services.core.desk import Desk
from tests.factories import make_client_scope, make_scope, make_ticket
from tests.schema.conftest import OpenGate

LIST = "{ tickets(first: 10) { edges { node { number title } } } }"


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return build_schema()


async def answered(desk: Desk, schema: strawberry.Schema, scope: Scope, query: str) -> dict[str, Any]:
    async def make_context(request: Request) -> Context:
        return context_for(desk, scope, "en", "test", OpenGate())

    endpoint = GraphQLEndpoint(
        Documents(schema._schema),
        make_context,
        log=structlog.get_logger("tests"),
        executor_class=PlanExecutionContext,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://desk") as client:
        found: dict[str, Any] = (await client.post("/graphql", json={"query": query})).json()
    return found


async def test_redactions_stand_in_the_extensions_of_an_answer(desk: Desk, schema: strawberry.Schema) -> None:
    tickets = [await make_ticket() for _ in range(3)]

    told = await answered(desk, schema, await make_client_scope(PrincipalKind.DISPLAY), LIST)

    assert len(told["data"]["tickets"]["edges"]) == len(tickets)
    assert told["extensions"] == {"redactions": [{"field": "Ticket.title", "reason": "PERSONAL_DATA", "count": 3}]}


async def test_an_answer_that_hides_nothing_has_no_extensions(desk: Desk, schema: strawberry.Schema) -> None:
    await make_ticket()

    told = await answered(desk, schema, await make_scope(Role.COORDINATOR), LIST)

    assert "extensions" not in told
