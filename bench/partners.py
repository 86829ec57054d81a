"""Memory and first answer of 200 partners with 50 distinct grants, and the price of a scope in a 50-row list."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import time
from itertools import combinations, islice
from pathlib import Path

import psutil

from api.documents.contracts import Contracts
from api.documents.documents import Documents
from bench.desks import SURGA, Served, quiet_demo
from bench.lists import Asked, spent
from models.enums import PrincipalKind
from schema import build_schema
from services.access.grants import contract_digest, standard_grants
from services.access.predicates import Anything
from services.access.scopes import Budget, Granted, Scope

PARTNERS, SETS, ROUNDS = 200, 50, 3
OPTIONAL = sorted(each for each in standard_grants() if each.startswith("Ticket.") and each != "Ticket.number")
DOCUMENT = "{ tickets(first: 50) { edges { node { number } } } }"
ROWS = """{ tickets(first: 50) { edges { node {
  id number version title status channel receivedAt leadAgency { name } } } } }"""
FILE = "name: Bench\npurpose: Bench\ncoordinates: standard\nbudget: {points: 100000000, restorePerSecond: 100000000}\n"


def main() -> None:
    asyncio.run(contracts())
    lists()


async def contracts() -> None:
    core = build_schema()._schema
    known = {contract_digest(each): each for each in distinct()}

    async def coordinates(digest: str) -> frozenset[str]:
        return known[digest]

    held = Contracts(core, Documents(core), coordinates)
    gc.collect()
    before = psutil.Process().memory_info().rss
    cold: list[float] = []
    warm: list[float] = []
    scopes = [scope(list(known)[number % SETS], number) for number in range(PARTNERS)]
    for each in scopes:
        (warm if (each.client_id or 0) >= SETS else cold).append(await prepared(held, each))
    gc.collect()
    grown = (psutil.Process().memory_info().rss - before) / 2**20
    print(f"{PARTNERS} partners with {SETS} distinct grants: {held.built} schemas built, {grown:.1f} MiB more")
    print(f"  schema and document of the first request of a grant {statistics.median(cold) * 1000:.2f} ms")
    print(f"  of its other partners {statistics.median(warm) * 1000:.3f} ms")


def distinct() -> list[frozenset[str]]:
    """The standard grant without two of a ticket's fields, each time other ones."""
    return [standard_grants() - set(pair) for pair in islice(combinations(OPTIONAL, 2), SETS)]


def scope(digest: str, number: int) -> Scope:
    granted = Granted(digest, digest, Budget(1, 1), Anything())
    return Scope(kind=PrincipalKind.PARTNER, principal=f"client:{number}", client_id=number, granted=granted)


async def prepared(held: Contracts, caller: Scope) -> float:
    """Seconds until an operation of this caller can be executed."""
    started = time.perf_counter()
    (await held.of(caller)).prepare(DOCUMENT)
    return time.perf_counter() - started


def lists() -> None:
    """CPU per request: staff, a partner with the standard grant, and one that is held to rows."""
    with quiet_demo() as (desk, folder):
        plain, narrow = key(folder, ""), key(folder, "rows: {status: [RESOLVED, IN_PROGRESS, DISPATCHED, ANSWERED]}\n")
        tokens = {"staff": desk.access["tokens"]["coordinator"], "partner": plain, "partner held to rows": narrow}
        found = [{who: per_request(desk, token) for who, token in tokens.items()} for _ in range(ROUNDS)]
    print("50-row list, CPU of the server process per request")
    for who in tokens:
        ratios = [each[who] / each["staff"] for each in found]
        middle = statistics.median(each[who] for each in found) * 1000
        print(f"  {who:<22} {middle:.2f} ms, ratio {statistics.median(ratios):.2f}")


def per_request(desk: Served, token: str) -> float:
    return spent(Asked.graphql("list", desk, ROWS, authorization=f"Bearer {token}"))


def key(folder: Path, rows: str) -> str:
    """A key of a new partner of the running demo."""
    name = f"Bench {len(rows)}"
    file = folder / "bench.yaml"
    file.write_text(FILE.replace("name: Bench", f"name: {name}") + rows)
    surga(folder, "partner", "import", str(file))
    return surga(folder, "partner", "key", "create", name, "bench").strip()


def surga(folder: Path, *words: str) -> str:
    environment = {**os.environ, "SURGA_DATA_DIR": str(folder)}
    return subprocess.run(  # noqa: S603
        [str(SURGA), *words], env=environment, check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    main()
