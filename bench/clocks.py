"""What kept clocks cost: a move beside one that keeps none, and a pass with nothing due, of 10,000 and 100,000 tickets.

A move is the use case alone, of an officer's ticket that goes on hold and back, in turns with and without its clocks.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from api.server.opening import open_desk
from api.settings import Environment, Settings
from bench.desks import quiet_demo
from bench.rounds import ratios, told
from models import Agency, Ticket
from models.database import connection
from models.enums import Role, TicketStatus
from services.access.scopes import Scope
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from services.core.transactions import transaction
from services.tickets import case
from services.tickets.clocks.rows import StoredClocks, StoredHistories
from services.tickets.clocks.ticket_clocks import TicketClocks
from services.tickets.commands import StatusChange
from services.tickets.moves import change_status
from tests.factories import make_scope

ROUNDS, MOVES, PASSES = 7, 24, 60
FEWER, MORE = 10_000, 100_000
LAST_MOMENTS = """
SELECT k.id AS ticket_id, h.epoch, h.reference_seq, e.at FROM unnest($1::bigint[]) AS k(id) CROSS JOIN log_here h
LEFT JOIN (SELECT ticket_id, max(at) AS at FROM event WHERE ticket_id = ANY($1) GROUP BY ticket_id) e
ON e.ticket_id = k.id
"""
FILL = """
WITH made AS (
    INSERT INTO ticket (number, title, body, status, channel, supervisory, received_at, created_at, updated_at,
        submitted_by, rules_version, due_at, standing)
    SELECT 'BENCH-' || n, 'x', 'x', 'RECEIVED', 'PHONE', false, now(), now(), now(), 'bench',
        (SELECT rules_version FROM installation), now() + interval '9 days', 'IN_TIME'
    FROM generate_series($1::int, $2::int) n RETURNING id
)
INSERT INTO ticket_clock (ticket_id, clock, state, standing, started_at, due_at, used, policy_code, rules_version,
    next_at)
SELECT id, 'RESOLUTION', 'RUNNING', 'IN_TIME', now(), now() + interval '9 days', 0, 'x', 1,
    now() + interval '1 day' + random() * interval '9 days' FROM made
"""


async def main() -> None:
    with quiet_demo() as (_, folder):
        async with open_desk(
            Settings.model_validate({"environment": Environment.DEVELOPMENT, "data_dir": folder})
        ) as desk:
            await measure_moves(desk)
            await measure_passes(desk)


async def measure_moves(desk: Desk) -> None:
    """Print what a move costs with its clocks, as a ratio to one without."""
    agency = await Agency.get(code="DPUPR")
    scope = await make_scope(Role.LIAISON, agency)
    led = Ticket.filter(lead_agency_id=agency.id, supervisory=False, status=TicketStatus.IN_PROGRESS)
    ids = [ticket.id for ticket in await led.order_by("-id").limit(MOVES)]
    clocked: list[float] = []
    bare: list[float] = []
    await moves(desk, scope, ids)
    for _ in range(ROUNDS):
        with no_clocks():
            bare.append(await moves(desk, scope, ids))
        clocked.append(await moves(desk, scope, ids))
    print(f"a move of {len(ids)} tickets {told(in_ms(clocked))} ms, without clocks {told(in_ms(bare))} ms")
    medians = statistics.median(clocked) / statistics.median(bare)
    print(f"  ratio {told(ratios(clocked, bare))}, of the medians {medians:.2f}; at most 1.25 is wanted")


def in_ms(seconds: list[float]) -> list[float]:
    return [each * 1000 for each in seconds]


async def moves(desk: Desk, scope: Scope, ids: list[int]) -> float:
    """The median of one move of each of these tickets, in seconds."""
    taken = []
    for ticket_id in ids:
        row = await Ticket.get(id=ticket_id)
        held = row.status is TicketStatus.IN_PROGRESS
        until = desk.today() + timedelta(days=3)
        more: dict[str, Any] = {"reason_code": "FIELD_SURVEY", "until": until, "note": "Survei."} if held else {}
        to = TicketStatus.ON_HOLD if held else TicketStatus.IN_PROGRESS
        begun = time.perf_counter()
        await change_status(desk, scope, StatusChange(row.id, row.version, to, **more))
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


@contextmanager
def no_clocks() -> Iterator[None]:
    """As before clocks were kept: only the last moment is read of the log."""

    async def last_moments(using: Any, ids: Any) -> StoredHistories:
        rows = [dict(row) for row in await using.execute_query_dict(LAST_MOMENTS, [list(ids)])]
        found = {row["ticket_id"]: StoredClocks(row["at"], (), {}) for row in rows}
        return StoredHistories(rows[0]["epoch"], rows[0]["reference_seq"], found)

    with (
        mock.patch.object(case, "read_histories", last_moments),
        mock.patch.object(TicketClocks, "take", return_value={}),
        mock.patch.object(TicketClocks, "is_behind", return_value=False),
    ):
        yield


async def measure_passes(desk: Desk) -> None:
    """Print what a look costs that finds nothing due, by the number of tickets."""
    fewer: list[float] = []
    more: list[float] = []
    for count, first, found in ((FEWER, 1, fewer), (MORE, FEWER + 1, more)):
        await fill(first, count)
        await pass_clocks(desk)
        await recount_clocks(desk)
        found += [await passes(desk) for _ in range(ROUNDS)]
    print(f"a pass with nothing due of {FEWER} tickets {told(in_ms(fewer))} ms, of {MORE} {told(in_ms(more))} ms")
    print(f"  ratio {told(ratios(more, fewer))}; at most 3 is wanted")


async def fill(first: int, last: int) -> None:
    """Make tickets with a clock each that passes in days; without triggers, as nobody searches them."""
    async with transaction() as using:
        await using.execute_query("SET LOCAL session_replication_role = replica")
        await using.execute_query("SET LOCAL statement_timeout = 0")
        await using.execute_query(FILL, [first, last])
    await connection().execute_query("ANALYZE ticket, ticket_clock")


async def passes(desk: Desk) -> float:
    begun = time.perf_counter()
    for _ in range(PASSES):
        await pass_clocks(desk)
        await recount_clocks(desk)
    return (time.perf_counter() - begun) / PASSES


if __name__ == "__main__":
    asyncio.run(main())
