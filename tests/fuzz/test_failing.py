"""Documents that are made to fail hurt nobody but themselves: over HTTP, over sockets, and live."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection

from api.settings import Settings
from models import Agency, Ticket
from models.enums import Role, TicketStatus
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.tickets import merging
from tests.api.partner_desk import CHANGES, heard, socket, subscribe, subscriptions, until_live
from tests.clients.town import Town, served_town, token
from tests.factories import make_scope, make_ticket
from tests.fuzz.clashing import Failing, query, subscription

pytestmark = pytest.mark.slow
SHARED = """{{ x: ticket(id: "{id}") {{ answers {{ id }} timeline {{ edges {{ cursor }} }} }}
  y: ticket(id: "{id}") {{ answers {{ id }} }} }}"""
LIVE = """subscription { ticketStatusChanged { to ticket { number
  a: mergedInto { answers { id } timeline(first: 0) { edges { cursor } } }
  b: mergedInto { answers { id } } } } }"""
DOCUMENTS, EVERY = 300, 10
Ask = Callable[[Failing], Awaitable[dict[str, Any]]]


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


@pytest.fixture
async def target(town: Town) -> Ticket:
    """The ticket that all others are merged into."""
    return await make_ticket(TicketStatus.DISPATCHED, lead=await Agency.get(code="dpupr"), reporter={"name": "Sri"})


@pytest.fixture
async def merger(town: Town) -> Scope:
    return await make_scope(Role.COORDINATOR, await Agency.get(code="diskominfo"))


async def merge_one(desk: Desk, merger: Scope, target: Ticket) -> str:
    """Change something: gives the number of a new ticket that was merged into the target."""
    ticket = await make_ticket()
    await merging.merge(desk, merger, merging.Merge(ticket.id, ticket.version, into_number=target.number))
    return ticket.number


def require_kept_apart(body: dict[str, Any], failing: Failing, under: dict[str, Any]) -> None:
    """What was asked wrongly is null with its error, and nothing else is."""
    told = {next(part for part in error["path"] if part in failing.aliases) for error in body["errors"]}
    assert told == failing.refused, failing.text
    assert {name for name in failing.aliases if under[name] is None} == failing.refused, failing.text
    assert {error["extensions"]["code"] for error in body["errors"]} <= {"BAD_INPUT", "BAD_CURSOR"}, body


@asynccontextmanager
async def watching(town: Town, query: str = CHANGES, who: str = "coordinator") -> AsyncIterator[ClientConnection]:
    """A plain subscriber that is live when the block begins."""
    async with socket(town, town.tokens[who]) as line:
        before = await subscriptions(town)
        await subscribe(line, "live", query)
        await until_live(town, before + 1)
        yield line


async def answered(line: ClientConnection, id_: str, query: str) -> dict[str, Any]:
    """Ask, and be answered once: next and complete, or an error."""
    await subscribe(line, id_, query)
    async with asyncio.timeout(30):
        first = await heard(line)
        assert first["id"] == id_
        if first["type"] == "next":
            assert await heard(line) == {"id": id_, "type": "complete"}
    found: dict[str, Any] = first["payload"]
    return found


async def merges(line: ClientConnection, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The next frames, each with its id, that show a merge; making a ticket is a change, too."""
    frames: list[tuple[str, dict[str, Any]]] = []
    async with asyncio.timeout(180):
        while len(frames) < count:
            message = await heard(line)
            assert message["type"] == "next", message
            if message["payload"]["data"]["ticketStatusChanged"]["to"] == "ARCHIVED":
                frames.append((message["id"], message["payload"]))
    return frames


def number_in(frame: dict[str, Any]) -> str:
    return str(frame["data"]["ticketStatusChanged"]["ticket"]["number"])


async def seen(line: ClientConnection, count: int) -> list[str]:
    """The numbers of the tickets whose merges arrive next."""
    return [number_in(frame) for _, frame in await merges(line, count)]


# ---------------------------------------------------------------- the smallest inputs


async def test_two_who_ask_for_the_same_do_not_end_each_other_over_http(town: Town, target: Ticket) -> None:
    document = SHARED.format(id=node_id("Ticket", target.id))
    headers = {"authorization": f"Bearer {town.tokens['coordinator']}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        for _ in range(15):
            asked = (client.post(town.graphql, json={"query": document}) for _ in range(20))
            for answer in await asyncio.gather(*asked):
                body = answer.json()
                assert (answer.status_code, body["data"]) == (200, {"x": None, "y": {"answers": []}})
                assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [
                    (["x", "timeline"], "BAD_INPUT")
                ]


async def test_the_same_over_a_socket_is_answered_and_its_id_is_free_again(town: Town, target: Ticket) -> None:
    document = SHARED.format(id=node_id("Ticket", target.id))
    async with socket(town, town.tokens["coordinator"]) as line:
        for _ in range(150):
            body = await answered(line, "1", document)
            assert body["data"] == {"x": None, "y": {"answers": []}}


async def test_the_same_as_a_live_document_is_shown_and_nobody_else_misses_anything(
    town: Town, desk: Desk, target: Ticket, merger: Scope
) -> None:
    async with watching(town) as plain, watching(town, LIVE) as failing:
        numbers = [await merge_one(desk, merger, target) for _ in range(5)]

        assert await seen(plain, 5) == numbers
        for number, (_, frame) in zip(numbers, await merges(failing, 5), strict=True):
            ticket = frame["data"]["ticketStatusChanged"]["ticket"]
            assert ticket == {"number": number, "a": None, "b": {"answers": []}}
            assert [error["path"] for error in frame["errors"]] == [["ticketStatusChanged", "ticket", "a", "timeline"]]


# ---------------------------------------------------------------- random ones


@asynccontextmanager
async def over_http(town: Town) -> AsyncIterator[Ask]:
    headers = {"authorization": f"Bearer {town.tokens['coordinator']}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:

        async def ask(failing: Failing) -> dict[str, Any]:
            answer = await client.post(town.graphql, json={"query": failing.text})
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = json.loads(answer.text)
            return found

        yield ask


@asynccontextmanager
async def over_a_socket(town: Town) -> AsyncIterator[Ask]:
    async with socket(town, town.tokens["coordinator"]) as line:

        async def ask(failing: Failing) -> dict[str, Any]:
            return await answered(line, "1", failing.text)

        yield ask


@pytest.mark.slow(seconds=25)
@pytest.mark.parametrize("door", [over_http, over_a_socket])
async def test_three_hundred_documents_that_fail_take_nothing_from_others(
    town: Town, desk: Desk, target: Ticket, merger: Scope, door: Callable[[Town], Any]
) -> None:
    draw = random.Random(13)
    others = [await make_ticket() for _ in range(2)]
    ids = [node_id("Ticket", ticket.id) for ticket in (target, target, target, *others)]
    async with watching(town) as plain, door(town) as ask:
        for place in range(DOCUMENTS):
            failing = query(draw, ids)
            body = await ask(failing)
            require_kept_apart(body, failing, body["data"])
            if place % EVERY == 0:
                number = await merge_one(desk, merger, target)
                assert await seen(plain, 1) == [number]


async def test_live_documents_that_fail_take_nothing_from_others(
    town: Town, desk: Desk, target: Ticket, merger: Scope
) -> None:
    draw = random.Random(14)
    live = {str(place): subscription(draw) for place in range(60)}
    # By their price one account may not have as many.
    town.tokens["other"] = await token(desk, await Agency.get(code="diskominfo"), Role.COORDINATOR, "Koordinator Kedua")
    async with watching(town) as plain, watching(town) as one, watching(town, who="other") as other:
        for place, (id_, failing) in enumerate(live.items()):
            await subscribe((one, other)[place % 2], id_, failing.text)
        await until_live(town, 3 + len(live))
        # Read meanwhile: who leaves much unread answers no pings, and is dropped.
        reading = [asyncio.create_task(merges(each, 5 * (1 + len(live) // 2))) for each in (one, other)]
        numbers = [await merge_one(desk, merger, target) for _ in range(5)]

        assert await seen(plain, 5) == numbers
        shown: dict[str, list[str]] = {}
        for id_, frame in [each for frames in await asyncio.gather(*reading) for each in frames]:
            shown.setdefault(id_, []).append(number_in(frame))
            if id_ in live:
                require_kept_apart(frame, live[id_], frame["data"]["ticketStatusChanged"]["ticket"])

        assert shown.pop("live") == [*numbers, *numbers]
        assert shown == dict.fromkeys(live, numbers)
