"""What our own mutations give: the same answer from what is compiled as from an executor."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents.documents import Documents
from models import Ticket
from models.enums import TicketStatus
from schema.execution.operations import KEY, Counts
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.factories import make_ticket
from tests.root import ROOT
from tests.schema.conftest import City
from tests.schema.execution.alike import shown_to

PERSON = {"name": "Siti Aminah", "phone": "+62812086237590"}
MOVES: list[tuple[str, str, dict[str, Any], int]] = [
    ("liaison", "change-ticket-status", {"status": "IN_PROGRESS", "clientMutationId": "m"}, 2),
    ("liaison", "return-ticket", {"reasonCode": "NOT_OUR_DUTY"}, 2),  # which takes it out of their sight
    ("liaison", "change-ticket-status", {"status": "ON_HOLD"}, 0),
    ("stranger", "change-ticket-status", {"status": "IN_PROGRESS"}, 0),
]


@pytest.mark.parametrize(("who", "name", "given", "served"), MOVES)
async def test_a_move_is_answered_alike_with_and_without_an_executor(
    city: City, desk: Desk, schema: strawberry.Schema, who: str, name: str, given: dict[str, Any], served: int
) -> None:
    source = (ROOT / "web" / "admin" / "operations" / f"{name}.graphql").read_text("utf-8")
    counts, documents, answers = Counts(), Documents(schema._schema), set()
    schema._schema.extensions[KEY] = counts
    for turn in range(4):
        ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, category=city.drains, reporter=PERSON)
        variables = {"input": {"id": node_id("Ticket", ticket.id), "expectedVersion": 1, **given}}
        operation = documents.prepare(source, None, variables).executable
        stock = partial(operation.executed, executor_class=StrawberryGraphQLCoreExecutionContext)
        answer = await shown_to(desk, getattr(city, who), operation.answered if turn else stock)
        answers.add(unnamed(answer, ticket))

    assert len(answers) == 1
    assert (counts.compiled, counts.served, counts.left) == (1, served, 2 - served)


def unnamed(answer: bytes, ticket: Ticket) -> str:
    """An answer without what differs between two tickets."""
    return answer.decode().replace(node_id("Ticket", ticket.id), "<id>").replace(ticket.number, "<number>")
