"""How the cost of an event grows with groups and sockets, what an idle socket weighs, what a returning crowd costs."""

from __future__ import annotations

import asyncio
import json
import time

from bench.desks import Served, quiet_demo
from bench.fanout import (
    a_ticket,
    addresses,
    await_subscribers,
    change,
    changed,
    cpu_seconds,
    crowd,
    gauge,
    scripts,
)
from models import LogHead
from models.database import connected
from realtime.bell import Bell

GROUPS, SOCKETS, EVENTS = (1, 20, 100), (100, 1_000, 5_000), 20
CROWD, BEHIND = 2_000, 100


def main() -> None:
    with quiet_demo() as (desk, folder):
        servers = addresses(folder)
        print(f"memory of one idle subscriber, from 1,000 to 4,000 of them: {idle_kb(desk):.0f} KB")
        costs = {
            (groups, sockets): event_ms(desk, servers, groups, sockets) for groups in GROUPS for sockets in SOCKETS
        }
        print("CPU of the server per event, all reads of the database included (ms)")
        for groups in GROUPS:
            row = "  ".join(f"{sockets:5} sockets {costs[groups, sockets]:6.1f}" for sockets in SOCKETS)
            print(f"  {groups:3} groups  {row}")
        per_group, per_socket, fixed = fitted(costs)
        print(
            f"  = {fixed:.1f} ms + groups x {per_group:.2f} ms + sockets x {per_socket * 1000:.1f} us (least squares)"
        )
        asyncio.run(storm(desk, servers))


def event_ms(desk: Served, servers: dict[str, str], groups: int, sockets: int) -> float:
    with crowd(desk.port, "/graphql", scripts(desk, groups), sockets) as watching:
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), sockets)
        cost = asyncio.run(changed(servers, desk, watching, sockets, EVENTS))
    await_nobody(desk)
    return cost.cpu_us * sockets / 1000


def fitted(costs: dict[tuple[int, int], float]) -> tuple[float, float, float]:
    """The plane through the costs by least squares: slope per group, per socket, and what is left at 0 of both."""
    rows = [(float(groups), float(sockets), 1.0, cost) for (groups, sockets), cost in costs.items()]
    matrix = [[sum(row[i] * row[j] for row in rows) for j in range(4)] for i in range(3)]
    for pivot in range(3):
        matrix[pivot] = [value / matrix[pivot][pivot] for value in matrix[pivot]]
        for other in range(3):
            if other != pivot:
                factor = matrix[other][pivot]
                matrix[other] = [
                    left - factor * right for left, right in zip(matrix[other], matrix[pivot], strict=True)
                ]
    return matrix[0][3], matrix[1][3], matrix[2][3]


def idle_kb(desk: Served) -> float:
    with crowd(desk.port, "/graphql", scripts(desk, 1), 1_000):
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), 1_000)
        before = desk.process.memory_info().rss
        with crowd(desk.port, "/graphql", scripts(desk, 1), 3_000):
            await_subscribers(lambda: gauge(desk.port, "subscriptions"), 4_000)
            grown = desk.process.memory_info().rss - before
    await_nobody(desk)
    return grown / 3_000 / 1024


async def storm(desk: Served, servers: dict[str, str]) -> None:
    """A crowd that returns at once, each member so many events behind."""
    async with connected(servers["database_url"], pool_size=2):
        bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
        ticket = await a_ticket()
        with crowd(desk.port, "/graphql", scripts(desk, 1), 1) as watching:
            await_subscribers(lambda: gauge(desk.port, "subscriptions"), 1)
            await bell.ring(await change(ticket))
            message = json.loads(watching.next()["text"])
        cursor = message["payload"]["data"]["ticketStatusChanged"]["cursor"]
        for _ in range(BEHIND):
            await bell.ring(await change(ticket))
        await bell.close()
    executions, cpu, began = gauge(desk.port, "executions"), cpu_seconds(desk.process), time.monotonic()
    with crowd(desk.port, "/graphql", scripts(desk, 1, cursor), CROWD) as watching:
        last = 0.0
        for _ in range(BEHIND):
            last = watching.next()["at"]
    cpu, executions = cpu_seconds(desk.process) - cpu, gauge(desk.port, "executions") - executions
    print(
        f"{CROWD} clients that return at once, {BEHIND} events behind: all had all after {last - began:.1f} s, "
        f"{cpu:.1f} s CPU of the server with handshakes, {executions:.0f} executions"
    )


def await_nobody(desk: Served) -> None:
    until = time.monotonic() + 30
    while gauge(desk.port, "subscriptions") > 0 and time.monotonic() < until:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
