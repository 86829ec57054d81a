"""Ten minutes of coming and going: 20 sockets and 20 events a second, and the server ends as it began."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from contextlib import suppress
from itertools import count

import httpx
import psutil
import websockets

from bench.chaos import Writer
from bench.storm_desk import StormDesk, storm_desk
from tests.realtime.chaos import BROKEN, FEED, STATUS

SOCKETS_PER_SECOND, EVENTS_PER_SECOND, LIFE_SECONDS = 20, 20, 4.0
GAUGES = ("surga_sockets", "surga_subscriptions", "surga_groups", "surga_tasks")
CALM_SECONDS = 15.0


async def soak(minutes: float) -> None:
    async with storm_desk(workers=1, tickets=20) as desk:
        until = time.monotonic() + 60 * min(minutes / 5, 1)
        await busy(desk, until)  # first: what is made once, caches and pools, is made now
        await asyncio.sleep(CALM_SECONDS)
        before = await numbers(desk)
        telling = asyncio.create_task(tell_memory(desk))
        visits, moves = await busy(desk, time.monotonic() + minutes * 60)
        telling.cancel()
        await asyncio.sleep(CALM_SECONDS)
        after = await numbers(desk)
    seconds = minutes * 60
    print(f"{minutes:g} minutes: {visits / seconds:.1f} sockets and {moves / seconds:.1f} events a second")
    for name, old in before.items():
        print(f"  {name:22} {old:10,.0f} before {after[name]:10,.0f} after")


async def tell_memory(desk: StormDesk) -> None:
    """Print every minute how much memory the server holds."""
    process = psutil.Process(desk.workers[0].pid)
    for minute in count(1):
        await asyncio.sleep(60)
        print(f"  minute {minute:2}: RSS {process.memory_info().rss / 1024:10,.0f} KB", flush=True)


async def busy(desk: StormDesk, until: float) -> tuple[int, int]:
    """Come, watch for a while, go; and move tickets on meanwhile. Gives the numbers of visits and of moves."""
    token = desk.made.tokens["coordinator"]
    shares = [desk.made.tickets[place::4] for place in range(4)]
    writers = [Writer(desk.ports, token, share, random.Random(place), pause=4 / EVENTS_PER_SECOND - 0.01)  # noqa: S311
               for place, share in enumerate(shares)]  # fmt: skip
    working = [asyncio.create_task(writer.run(until)) for writer in writers]
    visits: set[asyncio.Task[None]] = set()
    came = 0
    names = [name for name in desk.made.tokens if name != "inspector"]
    while time.monotonic() < until:
        task = asyncio.create_task(visit(desk, desk.made.tokens[names[came % len(names)]], came))
        visits.add(task)
        task.add_done_callback(visits.discard)
        came += 1
        await asyncio.sleep(1 / SOCKETS_PER_SECOND)
    await asyncio.gather(*visits, *working)
    return came, sum(writer.moves for writer in writers)


async def visit(desk: StormDesk, token: str, place: int) -> None:
    """One client's stay; every third leaves without a word."""
    query = STATUS if place % 2 else FEED
    url = f"ws://127.0.0.1:{desk.ports[0]}/graphql"
    with suppress(*BROKEN):
        line = await websockets.connect(url, subprotocols=["graphql-transport-ws"], compression=None)  # type: ignore[list-item]
        await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        with suppress(TimeoutError):
            async with asyncio.timeout(LIFE_SECONDS):
                async for _ in line:
                    pass
        if place % 3:
            await line.close()
        else:
            line.transport.abort()


async def numbers(desk: StormDesk) -> dict[str, float]:
    """What a server holds: its own gauges, and what the system says of its process."""
    process = psutil.Process(desk.workers[0].pid)
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{desk.ports[0]}/metrics")).text
    rows = dict(row.split(" ", 1) for row in text.splitlines() if row.startswith(GAUGES))
    return {
        **{name: float(value) for name, value in rows.items()},
        "open files": float(process.num_fds()),
        "RSS (KB)": process.memory_info().rss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asyncio.run(soak(parser.parse_args().minutes))


if __name__ == "__main__":
    main()
