"""CPU of the server per delivered message, and time to the last screen, beside a bare Starlette broadcast.

Every round starts each server and its crowd as fresh processes. Our own number contains everything that an event
costs: reading the log, loading the ticket, deciding, executing GraphQL, and writing to every socket.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from tortoise.transactions import in_transaction

from api.server.serving import FRAMES
from bench.desks import Served, await_answer, ended, free_port, quiet_demo
from bench.rounds import ratios, told
from models import LogHead, Ticket
from models.database import connected
from models.enums import ActorKind, EventKind, TicketStatus, Visibility
from realtime import log
from realtime.bell import Bell
from services.access.states import ticket_state

ROUNDS, SUBSCRIBERS, EVENTS, FEW_EVENTS, WARM_UP = 3, 1_000, 200, 30, 5
FIELDS = "cursor at version to ticket { id number }"  # six leaves
QUERY = (
    "subscription ($filter: TicketFilter, $after: Cursor)"
    f" {{ ticketStatusChanged(filter: $filter, after: $after) {{ {FIELDS} }} }}"
)
PLAIN_QUERY = f"subscription {{ ticketStatusChanged {{ {FIELDS} }} }}"
PLAIN = "websockets-sansio"
# Every crowd opens the same conversation, because it decides who pays: the kernel of a client that has spoken delays
# its acknowledgements, and the server works them off; those of a client that only listens cost the client's time.
SCRIPT = [
    json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {'x' * 64}"}}),
    json.dumps({"id": "1", "type": "subscribe", "payload": {"query": PLAIN_QUERY, "variables": {}}}),
]
PATIENCE_SECONDS = 60
Publish = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Cost:
    """What one way of delivering costs: microseconds of CPU per message, seconds to the last subscriber."""

    cpu_us: float
    last_p50: float
    last_p99: float
    text: str


def main() -> None:
    rounds = [measure(SUBSCRIBERS) for _ in range(ROUNDS)]
    ours, base, floor, strawberry = ([each[place] for each in rounds] for place in range(4))
    print(f"{SUBSCRIBERS} subscribers of one group, {EVENTS} changes, six fields: CPU of the server per message")
    tell("surga (log, rights, GraphQL, ready frames)", ours)
    tell("baseline: bare Starlette, the same bytes  ", base)
    tell("floor: one write() each, nothing else   ", floor)
    tell("plain Strawberry, no database at all      ", strawberry)
    us, them = ([cost.cpu_us for cost in each] for each in (ours, base))
    print(f"  ratio to bare Starlette  {told(ratios(us, them))}")
    print(f"  floor to bare Starlette  {told(ratios([cost.cpu_us for cost in floor], them))}")
    print(f"  ratio to plain Strawberry {told(ratios(us, [cost.cpu_us for cost in strawberry]))}")
    for name in ("last_p50", "last_p99"):
        late = ratios(*([getattr(cost, name) for cost in each] for each in (ours, base)))
        print(f"  commit to the last screen, {name[-3:]}, to bare Starlette without a commit {told(late)}")


def measure(size: int) -> tuple[Cost, Cost, Cost, Cost]:
    """One round of all four ways, each in fresh processes."""
    ours = surga(size)
    base = bare(size, ours.text)
    floor = published("bench.fanout_floor:app", "/ws", SCRIPT, size, ours.text, protocol=FRAMES)
    return ours, base, floor, plain_strawberry(size, ours.text)


def bare(size: int, text: str, *, events: int = EVENTS) -> Cost:
    """A broadcast that knows nothing but its sockets."""
    return published("bench.fanout_bare:app", "/ws", SCRIPT, size, text, events=events)


def surga(size: int) -> Cost:
    """The whole product, with changes committed by another process."""
    with quiet_demo() as (desk, folder), crowd(desk.port, "/graphql", scripts(desk, 1), size) as watching:
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), size)
        return asyncio.run(changed(addresses(folder), desk, watching, size))


def scripts(desk: Served, groups: int, after: str | None = None) -> list[list[str]]:
    """What a coordinator's clients send, for so many groups."""
    authorization = {"authorization": f"Bearer {desk.access['tokens']['coordinator']}"}
    init = json.dumps({"type": "connection_init", "payload": authorization})
    return [[init, subscribe(QUERY, {"filter": filter_of(place), "after": after})] for place in range(groups)]


def addresses(folder: Path) -> dict[str, str]:
    """Where a demo's servers answer."""
    told: dict[str, str] = json.loads((folder / "servers.json").read_text("utf-8"))
    return told


async def changed(servers: dict[str, str], desk: Served, watching: Watching, size: int, events: int = EVENTS) -> Cost:
    """Commit changes of one ticket, and ring for each."""
    async with connected(servers["database_url"], pool_size=2):
        bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
        ticket = await a_ticket()

        async def publish(number: int) -> None:
            await bell.ring(await change(ticket))

        cost = await spent(desk.process, watching, publish, size, events)
        await bell.close()
        return cost


async def a_ticket() -> Ticket:
    """A ticket that every coordinator sees."""
    ticket = await Ticket.filter(
        status__in=(TicketStatus.IN_PROGRESS, TicketStatus.ON_HOLD), confidential=False, supervisory=False
    ).first()
    assert ticket is not None  # noqa: S101
    return ticket


async def change(ticket: Ticket) -> int:
    """One committed status change; returns its place in the log."""
    before, now = ticket_state(ticket), datetime.now(UTC)
    other = TicketStatus.ON_HOLD if ticket.status is TicketStatus.IN_PROGRESS else TicketStatus.IN_PROGRESS
    ticket.status, ticket.version, ticket.updated_at = other, ticket.version + 1, now
    async with in_transaction() as transaction:
        await ticket.save(update_fields=["status", "version", "updated_at"], using_db=transaction)
        event = log.NewEvent(
            kind=EventKind.STATUS_CHANGED,
            visibility=Visibility.PUBLIC,
            at=now,
            actor_kind=ActorKind.SYSTEM,
            ticket_id=ticket.id,
            version=ticket.version,
            before=before,
            after=ticket_state(ticket),
            changed=("status",),
        )
        return (await log.append(transaction, [event])).least_seq


def plain_strawberry(size: int, text: str) -> Cost:
    return published("bench.fanout_strawberry:app", "/ws/", SCRIPT, size, text, events=FEW_EVENTS)


def published(
    app: str, path: str, script: list[str], size: int, text: str, *, events: int = EVENTS, protocol: str = PLAIN
) -> Cost:
    """An app of Python that is told by HTTP what to deliver."""
    with serving(app, protocol) as served:
        return broadcast(served, path, script, size, text, events)


def broadcast(served: Served, path: str, script: list[str], size: int, text: str, events: int) -> Cost:
    """What a server costs that is told by HTTP what to deliver, and says itself how many have subscribed."""
    with crowd(served.port, path, [script], size) as watching:
        await_subscribers(lambda: float(got(served.port, "/")), size)
        line = http.client.HTTPConnection("127.0.0.1", served.port)

        async def publish(number: int) -> None:
            line.request("POST", "/publish", text)
            line.getresponse().read()

        return asyncio.run(spent(served.process, watching, publish, size, events))


async def spent(process: psutil.Process, watching: Watching, publish: Publish, size: int, events: int = EVENTS) -> Cost:
    """Publish one event after the other, each when the last subscriber had the one before."""
    for number in range(WARM_UP):
        await publish(number)
        watching.next()
    before, took, text = cpu_seconds(process), [], ""
    for number in range(events):
        began = time.monotonic()
        await publish(number)
        shown = watching.next()
        took.append(shown["at"] - began)
        text = shown["text"]
    cpu = cpu_seconds(process) - before
    took.sort()
    return Cost(cpu / events / size * 1e6, statistics.median(took), took[int(len(took) * 0.99)], text)


class Watching:
    """The crowd's process, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def next(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("The crowd of subscribers ended early.")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def crowd(port: int, path: str, scripts: list[list[str]], size: int) -> Iterator[Watching]:
    """So many subscribers in a process of their own, all connected."""
    told = json.dumps({"port": port, "path": path, "scripts": scripts, "size": size})
    command = [sys.executable, "-m", "bench.fanout_clients", told]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        watching = Watching(process)
        watching.next()
        yield watching
    finally:
        process.kill()
        process.wait()


@contextmanager
def serving(app: str, protocol: str = PLAIN) -> Iterator[Served]:
    """An app under uvicorn as we run it, but with its own websocket protocol."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
    command += ["--ws", protocol, "--ws-per-message-deflate", "false", "--log-level", "warning"]
    running = subprocess.Popen(command)  # noqa: S603
    try:
        await_answer(f"http://127.0.0.1:{port}/", running)
        yield Served(port, psutil.Process(running.pid), {})
    finally:
        ended(running)


def subscribe(query: str, variables: dict[str, Any]) -> str:
    return json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})


def filter_of(place: int) -> dict[str, str]:
    """Filters that differ and let everything through."""
    return {"receivedFrom": f"2000-01-01T{place // 60:02}:{place % 60:02}:00+07:00"}


def await_subscribers(count: Callable[[], float], size: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while count() < size:
        if time.monotonic() > until:
            raise SystemExit(f"Only {count()} of {size} subscribers are there.")
        time.sleep(0.1)


def got(port: int, path: str) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.request("GET", path)
    return line.getresponse().read().decode()


def gauge(port: int, name: str) -> float:
    """One number of /metrics."""
    values = [row.split()[-1] for row in got(port, "/metrics").splitlines() if row.startswith(f"surga_{name} ")]
    return float(values[0]) if values else 0.0


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def tell(name: str, costs: list[Cost]) -> None:
    cpu = statistics.median(cost.cpu_us for cost in costs)
    p50 = statistics.median(cost.last_p50 for cost in costs) * 1000
    p99 = statistics.median(cost.last_p99 for cost in costs) * 1000
    print(f"  {name} {cpu:6.1f} us, last screen after {p50:.0f} ms (p99 {p99:.0f} ms)")


if __name__ == "__main__":
    main()
