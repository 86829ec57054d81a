"""How the cost of an event grows with groups and sockets, beside a bare broadcast to as many sockets.

Each of the rounds starts the desk and the bare servers anew.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bench.desks import Served, quiet_demo
from bench.fanout import Cost, addresses, await_subscribers, bare, changed, crowd, gauge, scripts
from bench.rounds import ratios, told

ROUNDS, EVENTS = 3, 60
GROUPS, SOCKETS = (1, 20, 100), (100, 1_000, 5_000)
Costs = dict[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Growth:
    """A plane through measured costs: milliseconds per event and worker, per group, and per socket."""

    fixed: float
    per_group: float
    per_socket: float


def main() -> None:
    ours, bases = zip(*(measured() for _ in range(ROUNDS)), strict=True)
    print("CPU of the server per event, all reads of the database included (ms)")
    for groups in GROUPS:
        for sockets in SOCKETS:
            print(f"  {groups:3} groups {sockets:5} sockets {told([costs[groups, sockets] for costs in ours], 1)}")
    for sockets in SOCKETS:
        base = [costs[1, sockets] for costs in bases]
        print(f"  baseline: bare Starlette {sockets:5} sockets {told(base, 1)}")
        print(f"    ratio with 1 group {told(ratios([costs[1, sockets] for costs in ours], base))}")
    tell_growth([fitted(costs) for costs in ours], [fitted(costs) for costs in bases])


def measured() -> tuple[Costs, Costs]:
    """One round: ours, and a bare server that sends the same bytes and knows no groups."""
    costs, text = surga()
    return costs, {(1, sockets): event_ms(bare(sockets, text, events=EVENTS), sockets) for sockets in SOCKETS}


def tell_growth(ours: list[Growth], bases: list[Growth]) -> None:
    print("The plane through them, by least squares of the relative errors")
    print(f"  an event alone {told([growth.fixed for growth in ours])} ms")
    print(f"  a, per group   {told([growth.per_group for growth in ours])} ms")
    sockets, base = ([growth.per_socket * 1000 for growth in each] for each in (ours, bases))
    print(f"  b, per socket  {told(sockets, 1)} us")
    print(f"    ratio to bare Starlette per socket {told(ratios(sockets, base))}")


def surga() -> tuple[Costs, str]:
    """The whole product, for every number of groups and sockets; and what a subscriber was shown."""
    with quiet_demo() as (desk, folder):
        servers = addresses(folder)
        costs = {(groups, sockets): watched(desk, servers, groups, sockets) for groups in GROUPS for sockets in SOCKETS}
    return {place: event_ms(cost, place[1]) for place, cost in costs.items()}, costs[1, 1_000].text


def watched(desk: Served, servers: dict[str, str], groups: int, sockets: int) -> Cost:
    with crowd(desk.port, "/graphql", scripts(desk, groups), sockets) as watching:
        await_subscribers(lambda: gauge(desk.port, "subscriptions"), sockets)
        cost = asyncio.run(changed(servers, desk, watching, sockets, EVENTS))
    await_nobody(desk)
    return cost


def event_ms(cost: Cost, sockets: int) -> float:
    return cost.cpu_us * sockets / 1000


def fitted(costs: Costs) -> Growth:
    """The plane through the costs by least squares of what it misses of each cost, small ones and large ones alike.

    There is no slope per group where there is but one number of them.
    """
    several = len({groups for groups, _ in costs}) > 1
    rows = [
        (tuple(each / cost for each in (1.0, float(sockets), *([float(groups)] * several))), 1.0)
        for (groups, sockets), cost in costs.items()
    ]
    fixed, per_socket, *per_group = solved(rows)
    return Growth(fixed, per_group[0] if per_group else 0.0, per_socket)


def solved(rows: list[tuple[tuple[float, ...], float]]) -> list[float]:
    """The coefficients of the least squares, by the normal equations and Gauss-Jordan elimination."""
    size = len(rows[0][0])
    matrix = [
        [sum(row[i] * row[j] for row, _ in rows) for j in range(size)] + [sum(row[i] * cost for row, cost in rows)]
        for i in range(size)
    ]
    for pivot in range(size):
        matrix[pivot] = [value / matrix[pivot][pivot] for value in matrix[pivot]]
        for other in range(size):
            if other != pivot:
                times = matrix[other][pivot]
                matrix[other] = [a - times * b for a, b in zip(matrix[other], matrix[pivot], strict=True)]
    return [row[size] for row in matrix]


def await_nobody(desk: Served) -> None:
    """Wait until the server has noticed that everybody left."""
    until = time.monotonic() + 30
    while gauge(desk.port, "subscriptions") > 0 and time.monotonic() < until:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
