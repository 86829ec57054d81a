"""The last release beside this one, on one database and bus: whatever one writes, the clients of both lose nothing."""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from models import Ticket
from models.database import connection
from models.enums import ActorKind, EventKind, PrincipalKind, Role, TicketStatus
from models.events import EVENT_FORMAT
from realtime import log
from services.access.scopes import Budget, Scope
from services.core import transactions
from services.core.desk import Desk
from services.core.nodes import node_id
from services.credentials import credentials
from services.tickets.case import locked_case
from tests.api.partner_desk import make_partner
from tests.conftest import SECRET
from tests.factories import make_agency, make_officer, make_ticket, scope_of
from tests.realtime.chaos import Client, Worker, data_of
from tests.upgrade.following import Board, Changes, List, Noting
from tests.upgrade.releases import ROOT, NotInThisCloneError, checked_out, previous

pytestmark = pytest.mark.slow

CLIENTS = int(os.environ.get("UPGRADE_CLIENTS", "12"))  # of four sorts; make chaos has 50
ROUNDS, TICKETS, SECONDS = 3, 2, 60.0
STEADY, DROPPING = 1e-6, 1.0  # drops per second
COUNTS = {"VERIFIED": TICKETS - 1, "DISPATCHED": 1}  # in the end
RICH = Budget(1_000_000, 1_000_000)
FORWARDED, DECLARED, CALENDAR = "FORWARDED", "HOLIDAY_DECLARED", "CALENDAR"  # what only a later release knows
DISPATCH = """mutation ($id: ID!, $version: Int!) { dispatchTicket(input: {
  id: $id, expectedVersion: $version, leadAgencyCode: "pupr" }) { ticket { version } errors { code } } }"""
BACK = """mutation ($id: ID!, $version: Int!) { returnTicket(input: {
  id: $id, expectedVersion: $version, reasonCode: "NOT_OUR_DUTY", note: "Bukan." }) {
  ticket { version } errors { code } } }"""


@dataclass
class Rollout:
    """A worker of the last release and one of this, and a desk in this process that writes beside them."""

    desk: Desk
    workers: tuple[Worker, Worker]
    scope: Scope
    tokens: tuple[str, str]

    @property
    def ports(self) -> list[int]:
        return [worker.port for worker in self.workers]


@pytest.fixture
async def rollout(desk: Desk, database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Rollout]:
    environment = {
        "SURGA_ENVIRONMENT": "test",
        "SURGA_DATABASE_URL": database_url,
        "SURGA_REDIS_URL": redis_url,
        "SURGA_SECRET_KEY": SECRET,
        "SURGA_DATA_DIR": str(tmp_path),
        "SURGA_SOCKETS_PER_ADDRESS": "1000",
        "SURGA_SOCKETS_PER_PRINCIPAL": "1000",
    }
    async with AsyncExitStack() as stack:
        old = stack.enter_context(checked_out(previous(), tmp_path / "previous"))
        workers = Worker({**environment, "PYTHONPATH": str(old)}), Worker({**environment, "PYTHONPATH": str(ROOT)})
        for worker in workers:
            stack.callback(worker.kill)
        await asyncio.gather(*(worker.start() for worker in workers))
        assert await asyncio.gather(*(asyncio.to_thread(code_of, each) for each in workers)) == [old, ROOT]
        steering = await make_agency("diskominfo")
        await make_agency("pupr")
        scope = scope_of(await make_officer(steering, Role.COORDINATOR), steering, Role.COORDINATOR)
        live = replace(desk, clock=lambda: datetime.now(UTC))
        _, partner = await make_partner(live, "Mitra Uji", budget=RICH)
        issued = await credentials.issue(live, PrincipalKind.STAFF, name="uji", officer_id=scope.officer_id)
        yield Rollout(live, workers, scope, (issued.token, partner))


def code_of(worker: Worker) -> Path:
    """The folder of the code that a worker runs."""
    words = [sys.executable, "-P", "-c", "import realtime; print(realtime.__file__)"]
    said = subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ, **worker.environment})
    return Path(said.stdout.strip()).parents[1]


async def test_two_releases_lose_double_and_reset_nothing_whatever_one_writes(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = asyncio.Event()
    tickets = [await make_ticket(TicketStatus.VERIFIED) for _ in range(TICKETS)]
    start = await log.head(connection())
    begin = rollout.desk.cursors.seal_feed(start.epoch, start.seq)
    changes, lists = made(rollout, begin, arrived)
    await asyncio.gather(*(each.prepare() for each in lists))
    given = {"chance": random.Random(0), "drops_per_second": STEADY}
    boards = [Board(arrived, [port], rollout.tokens[0], **given) for port in rollout.ports]
    clients: list[Client] = [*changes, *lists, *boards]

    with running(clients):
        for _ in range(ROUNDS):
            for ticket in tickets:
                await round_of(rollout, monkeypatch, ticket)
        await asked(rollout, rollout.ports[0], DISPATCH, tickets[0])
        told, moved = await expected(start.seq)
        wanted = [moved] * len(changes) + [told] * len(lists)
        places = [each.noting.places for each in (*changes, *lists)]
        await until(arrived, lambda: all_reached(places, wanted) and all(each.counts == COUNTS for each in boards))

    kept = await kept_from_partners()
    asked_by = [each.token for each in (*changes, *lists)]
    assert [without(kept, seen, token, rollout) for seen, token in zip(places, asked_by, strict=True)] == [
        without(kept, seen, token, rollout) for seen, token in zip(wanted, asked_by, strict=True)
    ]
    assert [each.counts for each in boards] == [COUNTS] * 2
    rows = {node_id("Ticket", each.id): each.version for each in await Ticket.all()}
    assert [(each.rows, each.resets) for each in lists] == [(rows, 0)] * len(lists)
    assert {each.connections for each in clients if each.drops_per_second == STEADY} == {1}
    assert [await newer_formats(port) for port in rollout.ports] == [2 * ROUNDS * TICKETS] * 2
    assert [worker.process.returncode for worker in rollout.workers if worker.process] == [None, None]


def made(rollout: Rollout, begin: str, arrived: asyncio.Event) -> tuple[list[Changes], list[List]]:
    """As many clients as asked for: of either release all day long, and of both by turns, for staff and a partner."""
    changes, lists = [], []
    for index in range(CLIENTS):
        steady = index % 3 < 2
        ports = [rollout.ports[index % 3]] if steady else rollout.ports
        named = {"drops_per_second": STEADY if steady else DROPPING}
        noting, given = Noting(rollout.desk, arrived), (ports, rollout.tokens[index // 3 % 2], random.Random(index))
        if index // 6 % 2:
            changes.append(Changes(noting, *given, **named, cursor=begin))
        else:
            lists.append(List(noting, *given, **named))
    return changes, lists


@contextmanager
def running(clients: list[Client]) -> Iterator[None]:
    """These clients, until the block ends."""
    tasks = [asyncio.create_task(client.run()) for client in clients]
    try:
        yield
        assert [task for task in tasks if task.done()] == []
    finally:
        for task in tasks:
            task.cancel()


async def round_of(rollout: Rollout, monkeypatch: pytest.MonkeyPatch, ticket: Ticket) -> None:
    """Known moves by either release, and between them all that neither knows."""
    old, new = rollout.ports
    await asked(rollout, old, DISPATCH, ticket)
    await forwarded(rollout, ticket, TicketStatus.IN_PROGRESS)
    await declared(rollout)
    with monkeypatch.context() as later:
        later.setattr(log, "EVENT_FORMAT", EVENT_FORMAT + 1)
        await forwarded(rollout, ticket, TicketStatus.IN_PROGRESS)
        await declared(rollout)
    await asked(rollout, new, BACK, ticket)


async def asked(rollout: Rollout, port: int, mutation: str, ticket: Ticket) -> None:
    """Let a worker move a ticket."""
    await ticket.refresh_from_db()
    headers = {"authorization": f"Bearer {rollout.tokens[0]}"}
    variables = {"id": node_id("Ticket", ticket.id), "version": ticket.version}
    async with httpx.AsyncClient(headers=headers, timeout=SECONDS) as client:
        said = await client.post(f"http://127.0.0.1:{port}/graphql", json={"query": mutation, "variables": variables})
    (payload,) = data_of(said.json()).values()
    assert payload == {"ticket": {"version": ticket.version + 1}, "errors": []}


async def forwarded(rollout: Rollout, ticket: Ticket, status: TicketStatus) -> None:
    """An event of a ticket of a kind that no release knows, in the format of the moment."""
    async with locked_case(rollout.desk, rollout.scope, ticket.id) as case:
        case.enter(status)
        case.record(FORWARDED)  # type: ignore[arg-type]


async def declared(rollout: Rollout) -> None:
    """An event of a kind and of a subject that no release knows: it concerns everybody, and changes nothing."""
    event = log.NewEvent(
        kind=DECLARED,  # type: ignore[arg-type]
        at=rollout.desk.now(),
        actor_kind=ActorKind.SYSTEM,
        subject_kind=CALENDAR,  # type: ignore[arg-type]
        subject_id=7,
        details={"day": "2026-12-25"},
    )
    async with transactions.transaction() as transaction:
        appended = await log.append(transaction, [event])
    await rollout.desk.committed(appended.least_seq)


async def expected(after: int) -> tuple[list[int], list[int]]:
    """The places of what lists and status changes show, straight from the table: nothing of a newer format."""
    rows = await connection().execute_query_dict(
        "SELECT seq, before->>'status' IS DISTINCT FROM after->>'status' AS moves FROM event "
        "WHERE seq > $1 AND ticket_id IS NOT NULL AND format = $2 ORDER BY seq",
        [after, EVENT_FORMAT],
    )
    return [row["seq"] for row in rows], [row["seq"] for row in rows if row["moves"]]


async def kept_from_partners() -> set[int]:
    """The places of moved deadlines: counted anew after the last release moved a ticket, and told as nothing by it."""
    rows = await connection().execute_query_dict("SELECT seq FROM event WHERE kind = $1", [EventKind.DEADLINE_MOVED])
    return {row["seq"] for row in rows}


def without(kept: set[int], places: list[int], token: str, rollout: Rollout) -> list[int]:
    """Places as somebody with this token is asked about: partners of this release are not shown all of them."""
    return [place for place in places if token == rollout.tokens[0] or place not in kept]


def all_reached(places: list[list[int]], wanted: list[list[int]]) -> bool:
    """Whether everybody was shown the last that they shall be."""
    return all(last[-1] in seen for seen, last in zip(places, wanted, strict=True))


async def until(arrived: asyncio.Event, reached: Callable[[], bool]) -> None:
    """Wait until this is so; that it never was is seen by who asks what is missing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            while not reached():
                arrived.clear()
                await arrived.wait()


async def newer_formats(port: int) -> int:
    """How many events of a newer format a worker says that it has met."""
    async with httpx.AsyncClient(timeout=60) as client:
        said = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    found = re.search(r"^surga_log_newer_formats (\d+)", said, re.MULTILINE)
    return int(found[1]) if found else -1


def test_a_last_release_that_is_not_in_the_clone_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(NotInThisCloneError, match=r"^Commit 0{40}, .* is not in this clone: fetch all of its history"),
        checked_out("0" * 40, tmp_path / "none"),
    ):
        pass

    assert not (tmp_path / "none").exists()
