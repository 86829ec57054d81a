"""On whose account each statement is made, by both doors, before somebody is known and afterwards."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets

from api.settings import Settings
from models import pool_turns
from models.pool_turns import Asker
from services.core.desk import Desk
from tests.clients.town import Town, served_town

VIEWER = {"query": "{ agencies { name } }"}


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


@pytest.fixture
def askers(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[Asker]:
    """Who asked the pool for a connection, but for the hub, which goes first."""
    found: list[Asker] = []
    of_now = Asker.of_now

    def noted() -> Asker:
        asker = of_now()
        if not asker.first:
            found.append(asker)
        return asker

    monkeypatch.setattr(pool_turns.Asker, "of_now", noted)
    return found


def kinds(askers: list[Asker]) -> list[str]:
    """The accounts in order, each once in a row, without what makes them one of many."""
    names = [str(asker.account).partition(":")[0] for asker in askers]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


async def test_a_request_is_made_on_the_account_of_its_address_and_then_of_its_caller(
    town: Town, askers: list[Asker]
) -> None:
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {town.tokens['officer']}"}, timeout=60) as client:
        await client.post(town.graphql, json=VIEWER)

    assert kinds(askers) == ["address", "officer"]


async def test_a_request_without_a_token_is_made_on_the_account_of_its_address(town: Town, askers: list[Asker]) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        await client.post(town.graphql, json=VIEWER)

    assert kinds(askers) == ["address"]


async def test_all_that_a_socket_asks_is_on_the_account_of_its_caller(town: Town, askers: list[Asker]) -> None:
    async with websockets.connect(town.ws, subprotocols=["graphql-transport-ws"], open_timeout=60) as line:  # type: ignore[list-item]
        await said(line, {"type": "connection_init", "payload": {"authorization": f"Bearer {town.tokens['officer']}"}})
        known = kinds(askers)
        askers.clear()

        await said(line, {"id": "1", "type": "subscribe", "payload": VIEWER})

    assert known[0] == "address"
    assert kinds(askers) == ["officer"]


async def said(line: Any, message: dict[str, Any]) -> Any:
    await line.send(json.dumps(message))
    return await line.recv()


async def test_a_screen_that_asks_to_be_let_in_is_on_the_account_of_its_address(
    town: Town, askers: list[Asker]
) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        asked = {"client_id": "surga-wallboard", "grant_type": "refresh_token", "refresh_token": "x" * 43}
        await client.post(town.graphql.replace("/graphql", "/oauth/token"), data=asked)

    assert kinds(askers) == ["address"]
