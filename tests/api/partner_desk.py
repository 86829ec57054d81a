"""Partners of a served desk, and their clients."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from models import Client
from services.access.grants import STANDARD_BUDGET, standard_grants
from services.access.scopes import SYSTEM, Budget
from services.core.desk import Desk
from services.partners.keys import KeyTerms, create_key
from services.partners.partners import create
from services.partners.terms import Terms
from tests.clients.town import Town

PATIENCE_SECONDS = 60  # only against waiting for ever
CHANGES = "subscription ($after: Cursor) { ticketStatusChanged(after: $after) { cursor to ticket { number } } }"


async def make_partner(
    desk: Desk,
    name: str,
    coordinates: frozenset[str] | None = None,
    *,
    rows: Mapping[str, Any] | None = None,
    budget: Budget = STANDARD_BUDGET,
    networks: tuple[str, ...] | None = None,
) -> tuple[Client, str]:
    """A partner with one key, and its token."""
    terms = Terms(coordinates or standard_grants(), "Uji", rows, budget)
    client = await create(desk, SYSTEM, name, terms, lambda _: None)
    issued = await create_key(desk, SYSTEM, client.id, KeyTerms("uji", networks=networks))
    return client, issued.token


async def ask(town: Town, token: str, query: str, **variables: Any) -> httpx.Response:
    """One request as a partner would send it."""
    async with httpx.AsyncClient(
        headers={"authorization": f"Bearer {token}", "accept-language": "en"}, timeout=60
    ) as client:
        return await client.post(town.graphql, json={"query": query, "variables": variables})


@asynccontextmanager
async def socket(town: Town, token: str | None) -> AsyncIterator[ClientConnection]:
    """An acknowledged WebSocket."""
    async with connect(town.ws, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=60) as line:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await line.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await line.recv())["type"] == "connection_ack"
        yield line


async def subscribe(line: ClientConnection, id_: str, query: str, **variables: Any) -> None:
    message = {"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}}
    await line.send(json.dumps(message))


async def heard(line: ClientConnection) -> dict[str, Any]:
    """The next message that is no ping, which has to come within a minute."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (message := json.loads(await line.recv()))["type"] == "ping":
            await line.send('{"type":"pong"}')
    found: dict[str, Any] = message
    return found


async def subscriptions(town: Town) -> int:
    """How many there are, as a monitor reads it."""
    async with httpx.AsyncClient(timeout=60) as client:
        page = (await client.get(town.graphql.replace("/graphql", "/metrics"))).text
    [number] = re.findall(r"^surga_subscriptions (\d+)", page, re.MULTILINE)
    return int(number)


async def until_live(town: Town, count: int = 1) -> None:
    """Wait until so many subscriptions stand: what happens before a subscription does is not its own."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await subscriptions(town) < count:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)
