"""What kept clocks cost a move: the bare use case, and the whole mutation over HTTP with its frames on screens.

Each round takes new reports through the first moves of a life: verified, dispatched, worked on, on hold, and back. They
go with and without clocks by turns; over HTTP two servers of one database take turns, each with a crowd that watches.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from api.server.opening import open_desk
from api.settings import Environment, Settings
from bench.desks import SURGA, Served, await_answer, ended, free_port, quiet_demo
from bench.fanout import addresses, await_subscribers, crowd, gauge, scripts
from bench.rounds import ratios, told
from bench.unclocked import no_clocks
from models import Agency, Ticket
from models.database import connected
from models.enums import Classification, Role, TicketStatus
from services.core.desk import Desk
from services.core.nodes import node_id
from services.tickets import commands
from services.tickets.moves import change_status, dispatch, verify
from tests.factories import make_scope, make_tickets
from tests.root import ROOT

ROUNDS, TICKETS, SCREENS = 7, 20, 50
SETTLING_SECONDS = 0.5  # until the frames of the last move are out
MOST_RATIO = 1.25
LEAD, CATEGORY = "DISHUB", "APARATUR"
HOLD = {"reason_code": "FIELD_SURVEY", "note": "Survei."}
Costs = list[tuple[float, float]]  # seconds of CPU and of the clock on the wall, of one move


@dataclass(frozen=True)
class Step:
    """One move over HTTP: who makes it, by which document of the admin frontend, and what it says."""

    role: str
    document: str
    given: dict[str, Any]

    @property
    def text(self) -> str:
        return (ROOT / "web" / "admin" / "operations" / f"{self.document}.graphql").read_text("utf-8")


def main() -> None:
    with quiet_demo() as (demo, folder):
        bare = asyncio.run(use_cases(folder))
        whole = asyncio.run(mutations(demo, folder))
    for name, (clocked, unclocked) in (("the bare use case", bare), ("the whole mutation over HTTP", whole)):
        for place, measure in enumerate(("CPU", "time")):
            ours, base = ([each[place] * 1000 for each in found] for found in (clocked, unclocked))
            print(f"a move, {name}: {measure} with clocks {told(ours)} ms, baseline without {told(base)} ms")
            medians = statistics.median(ours) / statistics.median(base)
            print(f"  ratio {told(ratios(ours, base))}, of the medians {medians:.2f}; at most {MOST_RATIO} is wanted")


async def use_cases(folder: Path) -> tuple[Costs, Costs]:
    """In this process, without HTTP."""
    clocked: Costs = []
    bare: Costs = []
    settings = Settings.model_validate({"environment": Environment.DEVELOPMENT, "data_dir": folder})
    async with open_desk(settings) as desk:
        for number in range(ROUNDS + 1):
            turns = [(True, clocked), (False, bare)]
            for keeps, found in turns[:: 1 if number % 2 else -1]:
                tickets = await new_tickets()
                with nullcontext() if keeps else no_clocks():
                    found.append(await lived(desk, tickets))
    return clocked[1:], bare[1:]


async def new_tickets() -> list[Ticket]:
    last = await Ticket.all().order_by("-id").first()
    await make_tickets(TICKETS, at=datetime.now(UTC))
    return await Ticket.filter(id__gt=last.id if last else 0)


async def lived(desk: Desk, tickets: Sequence[Ticket]) -> tuple[float, float]:
    """What one of these moves costs, of all moves of these tickets."""
    coordinator = await make_scope(Role.COORDINATOR, await Agency.get(code="DISKOMINFO"))
    liaison = await make_scope(Role.LIAISON, await Agency.get(code=LEAD))
    until, to = desk.today() + timedelta(days=3), TicketStatus
    cpu, wall = time.process_time(), time.perf_counter()
    for one in tickets:
        verified = commands.Verify(one.id, one.version, Classification.COMPLAINT, CATEGORY)
        found = (await verify(desk, coordinator, verified)).ticket
        found = (await dispatch(desk, coordinator, commands.Dispatch(one.id, found.version, LEAD))).ticket
        for status, more in ((to.IN_PROGRESS, {}), (to.ON_HOLD, {**HOLD, "until": until}), (to.IN_PROGRESS, {})):
            change = commands.ChangeStatus(one.id, found.version, status, **more)  # type: ignore[arg-type]
            found = (await change_status(desk, liaison, change)).ticket
    moves = len(tickets) * 5
    return (time.process_time() - cpu) / moves, (time.perf_counter() - wall) / moves


async def mutations(demo: Served, folder: Path) -> tuple[Costs, Costs]:
    """As clients make them: request, COMMIT, and the frames on screens that watch the same server."""
    clocked: Costs = []
    bare: Costs = []
    with ExitStack() as stack:
        programs = ([str(SURGA)], [sys.executable, "-m", "bench.unclocked"])
        servers = [stack.enter_context(serving(demo, folder, each)) for each in programs]
        for each in servers:
            stack.enter_context(crowd(each.port, "/graphql", scripts(each, 1), SCREENS))
            await_subscribers(lambda at=each.port: gauge(at, "subscriptions"), SCREENS)  # type: ignore[misc]
        for number in range(ROUNDS + 1):
            turns = list(zip(servers, (clocked, bare), strict=True))
            for served, found in turns[:: 1 if number % 2 else -1]:
                async with connected(addresses(folder)["database_url"], pool_size=2):
                    ids = [node_id("Ticket", ticket.id) for ticket in await new_tickets()]
                found.append(asked(served, ids))
    return clocked[1:], bare[1:]


@contextmanager
def serving(demo: Served, folder: Path, program: list[str]) -> Iterator[Served]:
    """A further server of the demo's database."""
    port = free_port()
    environment = {**os.environ, "SURGA_DATA_DIR": str(folder), "PORT": str(port)}
    environment["SURGA_ENVIRONMENT"] = Environment.DEVELOPMENT.value
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([*program, "serve"], env=environment, stdout=quiet, stderr=quiet)  # noqa: S603
    try:
        await_answer(f"http://127.0.0.1:{port}/ready", running)
        yield Served(port, psutil.Process(running.pid), demo.access)
    finally:
        ended(running)


def steps() -> list[Step]:
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    held = {"status": "ON_HOLD", "reasonCode": HOLD["reason_code"], "note": HOLD["note"], "until": until}
    return [
        Step("coordinator", "verify-ticket", {"classification": "COMPLAINT", "categoryCode": CATEGORY}),
        Step("coordinator", "dispatch-ticket", {"leadAgencyCode": LEAD}),
        Step("liaison", "change-ticket-status", {"status": "IN_PROGRESS"}),
        Step("liaison", "change-ticket-status", held),
        Step("liaison", "change-ticket-status", {"status": "IN_PROGRESS"}),
    ]


def asked(served: Served, ids: Sequence[str]) -> tuple[float, float]:
    """What one of these moves costs the server, its frames included; and how long its client waits."""
    line, made = http.client.HTTPConnection("127.0.0.1", served.port), [(step, step.text) for step in steps()]
    cpu, wall = served.cpu_seconds(), 0.0
    for ticket_id in ids:
        version = 1
        for step, text in made:
            given = {"input": {"id": ticket_id, "expectedVersion": version, **step.given}}
            body = json.dumps({"query": text, "variables": given})
            headers = {"Authorization": f"Bearer {served.access['tokens'][step.role]}"}
            begun = time.perf_counter()
            line.request("POST", "/graphql", body, {"Content-Type": "application/json", **headers})
            answer = line.getresponse().read()
            wall += time.perf_counter() - begun
            version = _version(answer)
    time.sleep(SETTLING_SECONDS)
    moves = len(ids) * len(made)
    return (served.cpu_seconds() - cpu) / moves, wall / moves


def _version(answer: bytes) -> int:
    [found] = (json.loads(answer).get("data") or {"": None}).values()
    if not found or found["errors"]:
        raise SystemExit(f"A move was refused: {answer[:400]!r}")
    version: int = found["ticket"]["version"]
    return version


if __name__ == "__main__":
    main()
