"""Commits a second of 16 writers on a worker with 2,000 screens, beside those of an earlier commit.

Each writer is an officer of its own who moves tickets of its own to and fro with `changeTicketStatus`, over a line
that is kept; every screen follows every change. Both commits run in turns, each round in fresh processes. The delay of
a frame counts from the moment that the change bears to the last of all screens. A server may take changes faster than
it shows them: what it sustains are the changes that all screens had, by the time until they had the last. The CPU of a
commit is the server's, until all screens had all: on a machine that does other things as well its ratio says more than
that of the commits.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from bench import fanout
from bench.desks import quiet_demo
from bench.rounds import ratios, told
from models import Agency, Credential, Ticket
from models.database import connected
from models.enums import PrincipalKind, TicketStatus
from tests.factories import make_officer

BEFORE = "97459eb"  # before groups followed the history by themselves
ROUNDS, WRITERS, TICKETS, SCREENS = 3, 16, 8, 2_000
WARM_UP_SECONDS, SECONDS, PATIENCE_SECONDS = 1.0, 5.0, 60.0
MUTATION = """mutation ($input: ChangeTicketStatusInput!) {
  changeTicketStatus(input: $input) { ticket { version } errors { code } } }"""
SOURCE = Path(__file__)
# Where they are, and where they were at the earlier commit, whose tree runs this file too.
NODES = ("services.core.nodes", "services.nodes")
CREDENTIALS = ("services.credentials.credentials", "services.credentials")


def main() -> None:
    if "--round" in sys.argv:
        print(json.dumps(one_round()))
        return
    from bench.earlier import HERE, worktree

    commit = sys.argv[1] if len(sys.argv) > 1 else BEFORE
    with worktree(commit) as before:
        rounds = [(measured(before), measured(HERE)) for _ in range(ROUNDS)]
    print(f"{WRITERS} writers beside {SCREENS} screens of one worker, compared with {commit}")
    for side, name in enumerate(("baseline", "now     ")):
        found = [each[side] for each in rounds]
        print(f"  {name} {told([each['commits'] for each in found], 0)} commits a second,", end=" ")
        print(f"{told([each['shown'] for each in found], 0)} that all screens had,", end=" ")
        print(f"{told([each['cpu_ms'] for each in found], 1)} ms of CPU for each,", end=" ")
        print(f"a frame at the last screen after {told([each['median'] for each in found])} s,", end=" ")
        print(f"the longest {max(each['longest'] for each in found):.2f} s, {sum(each['busy'] for each in found)} BUSY")
    for name in ("commits", "shown", "cpu_ms"):
        earlier, now = ([each[side][name] for each in rounds] for side in range(2))
        print(f"  ratio of {name} {told(ratios(now, earlier))}")
    print("  at least 4 times the commits that all screens had is wanted: what was only taken keeps falling behind")


def measured(top: Path) -> dict[str, float]:
    """One round of the program that lies there."""
    environment = {**os.environ, "PYTHONPATH": str(top)}
    command = [sys.executable, "-c", SOURCE.read_text("utf-8").replace("Path(__file__)", "Path()"), "--round"]
    done = subprocess.run(command, cwd=top, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---------------------------------------------------------------- one round


@dataclass(slots=True)
class Moved:
    """A ticket as its writer knows it."""

    id: str
    version: int
    held: bool


@dataclass(slots=True)
class Writer:
    """One officer and the tickets that it moves; committed are the moments of its commits."""

    token: str
    tickets: list[Moved]
    committed: list[float] = field(default_factory=list)
    busy: int = 0

    async def write(self, port: int, until: float) -> None:
        """Move the tickets to and fro, one after the other, until then; what is BUSY is asked for again."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for ticket in cycle(self.tickets):
            done = False
            while not done and time.monotonic() < until:
                writer.write(self._request(port, ticket))
                done = self._is_done(await answer(reader), ticket)
            if not done:
                break
        writer.close()

    def _request(self, port: int, ticket: Moved) -> bytes:
        wanted: dict[str, Any] = {"id": ticket.id, "expectedVersion": ticket.version, "status": "IN_PROGRESS"}
        if not ticket.held:
            later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
            wanted |= {"status": "ON_HOLD", "reasonCode": "FIELD_SURVEY", "until": later}
        body = json.dumps({"query": MUTATION, "variables": {"input": wanted}}).encode()
        lines = [
            "POST /graphql HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Content-Type: application/json",
            f"Authorization: Bearer {self.token}",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _is_done(self, body: dict[str, Any], ticket: Moved) -> bool:
        done = (body.get("data") or {}).get("changeTicketStatus") or {}
        if done.get("ticket"):
            ticket.version, ticket.held = done["ticket"]["version"], not ticket.held
            self.committed.append(time.monotonic())
        elif "BUSY" in json.dumps(body):
            self.busy += 1
        else:
            raise SystemExit(f"A writer was refused: {body}")
        return bool(done.get("ticket"))


async def answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The body of one answer of HTTP/1.1 with a length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    body: dict[str, Any] = json.loads(await reader.readexactly(length))
    return body


class Screens:
    """When the last of all screens had each change, and how late that was."""

    def __init__(self, watching: fanout.Watching) -> None:
        self.shown: list[tuple[float, float]] = []  # by the clock of time.monotonic
        self._clocks = time.time() - time.monotonic()
        self._watching = watching
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        try:
            while True:
                told = self._watching.next()
                change = json.loads(told["text"])["payload"]["data"]["ticketStatusChanged"]
                happened = datetime.fromisoformat(change["at"]).timestamp() - self._clocks
                self.shown.append((happened, told["at"] - happened))
        except (SystemExit, ValueError):
            return  # the crowd was sent home

    def await_all(self, count: int) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.shown) < count:
            if time.monotonic() > until:
                raise SystemExit(f"All screens had only {len(self.shown)} of {count} changes.")
            time.sleep(0.05)


def one_round() -> dict[str, float]:
    """Commits a second in a fresh demo, the server's CPU for each, and how late frames were at the last screen."""
    with quiet_demo() as (desk, folder):
        writers = asyncio.run(hired(fanout.addresses(folder)))
        with fanout.crowd(desk.port, "/graphql", fanout.scripts(desk, 1), SCREENS) as watching:
            fanout.await_subscribers(lambda: fanout.gauge(desk.port, "subscriptions"), SCREENS)
            screens = Screens(watching)
            started, cpu = time.monotonic(), desk.cpu_seconds()
            began = started + WARM_UP_SECONDS
            asyncio.run(written(writers, desk.port, began + SECONDS))
            committed = [moment for writer in writers for moment in writer.committed]
            screens.await_all(len(committed))
            shown, cpu = len(committed) / (time.monotonic() - started), desk.cpu_seconds() - cpu
    late = [seconds for happened, seconds in screens.shown if began <= happened < began + SECONDS]
    return {
        "commits": sum(began <= moment < began + SECONDS for moment in committed) / SECONDS,
        "shown": shown,
        "cpu_ms": cpu / len(committed) * 1e3,
        "median": statistics.median(late),
        "longest": max(late),
        "busy": sum(writer.busy for writer in writers),
    }


async def written(writers: list[Writer], port: int, until: float) -> None:
    await asyncio.gather(*(writer.write(port, until) for writer in writers))


async def hired(servers: dict[str, str]) -> list[Writer]:
    """So many officers of one agency, which was given tickets for each of them that every coordinator sees."""
    async with connected(servers["database_url"], pool_size=2):
        work = Ticket.filter(status=TicketStatus.IN_PROGRESS, lead_agency_id__not_isnull=True)
        agency = await Agency.get(id=(await work.first().values_list("lead_agency_id", flat=True)))
        seen = Ticket.filter(confidential=False, supervisory=False, merged_into_id=None).order_by("id")
        keys = await seen.limit(WRITERS * TICKETS).values_list("id", flat=True)
        await Ticket.filter(id__in=keys).update(status=TicketStatus.IN_PROGRESS, lead_agency_id=agency.id)
        tickets = await Ticket.filter(id__in=keys)
        return [await hire(agency, tickets[place::WRITERS]) for place in range(WRITERS)]


async def hire(agency: Agency, tickets: list[Ticket]) -> Writer:
    credentials, node_id = first_there(*CREDENTIALS), first_there(*NODES).node_id
    officer, token = await make_officer(agency), credentials.new_token()
    await Credential.create(
        kind=PrincipalKind.STAFF,
        name="bench",
        digest=credentials.token_digest(token),
        officer_id=officer.id,
        created_at=datetime.now(UTC),
    )
    return Writer(token, [Moved(node_id("Ticket", each.id), each.version, held=False) for each in tickets])


def first_there(*names: str) -> Any:
    """The first of these modules that this tree has."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise SystemExit(f"None of {names} is there.")


if __name__ == "__main__":
    main()
