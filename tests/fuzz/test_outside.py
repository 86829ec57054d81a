"""Whatever all kinds of callers ask, by all ways at the same time: a plain subscriber misses nothing, nothing stays.

FUZZ_EXAMPLES scales it, two hundred documents each; FUZZ_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
import structlog
from graphql import GraphQLSchema, build_schema, parse, validate

from api.documents import documents
from api.settings import Settings
from services.core.desk import Desk
from tests.fuzz.calls import EXAMPLES
from tests.fuzz.city import City, changing, opened_city
from tests.fuzz.failing import Asked, Drawing
from tests.fuzz.held import Lasting, at_rest, held, objects
from tests.fuzz.outside import Caller, Findings, Line, line_of
from tests.realtime.world import eventually
from tests.root import ROOT

pytestmark = pytest.mark.slow(seconds=20)
SDL = (ROOT / "schema" / "schema.graphql").read_text()
DOCUMENTS = EXAMPLES * 200 or 300
SEED = int(os.environ.get("FUZZ_SEED", "0")) or (random.randrange(1 << 30) if EXAMPLES else 1)
WARM = 60  # documents, until everything that is made once was made
PART = (DOCUMENTS - WARM) // 3
# Objects per document. Caches are bounded and fill slowly: statements of each connection, boards, plans, master data.
# In few documents what other tests of this process let go weighs, too. Whatever keeps an execution keeps hundreds, in
# the second part as in the last one; what is made once, late, stays from one of them only.
MOST_LEFT = 2 if DOCUMENTS >= 10_000 else 20 if DOCUMENTS >= 1_000 else 60
ENDING_SECONDS = 60.0
CHANGES = "subscription { ticketStatusChanged { cursor version to ticket { number } } }"
Change = tuple[str, int, str]


@pytest.fixture
async def city(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    monkeypatch.setattr(documents, "parse", parse)  # what tests keep of documents would be counted
    monkeypatch.setattr(documents, "validate", validate)
    async with opened_city(desk, settings, monkeypatch) as city:
        yield city


async def ask_all(
    city: City, schema: GraphQLSchema, seeds: Sequence[int], found: Findings, lasting: Lasting
) -> dict[str, Any]:
    """Every caller asks its part of the documents while tickets change; what the server holds once all have left."""
    callers = [Caller(city.town.graphql, city.town.ws, token, found, seeds[0]) for token in city.tokens.values()]
    try:
        async with changing(city, random.Random(seeds[0])), asyncio.TaskGroup() as group:
            for place, caller in enumerate(callers):
                group.create_task(ask_part(city, schema, caller, seeds[place :: len(callers)]))
    finally:
        for caller in callers:
            await caller.close()
    return await calm(city, lasting)


async def ask_part(city: City, schema: GraphQLSchema, caller: Caller, seeds: Sequence[int]) -> None:
    for seed in seeds:
        await caller.ask(Drawing(schema, city.known, seed).asked())


async def calm(city: City, lasting: Lasting) -> dict[str, Any]:
    """What the server holds once everybody has left, and all that was in use for a while was given back."""
    parts = city.parts
    with suppress(TimeoutError):  # what is still there then is told by the comparison
        await eventually(lambda: len(parts.sockets.sessions) == 1 and parts.hub.state.groups == 1)
        await eventually(lambda: not parts.hub.state.late_groups)
        async with asyncio.timeout(ENDING_SECONDS):
            return await at_rest(parts, lasting)
    return held(parts, lasting)


@asynccontextmanager
async def watching(city: City) -> AsyncIterator[list[Change]]:
    """What a plain subscriber is shown; it looks at nothing else."""
    shown: list[Change] = []
    await city.parts.hub.look()  # what was before is not shown
    line = await line_of(city.town.ws, city.tokens["coordinator"], Findings())
    await line.start(Asked(CHANGES))
    await eventually(lambda: city.parts.hub.state.members == 1)
    watching = asyncio.create_task(watch(line, shown))
    try:
        yield shown
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await line.socket.close()


async def watch(line: Line, shown: list[Change]) -> None:
    """Read for ever; whether all has come is asked at the end."""
    async for text in line.socket:
        message = json.loads(text)
        assert message["type"] == "next", message
        change = message["payload"]["data"]["ticketStatusChanged"]
        shown.append((change["ticket"]["number"], change["version"], change["to"]))


def troubles_only(_logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if name not in ("error", "critical", "exception"):
        raise structlog.DropEvent
    return event


async def test_whatever_is_asked_from_outside_nobody_misses_anything_and_nothing_stays(city: City) -> None:
    schema, found = build_schema(SDL, assume_valid=True), Findings()
    with structlog.testing.capture_logs([troubles_only]) as lines:
        async with watching(city) as shown:
            lasting = Lasting(city.parts)
            before = await ask_all(city, schema, range(SEED, SEED + WARM), found, lasting)
            counted = []
            for first in range(SEED + WARM, SEED + WARM + 3 * PART, PART):
                after = await ask_all(city, schema, range(first, first + PART), found, lasting)
                counted.append(objects(city.parts))
            await eventually(lambda: len(shown) >= len(city.changes))
    troubles = [line for line in lines if line["log_level"] in ("error", "critical")]

    if found.unsound or troubles:
        pytest.fail("\n".join([f"seed {SEED}", *found.unsound, *map(str, troubles)]))
    assert after == before, SEED
    parts = list(pairwise(counted))
    left = min(late.total() - early.total() for early, late in parts) / PART
    assert left < MOST_LEFT, (SEED, [(late - early).most_common(20) for early, late in parts])
    assert shown == city.changes, SEED
