"""Statements of every move are planned once for a connection, and not anew each time that they are sent."""

from __future__ import annotations

from models.database import connection
from models.enums import ActorKind, EventKind, TicketStatus
from realtime.log import Appended, NewEvent, append, last_place
from services.core.transactions import transaction
from services.tickets.clocks.rows import read_histories
from tests.factories import make_ticket

TIMES = 12
TRIED = 5  # by PostgreSQL, before it decides whether a plan for all values is as good
PLANS = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE strpos(statement, $1) > 0"


async def test_what_the_log_tells_of_one_ticket_is_planned_once(desk, pupr):
    tickets = [await make_ticket(TicketStatus.IN_PROGRESS, lead=pupr) for _ in range(TIMES)]

    async with transaction() as using:
        for ticket in tickets:
            await read_histories(using, [ticket.id])
        plans = await using.execute_query_dict(PLANS, ["SELECT $1::bigint AS id"])

    assert [dict(row) for row in plans] == [{"custom_plans": TRIED, "generic_plans": TIMES - TRIED}]


async def test_where_a_change_has_its_place_is_planned_once(desk, pupr):
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=pupr)
    one = NewEvent(EventKind.NOTE_ADDED, desk.now(), ActorKind.SYSTEM, ticket_id=ticket.id, version=1)
    async with transaction() as using:
        await append(using, [one] * 5_000)
    await connection().execute_script("ANALYZE event")

    async with transaction() as using:
        for behind in range(TIMES):
            await last_place(using, Appended(behind, 1, 1_000 + behind))
        plans = await using.execute_query_dict(PLANS, ["SELECT epoch, "])

    assert [dict(row) for row in plans] == [{"custom_plans": TRIED, "generic_plans": TIMES - TRIED}]
