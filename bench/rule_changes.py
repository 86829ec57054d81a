"""What a ticket costs whose deadline a change of rules moves, beside a ticket that an officer moves; and a preview.

Everything in one process, without HTTP: both are the use case and its transaction, on the same database.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import uvloop

from api.embedded.embedded import Servers, running_servers
from bench.rounds import ratios, told
from models import Ticket, database
from models.enums import Classification, ClockKind, DeadlineUnit, HandlingClass, Purpose, Role
from services.access.scopes import Scope
from services.clocks.passing import pass_tickets
from services.clocks.recounting import recount_clocks
from services.core.desk import Desk
from services.core.installation import opened_desk, settle
from services.deadline_rules.change import change, preview
from services.deadline_rules.commands import GivenPolicy, RulesChange
from services.master_data.cities import load_city
from services.master_data.seed import seed
from services.tickets import moves
from tests.factories import make_agency, make_scope, make_tickets
from tests.root import ROOT

ROUNDS, TICKETS = 5, 200
MOST_RATIO = 0.5
NAME = "surga_test_bench"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="surga-bench-", dir="/tmp"))
    try:
        with running_servers(folder) as servers:
            uvloop.run(measured(servers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measured(servers: Servers) -> None:
    server = await asyncpg.connect(servers.postgres)
    await server.execute(f"CREATE DATABASE {NAME}")
    await server.close()
    url = servers.database_url(NAME)
    await database.migrate(url)
    async with opened_desk(url, servers.redis_url, b"a secret of the bench") as opened:
        desk = Desk(keys=opened.keys, cursors=opened.cursors, bell=opened.bell, pass_first=pass_tickets)
        await settle(Purpose.TEST, desk.now())
        await seed(desk, load_city(ROOT / "cities" / "kediri"), desk.now())
        await compared(desk, await make_scope(Role.COORDINATOR, await make_agency("BENCH")))


async def compared(desk: Desk, scope: Scope) -> None:
    """Both by turns, so that a noisy machine is noisy for both."""
    moved, changed, seen = [], [], []
    for number in range(ROUNDS):
        moved.append(await moved_by_an_officer(desk, scope))
        begun = time.perf_counter()
        await preview(desk, scope, rules_of(number))
        seen.append((time.perf_counter() - begun) / (TICKETS * (number + 1)) * 1e3)
        changed.append(await moved_by_a_change(desk, scope, number))
    print(f"  baseline: a move by an officer          {told(moved)} ms")
    print(f"  a ticket that a change of rules moves   {told(changed)} ms")
    print(f"  a ticket that a preview looks at        {told(seen)} ms")
    print(f"  ratio {told(ratios(changed, moved))} (at most {MOST_RATIO})")


async def moved_by_an_officer(desk: Desk, scope: Scope) -> float:
    """Milliseconds of one verification, of as many new tickets."""
    before = await Ticket.all().count()
    await make_tickets(TICKETS, at=datetime.now(UTC))
    await recount_clocks(desk)
    tickets = await Ticket.all().order_by("id").offset(before)
    begun = time.perf_counter()
    for each in tickets:
        command = moves.Verify(each.id, each.version, classification=Classification.COMPLAINT)
        await moves.verify(desk, scope, command)
    return (time.perf_counter() - begun) / TICKETS * 1e3


async def moved_by_a_change(desk: Desk, scope: Scope, number: int) -> float:
    """Milliseconds for each ticket that follows a change; all of them move."""
    await change(desk, scope, rules_of(number, (await desk.reference()).rules_version))
    begun = time.perf_counter()
    done = await recount_clocks(desk)
    return (time.perf_counter() - begun) / done * 1e3


def rules_of(number: int, version: int = 0) -> RulesChange:
    """Another time for resolving: one day more in every round."""
    longer = GivenPolicy(
        code="tidak-berkadar",
        clock=ClockKind.RESOLUTION,
        handling_class=HandlingClass.ORDINARY,
        amount=15 + number,
        unit=DeadlineUnit.WORKING_DAYS,
        valid_from=date(2014, 10, 7),
    )
    return RulesChange(version, "SK bench", policies=(longer,))


if __name__ == "__main__":
    main()
