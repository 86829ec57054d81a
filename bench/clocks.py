"""What kept clocks cost where nothing moves: their fields in a 50-row list, and a pass with nothing due.

The list is asked with and without them by turns. The pass is one of 10,000 and one of 100,000 tickets.
"""

from __future__ import annotations

import asyncio
import time

from api.server.opening import open_desk
from api.settings import Environment, Settings
from bench.desks import Served, quiet_demo
from bench.lists import QUERY, Asked, check, spent
from bench.rounds import ratios, told
from models.database import connection
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from services.core.transactions import transaction

ROUNDS, PASSES, LIST_ROUNDS = 7, 60, 9
STANDING, CLOCKS = "dueAt standing", "deadlines { clock state standing dueAt }"
FEWER, MORE = 10_000, 100_000
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
    with quiet_demo() as (demo, folder):
        measure_lists(demo)
        async with open_desk(
            Settings.model_validate({"environment": Environment.DEVELOPMENT, "data_dir": folder})
        ) as desk:
            await measure_passes(desk)


def measure_lists(demo: Served) -> None:
    """Print what dueAt and standing cost in a list, and all clocks of its tickets besides."""
    token = f"Bearer {demo.access['tokens']['coordinator']}"
    asked = [
        Asked.graphql(fields, demo, QUERY.replace("receivedAt", f"receivedAt {fields}"), authorization=token)
        for fields in ("", STANDING, f"{STANDING} {CLOCKS}")
    ]
    for each in asked:
        check(each)
    rounds = [[spent(each) * 1000 for each in asked] for _ in range(LIST_ROUNDS)]
    bare, standing, clocks = (list(column) for column in zip(*rounds, strict=True))
    print(f"a 50-row list, CPU: with dueAt and standing {told(standing)} ms, baseline without {told(bare)} ms")
    print(f"  ratio {told(ratios(standing, bare))}; at most 1.05 is wanted")
    print(f"  with all clocks of each ticket {told(clocks)} ms")


async def measure_passes(desk: Desk) -> None:
    """Print what a look costs that finds nothing due, by the number of tickets."""
    fewer: list[float] = []
    more: list[float] = []
    for count, first, found in ((FEWER, 1, fewer), (MORE, FEWER + 1, more)):
        await fill(first, count)
        await pass_clocks(desk)
        await recount_clocks(desk)
        found += [await passes(desk) for _ in range(ROUNDS)]
    print(f"a pass with nothing due of {FEWER} tickets {told(fewer)} ms, of {MORE} {told(more)} ms")
    print(f"  ratio {told(ratios(more, fewer))}; at most 3 is wanted")


async def fill(first: int, last: int) -> None:
    """Make tickets with a clock each that passes in days; without triggers, as nobody searches them."""
    async with transaction() as using:
        await using.execute_query("SET LOCAL session_replication_role = replica")
        await using.execute_query("SET LOCAL statement_timeout = 0")
        await using.execute_query(FILL, [first, last])
    await connection().execute_query("ANALYZE ticket, ticket_clock")


async def passes(desk: Desk) -> float:
    """Milliseconds of one look."""
    begun = time.perf_counter()
    for _ in range(PASSES):
        await pass_clocks(desk)
        await recount_clocks(desk)
    return (time.perf_counter() - begun) / PASSES * 1000


if __name__ == "__main__":
    asyncio.run(main())
