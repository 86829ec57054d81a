"""What an idle socket weighs and what a returning crowd costs, beside a bare server that knows nothing of either."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.desks import Served, quiet_demo
from bench.fanout import (
    SCRIPT,
    a_ticket,
    addresses,
    await_subscribers,
    change,
    cpu_seconds,
    crowd,
    gauge,
    got,
    scripts,
    serving,
)
from bench.fanout_grid import await_nobody
from bench.rounds import ratios, told
from models import LogHead
from models.database import connected
from realtime.bell import Bell

ROUNDS, FEW, MORE = 3, 1_000, 3_000
CROWD, BEHIND = 2_000, 100


@dataclass(frozen=True, slots=True)
class Return:
    """What it cost until everybody had everything; executions is 0 where nothing is executed."""

    seconds: float
    cpu: float
    executions: float


def main() -> None:
    rounds = [measured() for _ in range(ROUNDS)]
    ours, returns, base, base_returns = zip(*rounds, strict=True)
    print(f"memory of one idle subscriber, from {FEW} to {FEW + MORE} of them (KB)")
    print(f"  surga {told(ours, 1)}")
    print(f"  baseline: bare Starlette {told(base, 1)}")
    print(f"  ratio {told(ratios(ours, base))}")
    print(f"{CROWD} clients that return at once, {BEHIND} events behind; the server's CPU with all handshakes")
    for name, found in (("surga", returns), ("baseline: bare Starlette sends as many texts", base_returns)):
        print(f"  {name}: CPU {told([each.cpu for each in found])} s, all had all after", end=" ")
        print(f"{told([each.seconds for each in found])} s")
    print(f"  ratio of CPU {told(ratios([each.cpu for each in returns], [each.cpu for each in base_returns]))}")
    print(f"  executions {told([each.executions for each in returns], 0)}")


def measured() -> tuple[float, Return, float, Return]:
    """One round: ours, and bare servers that send the same bytes."""
    weight, returned, text = surga()
    return weight, returned, *bare(text)


def surga() -> tuple[float, Return, str]:
    """A fresh desk: its memory, then its returning crowd, and what one of that was shown."""
    with quiet_demo() as (desk, folder):
        count = lambda: gauge(desk.port, "subscriptions")  # noqa: E731
        weight = grown_kb(desk, "/graphql", scripts(desk, 1), count)
        await_nobody(desk)
        cursor, text = asyncio.run(fallen_behind(desk, addresses(folder)))
        before = gauge(desk.port, "executions")
        returned = storm(desk, "/graphql", scripts(desk, 1, cursor))
        return weight, Return(*returned, gauge(desk.port, "executions") - before), text


def bare(text: str) -> tuple[float, Return]:
    """Fresh bare servers, one for each."""
    with serving("bench.fanout_bare:app") as served:
        weight = grown_kb(served, "/ws", [SCRIPT], lambda: float(got(served.port, "/")))
    with serving("bench.fanout_bare:app") as served:
        line = http.client.HTTPConnection("127.0.0.1", served.port)
        line.request("POST", "/missed", json.dumps([text] * BEHIND))
        line.getresponse().read()
        return weight, Return(*storm(served, "/ws", [SCRIPT]), 0)


def grown_kb(served: Served, path: str, scripts: list[list[str]], count: Callable[[], float]) -> float:
    """How much the process grows by each subscriber that does nothing."""
    with crowd(served.port, path, scripts, FEW):
        await_subscribers(count, FEW)
        before = served.process.memory_info().rss
        with crowd(served.port, path, scripts, MORE):
            await_subscribers(count, FEW + MORE)
            return float(served.process.memory_info().rss - before) / MORE / 1024


async def fallen_behind(desk: Served, servers: dict[str, str]) -> tuple[str, str]:
    """A cursor after which so many changes have come, and the message that held it."""
    async with connected(servers["database_url"], pool_size=2):
        bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
        ticket = await a_ticket()
        with crowd(desk.port, "/graphql", scripts(desk, 1), 1) as watching:
            await_subscribers(lambda: gauge(desk.port, "subscriptions"), 1)
            await bell.ring(await change(ticket))
            text: str = watching.next()["text"]
        for _ in range(BEHIND):
            await bell.ring(await change(ticket))
        await bell.close()
    return json.loads(text)["payload"]["data"]["ticketStatusChanged"]["cursor"], text


def storm(served: Served, path: str, scripts: list[list[str]]) -> tuple[float, float]:
    """Seconds until all had all, and CPU of the server; both from before the first handshake."""
    cpu, began = cpu_seconds(served.process), time.monotonic()
    with crowd(served.port, path, scripts, CROWD) as watching:
        while (shown := watching.next()).get("event") != BEHIND:  # in between the crowd says that it is complete
            pass
    return shown["at"] - began, cpu_seconds(served.process) - cpu


if __name__ == "__main__":
    main()
