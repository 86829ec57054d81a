"""The long storm: everything breaks for minutes under production's time limits, and nothing is lost: `make chaos`."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import statistics
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import httpx
import websockets

from bench import homes
from bench.storm_desk import StormDesk, changes_since, storm_desk
from tests.realtime.chaos import BROKEN, Client, Follower, Keeper, Refused, data_of

KEEPERS, FOLLOWERS, WRITERS = 5, 8, 4  # keepers of each kind of caller
SETTLE_SECONDS = 180.0
PAUSE_SECONDS = (4.0, 8.0)
FAULTS = {
    "cut_redis": "every line to Redis cut",
    "silence_redis": "Redis away for 3 s",
    "kill_a_worker": "a worker killed (SIGKILL) and started",
    "roll_a_worker": "a worker replaced (SIGTERM)",
    "restart_postgresql": "PostgreSQL restarted",
    "crash_postgresql": "PostgreSQL killed (SIGKILL) and started",
}
SEEN = "query ($id: ID!) { ticket(id: $id) { version status } }"
MOVES = {
    "RECEIVED": "verifyTicket(input: {id: $id, expectedVersion: $version, classification: COMPLAINT})",
    "VERIFIED": 'dispatchTicket(input: {id: $id, expectedVersion: $version, leadAgencyCode: "%s"})',
    "DISPATCHED": "changeTicketStatus(input: {id: $id, expectedVersion: $version, status: IN_PROGRESS})",
    "IN_PROGRESS": 'returnTicket(input: {id: $id, expectedVersion: $version, reasonCode: "NOT_OUR_DUTY", note: "-"})',
}


class Probe(Follower):
    """A follower that never drops by itself, and times every change by the clock that stamped it."""

    document = """subscription ($after: Cursor) {
      ticketStatusChanged(after: $after) { cursor version to at ticket { number } } }"""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, drops_per_second=0.000_1, **named)
        self.delays: list[tuple[float, float]] = []  # (when it happened, seconds until it was heard)

    def take(self, data: dict[str, Any]) -> bool:
        happened = datetime.fromisoformat(data["ticketStatusChanged"]["at"]).timestamp()
        self.delays.append((happened, time.time() - happened))
        return super().take(data)


class Writer:
    """An officer who never stops: reads a ticket, moves it on, and after any refusal looks again."""

    def __init__(
        self, ports: list[int], token: str, tickets: list[str], chance: random.Random, pause: float = 0.05
    ) -> None:
        self.ports = ports
        self.tickets = tickets
        self.pause = pause
        self.chance = chance
        self.moves = 0
        self.refusals = 0
        self.headers = {"authorization": f"Bearer {token}"}

    async def run(self, until: float) -> None:
        async with httpx.AsyncClient(headers=self.headers, timeout=5) as client:
            while time.monotonic() < until:
                for ticket in self.tickets:
                    try:
                        await self.move(client, ticket)
                        self.moves += 1
                    except BROKEN:
                        self.refusals += 1
                        await asyncio.sleep(0.1)
                    await asyncio.sleep(self.pause)

    async def move(self, client: httpx.AsyncClient, ticket: str) -> None:
        row = (await self.ask(client, SEEN, id=ticket))["ticket"]
        call = MOVES[row["status"]]
        call = call % self.chance.choice(("PUPR", "DINKES")) if "%s" in call else call
        query = f"mutation ($id: ID!, $version: Int!) {{ done: {call} {{ errors {{ code }} }} }}"
        done = (await self.ask(client, query, id=ticket, version=row["version"]))["done"]
        if done["errors"]:
            raise Refused(done["errors"])

    async def ask(self, client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.chance.choice(self.ports)}/graphql"
        return data_of((await client.post(url, json={"query": query, "variables": variables})).json())


class Faults:
    """What breaks, one thing after another in a random order that every run repeats."""

    def __init__(self, desk: StormDesk, chance: random.Random) -> None:
        self.desk = desk
        self.chance = chance
        self.done: list[tuple[float, str]] = []

    async def run(self, until: float) -> None:
        names = list(FAULTS)
        while time.monotonic() < until:
            self.chance.shuffle(names)
            for name in names:
                await asyncio.sleep(self.chance.uniform(*PAUSE_SECONDS))
                if time.monotonic() >= until:
                    return
                self.done.append((time.time(), name))
                await getattr(self, name)()

    async def cut_redis(self) -> None:
        self.desk.redis.cut()
        self.desk.redis.mend()

    async def silence_redis(self) -> None:
        self.desk.redis.cut()
        await asyncio.sleep(3)
        self.desk.redis.mend()

    async def kill_a_worker(self) -> None:
        await self.chance.choice(self.desk.workers).restart(signal.SIGKILL)

    async def roll_a_worker(self) -> None:
        await self.chance.choice(self.desk.workers).restart(signal.SIGTERM)

    async def restart_postgresql(self) -> None:
        await asyncio.to_thread(self.desk.postgres.stop)
        await asyncio.to_thread(self.desk.postgres.start)

    async def crash_postgresql(self) -> None:
        await asyncio.to_thread(self.desk.postgres.crash)
        await asyncio.to_thread(self.desk.postgres.start)


async def deaf_peer_seconds(port: int, token: str) -> float:
    """How long the server keeps a line whose client reads nothing, not even pings."""
    url = f"ws://127.0.0.1:{port}/graphql"
    line = await websockets.connect(url, subprotocols=["graphql-transport-ws"], compression=None, ping_interval=None)  # type: ignore[list-item]
    await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    await line.recv()
    await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": Follower.document}}))
    line.transport.pause_reading()
    begun = time.monotonic()
    sockets = await open_sockets(port)
    while await open_sockets(port) >= sockets and time.monotonic() < begun + 60:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.5)
    line.transport.abort()
    return time.monotonic() - begun


async def open_sockets(port: int) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return next(float(row.split()[-1]) for row in text.splitlines() if row.startswith("surga_sockets "))


async def late_init_seconds(port: int) -> tuple[float, int | None]:
    """How long a client may say nothing after the handshake, and the code that ends it."""
    begun = time.monotonic()
    async with websockets.connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-transport-ws"]) as line:  # type: ignore[list-item]
        with suppress(websockets.ConnectionClosed):
            await line.recv()
    return time.monotonic() - begun, line.close_code


@dataclass
class Crowd:
    """Everybody who watches, and those who work."""

    keepers: dict[str, list[Keeper]]
    followers: list[Follower]
    probe: Probe
    writers: list[Writer]

    @property
    def clients(self) -> list[Client]:
        return [*chain.from_iterable(self.keepers.values()), *self.followers, self.probe]


def gathered(desk: StormDesk, chance: random.Random) -> Crowd:
    """44 clients of seven kinds, and four officers."""
    tokens, ports, begin = desk.made.tokens, desk.ports, desk.made.begin
    mine = tokens["coordinator"]

    def own() -> random.Random:
        return random.Random(chance.random())  # noqa: S311 - a storm that can be repeated

    return Crowd(
        keepers={
            name: [Keeper(ports, token, own(), drops_per_second=0.1) for _ in range(KEEPERS)]
            for name, token in tokens.items()
        },
        followers=[Follower(ports, mine, own(), drops_per_second=0.1, cursor=begin) for _ in range(FOLLOWERS)],
        probe=Probe(ports, mine, own(), cursor=begin),
        writers=[Writer(ports, mine, desk.made.tickets[index::WRITERS], own()) for index in range(WRITERS)],
    )


async def storm(minutes: float, seed: int) -> int:
    """Run it; gives the number of clients that ended with anything but the truth."""
    chance = random.Random(seed)  # noqa: S311 - a storm that can be repeated
    async with storm_desk() as desk:
        await time_limits(desk)
        crowd, faults = gathered(desk, chance), Faults(desk, chance)
        running = [asyncio.create_task(client.run()) for client in crowd.clients]
        until = time.monotonic() + minutes * 60
        await asyncio.gather(faults.run(until), *(writer.run(until) for writer in crowd.writers))
        told = await changes_since(desk.postgres.url, desk.made.seq)
        await settled([*crowd.followers, crowd.probe], len(told))
        wrong = await wrong_lists(desk, crowd.keepers)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        wrong += [
            f"{each!r}: {len(each.changes)} changes of {len(told)}"
            for each in (*crowd.followers, crowd.probe)
            if each.changes != told
        ]
        report(crowd, faults, told)
    for line in wrong:
        print(f"WRONG  {line}")
    print("nothing was lost, doubled or out of order" if not wrong else f"{len(wrong)} clients are wrong")
    return len(wrong)


async def time_limits(desk: StormDesk) -> None:
    """Try the limits on time that tests shrink, as they are shipped."""
    port = desk.ports[0]
    deaf = await deaf_peer_seconds(port, desk.made.tokens["leader"])  # alone: it watches how many sockets are open
    late, code = await late_init_seconds(port)
    print(f"a peer that reads nothing is gone after {deaf:.1f} s (promised: 30)")
    print(f"a client that says nothing is closed with {code} after {late:.1f} s (promised: 10)")


async def settled(followers: list[Follower], changes: int) -> None:
    """Wait until every follower has come as far as the log, or the patience ends."""
    until = time.monotonic() + SETTLE_SECONDS
    while any(len(each.changes) < changes for each in followers) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


async def wrong_lists(desk: StormDesk, keepers: dict[str, list[Keeper]]) -> list[str]:
    """Compare every kept list with a fresh query, until they are equal or the patience ends."""
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        wrong = []
        for name, kept in keepers.items():
            fresh = Keeper(desk.ports, desk.made.tokens[name], random.Random(0), drops_per_second=1)  # noqa: S311
            await fresh.prepare()
            wrong += [f"{name}: {each!r}" for each in kept if each.rows != fresh.rows]
        if not wrong or time.monotonic() > until:
            return wrong
        await asyncio.sleep(1)


def report(crowd: Crowd, faults: Faults, told: list[tuple[str, int, str]]) -> None:
    """Print what happened, and how long a change took to the screen after each kind of fault."""
    refused = sum(writer.refusals for writer in crowd.writers)
    print(f"{len(told)} status changes, {sum(w.moves for w in crowd.writers)} moves, {refused} refused and tried again")
    connections = sum(client.connections for client in crowd.clients)
    print(f"{len(crowd.clients)} clients of {len(crowd.keepers)} kinds made {connections} connections")
    print(f"{sum(keeper.resets for kept in crowd.keepers.values() for keeper in kept)} resets of lists")
    delays = sorted(delay for _, delay in crowd.probe.delays)
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"from the change to one screen: p50 {p50:.3f} s, p99 {p99:.3f} s, longest {delays[-1]:.2f} s")
    longest = defaultdict(list)
    ends = [at for at, _ in faults.done[1:]] + [time.time()]
    for (at, name), end in zip(faults.done, ends, strict=True):
        longest[name].append(
            max((delay for happened, delay in crowd.probe.delays if at - 1 <= happened < end), default=0.0)
        )
    for name, said in FAULTS.items():
        if found := longest[name]:
            middle = statistics.median(found)
            print(f"  {said:42} {len(found):3} times, longest delay: median {middle:.2f} s, worst {max(found):.2f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long things go on breaking")
    parser.add_argument("--seed", type=int, default=1, help="another order of faults")
    given = parser.parse_args()
    wrong = asyncio.run(storm(given.minutes, given.seed))
    return min(wrong + asyncio.run(homes.act()), 1)


if __name__ == "__main__":
    sys.exit(main())
