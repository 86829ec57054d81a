"""Somebody else's change beside one account that does its worst within the limits, against a quiet server.

The delay counts from before COMMIT to the frame at a subscriber of another account, in turns of the same server.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.desks import Served, quiet_demo
from bench.fanout import Watching, addresses, await_subscribers, change, crowd, gauge, scripts
from bench.rounds import ratios, told
from bench.scopes import a_ticket, agency_of
from models import LogHead, Ticket
from models.database import connected
from realtime.bell import Bell

ROUNDS, EVENTS, BEHIND, PAUSE_SECONDS = 3, 40, 300, 0.1


def main() -> None:
    rounds = []
    with quiet_demo() as (desk, folder):
        agency = agency_of(desk)
        cursor = asyncio.run(fallen_behind(desk, folder, agency))
        for _ in range(ROUNDS):
            quiet = asyncio.run(delays(desk, folder, agency))
            with greedy(desk, cursor):
                rounds.append((quiet, asyncio.run(delays(desk, folder, agency))))
    print(f"a change of somebody else, from COMMIT to the frame: {EVENTS} changes a round")
    quiet, loud = ([statistics.median(each[place]) * 1000 for each in rounds] for place in range(2))
    print(f"  baseline: a quiet server {told(quiet, 1)} ms")
    print(f"  beside one account that does its worst {told(loud, 1)} ms")
    print(f"  ratio {told(ratios(loud, quiet))}, at most 3 is wanted")
    print(f"  the longest of all {max(max(each[1]) for each in rounds) * 1000:.0f} ms, at most 1000 is wanted")
    print(f"  the longest on a quiet server {max(max(each[0]) for each in rounds) * 1000:.0f} ms")


@contextmanager
def greedy(desk: Served, cursor: str) -> Iterator[None]:
    """The account that does its worst, at it for two seconds when the block begins."""
    given = {"url": f"ws://127.0.0.1:{desk.port}/graphql", "token": desk.access["tokens"]["officer"], "cursor": cursor}
    command = [sys.executable, "-m", "bench.greedy", json.dumps(given)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        if process.stdout is None or "ready" not in process.stdout.readline():
            raise SystemExit("The greedy account was not let in.")
        time.sleep(2)
        yield
        if process.poll() is not None:
            raise SystemExit("The greedy account went away.")
    finally:
        process.kill()
        process.wait()


async def fallen_behind(desk: Served, folder: Path, agency: str) -> str:
    """A cursor after which many changes have come."""
    servers = addresses(folder)
    async with connected(servers["database_url"], pool_size=2):
        bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
        ticket = await a_ticket(agency)
        with crowd(desk.port, "/graphql", scripts(desk, 1), 1) as watching:
            await_subscribers(lambda: gauge(desk.port, "subscriptions"), 1)
            await bell.ring(await change(ticket))
            text: str = watching.next()["text"]
        for _ in range(BEHIND):
            await bell.ring(await change(ticket))
        await bell.close()
    cursor: str = json.loads(text)["payload"]["data"]["ticketStatusChanged"]["cursor"]
    return cursor


async def delays(desk: Served, folder: Path, agency: str) -> list[float]:
    """Seconds from before each commit to the frame of a coordinator's subscriber."""
    servers = addresses(folder)
    before = gauge(desk.port, "subscriptions")
    async with connected(servers["database_url"], pool_size=2):
        bell = Bell(servers["redis_url"], (await LogHead.get(id=1)).epoch)
        ticket = await a_ticket(agency)
        with crowd(desk.port, "/graphql", scripts(desk, 1), 1) as watching:
            await_subscribers(lambda: gauge(desk.port, "subscriptions"), 1)
            found = [await delay(watching, bell, ticket) for _ in range(EVENTS)]
        await bell.close()
    return found[1:] if before else found


async def delay(watching: Watching, bell: Bell, ticket: Ticket) -> float:
    await asyncio.sleep(PAUSE_SECONDS)
    began = time.monotonic()
    await bell.ring(await change(ticket))
    return float(watching.next()["at"]) - began


if __name__ == "__main__":
    main()
