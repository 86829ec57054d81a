"""The guards of the app as it is put together: cross-origin rules, coercion errors, and a database that is busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import httpx
import orjson
import pytest
import websockets

from api.settings import Settings
from models import patient_pool
from models.database import SERVER_SETTINGS, connection
from schema.core.errors import MOST_VALUE_ERRORS
from schema.core.failures import refusal_of
from services.core.desk import Desk
from tests.clients.town import Town, served_town

PORTAL = "https://portal.example.go.id"
VIEWER = {"query": "{ viewer { name } }"}
MANY_ERRORS = {
    "query": "query ($kinds: [AgencyKind!]) { agencies(kinds: $kinds) { name } }",
    "variables": {"kinds": [f"WRONG_{number}" for number in range(MOST_VALUE_ERRORS + 10)]},
}


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings.model_copy(update={"origins": (PORTAL,)})) as town:
        yield town


def bearer(town: Town) -> dict[str, str]:
    return {"authorization": f"Bearer {town.tokens['officer']}"}


@pytest.mark.parametrize(("origin", "allowed"), [(PORTAL, PORTAL), ("https://evil.example", None)])
async def test_pages_of_listed_origins_may_call_and_no_others(town: Town, origin: str, allowed: str | None) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        preflight = await client.options(town.graphql, headers=asked)
        answer = await client.post(town.graphql, json=VIEWER, headers={"origin": origin, **bearer(town)})

    assert preflight.status_code == (200 if allowed else 400)
    for response in (preflight, answer):
        assert response.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_wrong_variables_are_told_a_few_at_a_time_over_both_doors(town: Town) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(town.graphql, json=MANY_ERRORS, headers=bearer(town))
    async with websockets.connect(town.ws, subprotocols=["graphql-transport-ws"], open_timeout=60) as line:  # type: ignore[list-item]
        await line.send(orjson.dumps({"type": "connection_init", "payload": bearer(town)}).decode())
        await line.recv()
        await line.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": MANY_ERRORS}).decode())
        told = orjson.loads(await line.recv())

    assert told["type"] == "error"
    assert len(told["payload"]) == len(answer.json()["errors"]) == MOST_VALUE_ERRORS + 1  # the last says: too many


async def test_a_pool_without_a_free_connection_is_busy_soon(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient_pool, "WAIT_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        for _ in range(9):  # all but the one that is kept for who goes first
            await stack.enter_async_context(connection().acquire_connection())
        async with httpx.AsyncClient(timeout=60) as client, asyncio.timeout(60):
            answer = await client.post(town.graphql, json=VIEWER, headers=bearer(town))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["errors"][0]["extensions"] == {"code": "BUSY", "retryAfterSeconds": 1}


async def test_a_statement_that_takes_too_long_is_a_timeout(database: object) -> None:
    async with connection().acquire_connection() as held:
        assert await held.fetchval("SHOW statement_timeout") == SERVER_SETTINGS["statement_timeout"] == "15s"
        assert await held.fetchval("SHOW jit") == "off"
        with pytest.raises(asyncpg.QueryCanceledError) as late:
            await held.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(60)")

    refusal = refusal_of(late.value)
    assert refusal is not None
    assert refusal.code == "TIMEOUT"


@pytest.mark.parametrize("path", ["graphql/", "ready/", "alive/", "wallboard/"])
async def test_a_slash_too_many_leads_nowhere(town: Town, path: str) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(town.graphql.replace("graphql", path), json=VIEWER, headers=bearer(town))

    assert (answer.status_code, answer.headers.get("location")) == (404, None)
