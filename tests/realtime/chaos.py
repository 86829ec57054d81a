"""What the chaos test is made of: workers that can be killed, clients that drop and resume, officers who never stop."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets
from tortoise.transactions import in_transaction

from models import Agency, Assignment, Ticket
from models.enums import ActorKind, Classification, EventKind, SubjectKind, TicketStatus
from realtime import log
from schema.core.failures import refusal_of
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import VersionConflict
from services.tickets import moves
from services.tickets.case import Done
from tests.residue import log_file

COMPLAINT, STARTED = Classification.COMPLAINT, TicketStatus.IN_PROGRESS
TRIES = 20
START_SECONDS = 300  # of a machine on which much else is started; only against hanging for ever
SURGA = Path(sys.executable).parent / "surga"
STATUS = "subscription ($after: Cursor) { ticketStatusChanged(after: $after) { cursor version to ticket { number } } }"
FEED = """subscription ($after: Cursor) { ticketFeed(after: $after) {
  __typename
  ... on TicketEntered { cursor ticket { id version } }
  ... on TicketUpdated { cursor ticket { id version } }
  ... on TicketLeft { cursor id }
  ... on FeedReset { cursor }
  ... on FeedHeartbeat { cursor } } }"""
LIST = """query ($after: Cursor) { tickets(first: 100, after: $after) {
  feedCursor pageInfo { hasNextPage endCursor } edges { node { id version } } } }"""


class Refused(Exception):
    """The server answered without data: it is busy, or its database is away."""


# What a server says last that did not start as its database was away or slow; of a startup, that is its traceback.
AWAY = re.compile(
    r"a server does not answer|the database (does not answer|has no connection left)|(Timeout|Connection\w*|OS)Error"
    r"|CannotConnectNow|TooManyConnections"
)
BROKEN = (OSError, TimeoutError, websockets.WebSocketException, httpx.HTTPError, json.JSONDecodeError, Refused)


@dataclass
class Worker:
    """One `surga serve` on a port of its own, as if it were one host of several."""

    environment: dict[str, str]
    port: int = field(default_factory=lambda: free_port())
    process: asyncio.subprocess.Process | None = None
    log: tuple[Path, int] = (Path(os.devnull), 0)  # its log, and where the one of this process begins

    async def start(self) -> None:
        """Start it and wait until it answers; where its database is away or slow it ends, and is started again.

        Fails the test where it ends for any other reason.
        """
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
            process = await self._begin()
            while not await self._answers(client):
                if process.returncode is not None:
                    require_away(self._said(), process.returncode)
                    process = await self._begin()
                await asyncio.sleep(0.05)

    async def _begin(self) -> asyncio.subprocess.Process:
        environment = {**os.environ, **self.environment, "HOST": "127.0.0.1", "PORT": str(self.port)}
        with log_file(f"served-{self.port}.txt") as log:
            self.log = Path(log.name), log.tell()
            self.process = await asyncio.create_subprocess_exec(
                str(SURGA), "serve", env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=log
            )
        return self.process

    def _said(self) -> str:
        file, begin = self.log
        return file.read_bytes()[begin:].decode(errors="replace")

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        with suppress(httpx.HTTPError):
            return (await client.get(f"http://127.0.0.1:{self.port}/ready")).status_code == 200
        return False

    async def end(self, how: signal.Signals) -> int:
        """Send the signal and wait; gives the exit code."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(300):  # only against hanging for ever
            return await self.process.wait()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End it at once, where it still runs."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def restart(self, how: signal.Signals) -> None:
        await self.end(how)
        await self.start()


def require_away(said: str, code: int) -> None:
    """Fail where a server that ended at its start said of no database that it was away or slow."""
    last = said.strip()[-2_000:]
    assert AWAY.search(last), f"A server ended with {code} at its start: {last}"


PORTS = iter(range(10_000 + os.getpid() % 400 * 50, 32_000))
# Who holds the byte of this file at the place of a port owns the port, also while its server is being restarted; the
# locks of a process end with it.
OWNED = Path(tempfile.gettempdir()) / f"surga-test-ports-{os.getuid()}"
_owned: list[int] = []


def free_port() -> int:
    """A port that no other test gets, of whatever run, and nobody by chance: the kernel hands out higher ones."""
    if not _owned:
        _owned.append(os.open(OWNED, os.O_RDWR | os.O_CREAT, 0o600))
    for port in PORTS:
        with socket.socket() as line, suppress(OSError):
            fcntl.lockf(_owned[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            line.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class Client:
    """Follows one subscription over any of the workers, drops at random and resumes with its last cursor."""

    def __init__(self, ports: list[int], token: str, chance: random.Random, *, drops_per_second: float) -> None:
        self.ports = ports
        self.token = token
        self.chance = chance
        self.drops_per_second = drops_per_second
        self.cursor: str | None = None
        self.connections = 0
        self.heard = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__} at {self.cursor}, {self.connections} connections, heard {self.heard!r} last"

    async def run(self) -> None:
        """Until cancelled: connect, follow, and come back after every kind of end."""
        while True:
            with suppress(*BROKEN):
                await self.prepare()
                await self.follow()
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))

    async def follow(self) -> None:
        url = f"ws://127.0.0.1:{self.chance.choice(self.ports)}/graphql"
        async with (
            asyncio.timeout(self.chance.expovariate(self.drops_per_second)),
            websockets.connect(url, subprotocols=["graphql-transport-ws"], compression=None) as line,  # type: ignore[list-item]
        ):
            self.connections += 1
            await line.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            )
            await line.recv()
            payload = {"query": self.document, "variables": {"after": self.cursor}}
            await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for text in line:
                self.heard = str(text)[:200]
                message = json.loads(text)
                if message["type"] == "ping":
                    await line.send('{"type":"pong"}')
                elif message["type"] != "next" or not self.take(data_of(message["payload"])):
                    return

    document = STATUS

    async def prepare(self) -> None:
        """Get ready to subscribe."""

    def take(self, data: dict[str, Any]) -> bool:
        """Take one frame in; False to begin again."""
        raise NotImplementedError


def data_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The data of an answer that has nothing else; raises Refused."""
    if answer.get("errors"):
        raise Refused(answer["errors"])
    data: dict[str, Any] = answer["data"]
    return data


class Follower(Client):
    """Keeps every status change that it was told of."""

    def __init__(self, *given: Any, cursor: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.cursor = cursor
        self.changes: list[tuple[str, int, str]] = []

    def take(self, data: dict[str, Any]) -> bool:
        change = data["ticketStatusChanged"]
        self.changes.append((change["ticket"]["number"], change["version"], change["to"]))
        self.cursor = change["cursor"]
        return True


class Keeper(Client):
    """Keeps a list of tickets equal to a fresh query."""

    document = FEED

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.rows: dict[str, int] = {}
        self.resets = 0

    async def prepare(self) -> None:
        if self.cursor is not None:
            return
        rows: dict[str, int] = {}
        first, after = None, None
        url = f"http://127.0.0.1:{self.chance.choice(self.ports)}/graphql"
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {self.token}"}, timeout=5) as client:
            while True:
                answer = await client.post(url, json={"query": LIST, "variables": {"after": after}})
                page = data_of(answer.json())["tickets"]
                first = first or page["feedCursor"]
                rows |= {edge["node"]["id"]: edge["node"]["version"] for edge in page["edges"]}
                after = page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
        self.rows, self.cursor = rows, first

    def take(self, data: dict[str, Any]) -> bool:
        frame = data["ticketFeed"]
        kind = frame["__typename"]
        if kind == "FeedReset":
            self.cursor, self.resets = None, self.resets + 1
            return False
        if kind == "TicketLeft":
            self.rows.pop(frame["id"], None)
        elif kind != "FeedHeartbeat":
            ticket = frame["ticket"]
            self.rows[ticket["id"]] = max(ticket["version"], self.rows.get(ticket["id"], 0))
        self.cursor = frame["cursor"]
        return True


class Officers:
    """Move tickets without rest: each is verified, dispatched, worked on and given back, again and again."""

    def __init__(self, desk: Desk, scope: Scope, chance: random.Random, agencies: list[str]) -> None:
        self.desk = desk
        self.scope = scope
        self.chance = chance
        self.agencies = agencies

    async def work(self, tickets: list[Ticket], rounds: int) -> None:
        for ticket in tickets:
            await self.do(ticket, moves.verify, lambda **key: moves.Verify(**key, classification=COMPLAINT))
        for _ in range(rounds):
            for ticket in tickets:
                await self.round(ticket)

    async def round(self, ticket: Ticket) -> None:
        """Dispatch, start, give back: three events."""
        lead, note = self.chance.choice(self.agencies), "Bukan wewenang kami."
        await self.do(ticket, moves.dispatch, lambda **key: moves.Dispatch(**key, lead_agency_code=lead))
        await self.do(ticket, moves.change_status, lambda **key: moves.ChangeStatus(**key, status=STARTED))
        await self.do(ticket, moves.return_, lambda **key: moves.Return(**key, reason_code="NOT_OUR_DUTY", note=note))

    async def do(self, ticket: Ticket, use_case: Callable[..., Awaitable[Done]], order: Callable[..., Any]) -> None:
        """Make a move, again where a starved loop let its transaction end; what was committed is not repeated."""
        for _ in range(TRIES):
            try:
                command = order(ticket_id=ticket.id, expected_version=ticket.version)
                ticket.version = (await use_case(self.desk, self.scope, command)).ticket.version
                return
            except VersionConflict:
                ticket.version = (await Ticket.get(id=ticket.id)).version
                return
            except Exception as problem:
                if refusal_of(problem) is None:
                    raise
        raise AssertionError("a move was refused again and again")


async def transfer(desk: Desk, officer_id: int, agency: Agency) -> None:
    """Move an officer to another agency, as of now."""
    async with in_transaction() as connection:
        await Assignment.filter(officer_id=officer_id).using_db(connection).update(agency_id=agency.id)
        event = log.NewEvent(
            kind=EventKind.RIGHTS_CHANGED,
            at=desk.now(),
            actor_kind=ActorKind.SYSTEM,
            subject_kind=SubjectKind.OFFICER,
            subject_id=officer_id,
        )
        appended = await log.append(connection, [event])
    await desk.committed(appended.least_seq)
