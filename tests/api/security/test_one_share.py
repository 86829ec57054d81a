"""One caller has one share of a worker, over both doors; the hub waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from graphql import get_introspection_query
from websockets.asyncio.client import ClientConnection

from api import composition
from api.security.executions import ExecutionLimits, Executions
from api.settings import Settings
from services.core.desk import Desk
from tests.api.partner_desk import CHANGES, heard, socket, subscribe, until_live
from tests.clients.town import Town, served_town
from tests.factories import make_ticket

pytestmark = pytest.mark.slow


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


@pytest.fixture
async def full_town(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """Where nobody has a share."""
    monkeypatch.setattr(
        composition, "Executions", lambda **given: Executions(ExecutionLimits(of_one=0, waiting=0), **given)
    )
    async with served_town(desk, settings) as town:
        yield town


async def test_both_doors_refuse_who_is_over_the_share(full_town: Town) -> None:
    refusal = {"code": "BUSY", "retryAfterSeconds": 2}
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(full_town.graphql, json={"query": "{ __typename }"})
    async with socket(full_town, full_town.tokens["officer"]) as line:
        for id_, query in (("1", "{ __typename }"), ("2", CHANGES)):
            await subscribe(line, id_, query)
            told = await heard(line)
            assert (told["id"], told["type"], told["payload"][0]["extensions"]) == (id_, "error", refusal)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["errors"][0]["extensions"] == refusal


async def test_a_change_is_shown_between_the_introspections_of_one_socket(town: Town, desk: Desk) -> None:
    answered = 0

    async def count(line: ClientConnection) -> None:
        nonlocal answered
        while answered < 30:
            answered += (await heard(line))["type"] == "complete"

    async with socket(town, town.tokens["coordinator"]) as plain, socket(town, town.tokens["officer"]) as greedy:
        await subscribe(plain, "live", CHANGES)
        await until_live(town, 1)
        ticket = await make_ticket()
        for place in range(30):
            await subscribe(greedy, str(place), get_introspection_query())
        counting = asyncio.create_task(count(greedy))
        await desk.committed(1)
        shown = (await heard(plain))["payload"]["data"]["ticketStatusChanged"]["ticket"]["number"]
        before = answered
        await counting

    assert shown == ticket.number
    assert before < 20
