"""Statements of every move are planned once for a connection, and not anew each time that they are sent."""

from __future__ import annotations

import pytest

from models.database import connect_alone, connection
from models.enums import ActorKind, EventKind, TicketStatus, Visibility
from realtime.log import Appended, NewEvent, append, last_position, read_after, read_others
from services.core.transactions import transaction
from services.tickets.clocks.rows import read_histories
from tests.factories import make_ticket

TIMES = 12
TRIED = 5  # by PostgreSQL, before it decides whether a plan for all values is as good
PLANS = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE strpos(statement, $1) > 0"


@pytest.fixture
async def uneven(desk, pupr):
    """A log of which the planner knows that one ticket has nearly all events; gives others."""
    tickets = [await make_ticket(TicketStatus.IN_PROGRESS, lead=pupr) for _ in range(1 + TIMES)]
    one = NewEvent(
        EventKind.NOTE_ADDED, desk.now(), ActorKind.SYSTEM, Visibility.PUBLIC, ticket_id=tickets[0].id, version=1
    )
    async with transaction() as using:
        await append(using, [one] * 5_000)
    await connection().execute_script("ANALYZE event")
    return [ticket.id for ticket in tickets[1:]]


class Alone:
    """A new connection: what PostgreSQL found of the first plans on one that others had hangs on their rows."""

    def __init__(self, held):
        self._held = held

    async def execute_query_dict(self, statement, values):
        return [dict(row) for row in await self._held.fetch(statement, *values)]


@pytest.fixture
async def alone(uneven):
    held = await connect_alone()
    yield Alone(held)
    await held.close()


async def planned_anew(using, part):
    """How often the statement of which this is a part was planned for its values alone."""
    [row] = await using.execute_query_dict(PLANS, [part])
    assert row["custom_plans"] + row["generic_plans"] == TIMES
    return row["custom_plans"]


async def test_what_the_log_tells_of_one_ticket_is_planned_once(alone, uneven):
    for key in uneven:
        await read_histories(alone, [key])

    assert await planned_anew(alone, "SELECT $1::bigint AS id") == TRIED


@pytest.mark.parametrize("behind", [range(TIMES), range(4_990, 4_990 + TIMES)])
async def test_reads_behind_a_position_are_planned_once(alone, behind):
    for seq in behind:
        await last_position(alone, Appended(seq, 1, 1_000 + seq))
        await read_after(alone, seq, 50)
        await read_others(alone, seq, seq + 10, 50)

    for part in ("SELECT epoch, ", "event.seq LIMIT (SELECT $2", "event.seq LIMIT (SELECT $3"):
        assert await planned_anew(alone, part) == TRIED
