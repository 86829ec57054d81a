"""Queries of our own schema that are drawn by a seed: what is compiled of them is what an executor answers."""

from __future__ import annotations

import os
import random
from collections import Counter
from functools import partial
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.documents.documents import Documents
from api.documents.refusals import DocumentRefused
from models.enums import TicketStatus
from schema.execution.operations import KEY, Counts, Operation
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.conftest import Clock
from tests.factories import citizen_scope, make_ticket
from tests.schema.conftest import City
from tests.schema.execution.alike import shown_to
from tests.schema.execution.drawn import Drawn
from tests.schema.tickets.test_clocks import live_ticket

EXAMPLES = int(os.environ.get("PLAN_EXAMPLES", "300"))  # `make fuzz` asks for more
STAFF = ("coordinator", "officer", "liaison", "stranger", "leader", "inspector", "admin")
CLIENTS = ("partner", "display", "anonymous")


async def filled(desk: Desk, city: City, clock: Clock) -> tuple[dict[str, list[Any]], list[Scope]]:
    """A few tickets, some of which are hidden from some; words that are met in them, and callers of every kind."""
    person = {"name": "Siti Aminah", "phone": "+62812086237590"}
    tickets = [await live_ticket(desk, city, clock)]
    for status in (TicketStatus.RECEIVED, TicketStatus.IN_PROGRESS, TicketStatus.ANSWERED, TicketStatus.RESOLVED):
        tickets += [await make_ticket(status, lead=city.roads, category=city.drains, reporter=person)]
    tickets += [
        await make_ticket(lead=city.health, confidential=True),
        await make_ticket(lead=city.roads, supervisory=True),
    ]
    ids = [node_id("Ticket", ticket.id) for ticket in tickets for _ in range(4)]
    ids += [node_id(kind, 1) for kind in ("Agency", "Category", "Officer", "Answer", "TimelineEntry", "Partner")]
    words = ["pupr", "drainase", tickets[0].number, "x", '"\\', "2026"]
    callers = [getattr(city, kind) for kind in (*STAFF, *CLIENTS)] + [
        citizen_scope(each) for each in (tickets[0], tickets[-1], tickets[-1])
    ]
    return {"ID": ids, "String": words, "Cursor": [None, None, "x"]}, callers


async def answers_alike(desk: Desk, operation: Operation, callers: list[Scope], document: str) -> None:
    """The first caller's asking has it compiled, and the next one is answered by the same program."""
    stock = partial(operation.executed, executor_class=StrawberryGraphQLCoreExecutionContext)
    for scope in callers:
        plain = await shown_to(desk, scope, stock)
        for _ in range(2):
            assert await shown_to(desk, scope, operation.answered) == plain, (scope.principal, document)


@pytest.mark.slow
async def test_any_document_of_ours_is_answered_alike_to_every_kind_of_caller(
    desk: Desk, city: City, clock: Clock, schema: strawberry.Schema
) -> None:
    words, everybody = await filled(desk, city, clock)
    core, documents = schema._schema, Documents(schema._schema)
    counts = core.extensions[KEY] = Counts()
    met: Counter[str] = Counter()
    first = random.randrange(10**9) if EXAMPLES > 300 else 0
    for seed in range(first, first + EXAMPLES):  # a failing seed prints itself
        drawn = Drawn(core, words, seed)
        source = drawn.document()
        try:
            operation = documents.prepare(source, None, drawn.variables).executable
        except DocumentRefused as refused:
            met[refused.errors[0].message.split(":")[0]] += 1
            continue
        await answers_alike(desk, operation, drawn.random.sample(everybody, 2), f"{seed}: {source} {drawn.variables}")

    assert met.total() < EXAMPLES / 4, met
    assert counts.served > EXAMPLES / 2
