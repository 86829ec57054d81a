"""A refused field takes nothing else with it, by HTTP, by socket and live: neither its neighbours nor other people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection

from api.settings import Settings
from models import Ticket
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.api.partner_desk import heard, socket, subscribe, until_live
from tests.clients.town import Town, served_town
from tests.factories import make_ticket

PAIR = """query ($id: ID!) { x: ticket(id: $id) { answers { id } timeline { edges { cursor } } }
  y: ticket(id: $id) { answers { id } } }"""
MERGED = """subscription { ticketStatusChanged { to ticket { number
  a: mergedInto { answers { id } timeline(first: 0) { edges { cursor } } }
  b: mergedInto { answers { id } } } } }"""
PLAIN = "subscription { ticketStatusChanged { to ticket { number } } }"
MERGE = """mutation ($id: ID!, $into: String!) {
  mergeTicket(input: {id: $id, expectedVersion: 1, intoNumber: $into}) { errors { code } } }"""
AT_ONCE = 20


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


def require_one_refused(body: dict[str, Any]) -> None:
    assert body["data"] == {"x": None, "y": {"answers": []}}
    assert [(error["path"][0], error["extensions"]["code"]) for error in body["errors"]] == [("x", "BAD_INPUT")]


async def test_by_http_the_refused_one_is_null_and_the_other_is_answered(town: Town) -> None:
    variables = {"id": node_id("Ticket", (await make_ticket()).id)}
    headers = {"authorization": f"Bearer {town.tokens['coordinator']}"}

    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        asked = [client.post(town.graphql, json={"query": PAIR, "variables": variables}) for _ in range(AT_ONCE)]
        answers = await asyncio.gather(*asked)

    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    for answer in answers:
        require_one_refused(answer.json())


async def test_by_socket_there_is_one_answer_and_one_end_and_the_id_is_free(town: Town) -> None:
    ticket = node_id("Ticket", (await make_ticket()).id)
    async with socket(town, town.tokens["coordinator"]) as line:
        for _ in range(3):
            await subscribe(line, "1", PAIR, id=ticket)

            require_one_refused((await heard(line))["payload"])
            assert await heard(line) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("who", "refused", "code"),
    [
        ("officer", "staff(first: 1) { pageInfo { hasNextPage } }", "FORBIDDEN"),
        ("officer", "tickets(first: -1) { asOf }", "BAD_INPUT"),
        (None, "tickets(first: 1) { asOf }", "UNAUTHENTICATED"),
    ],
)
async def test_a_refused_root_field_is_null_alone_by_every_way_of_asking(
    town: Town, who: str | None, refused: str, code: str
) -> None:
    document = f"query Q {{ areas {{ code }} refused: {refused} __typename }}"
    headers = {"authorization": f"Bearer {town.tokens[who]}"} if who else {}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        bodies = [(await client.post(town.graphql, json={"query": document})).json()]
        bodies.append((await client.get(town.graphql, params={"query": document})).json())
    async with socket(town, town.tokens[who] if who else None) as line:
        await subscribe(line, "1", document)
        bodies.append((await heard(line))["payload"])

    for body in bodies:
        assert body["data"] == {"areas": [{"code": "35.71.01.1001"}], "refused": None, "__typename": "Query"}
        assert [(each["path"], each["extensions"]["code"]) for each in body["errors"]] == [(["refused"], code)]


async def test_live_the_refused_one_is_null_and_everybody_else_goes_on(town: Town) -> None:
    into, tickets, token = await make_ticket(), [await make_ticket() for _ in range(3)], town.tokens["coordinator"]
    async with socket(town, token) as refused, socket(town, token) as plain:
        for line, document in ((refused, MERGED), (plain, PLAIN)):
            await subscribe(line, "1", document)
        await until_live(town, 2)
        for ticket in tickets:
            await merge(town, ticket, into)

            change = await archived(refused)
            number = ticket.number
            shown = {"number": number, "a": None, "b": {"answers": []}}
            assert change["data"]["ticketStatusChanged"]["ticket"] == shown
            assert [error["path"][2] for error in change["errors"]] == ["a"]
            told = (await archived(plain))["data"]["ticketStatusChanged"]
            assert told == {"to": "ARCHIVED", "ticket": {"number": number}}


async def archived(line: ClientConnection) -> dict[str, Any]:
    """The next frame of a merge; how the tickets came is passed over."""
    while True:
        payload: dict[str, Any] = (await heard(line))["payload"]
        if payload["data"]["ticketStatusChanged"]["to"] == "ARCHIVED":
            return payload


async def merge(town: Town, ticket: Ticket, into: Ticket) -> None:
    variables = {"id": node_id("Ticket", ticket.id), "into": into.number}
    answer = await town.post(town.tokens["coordinator"], MERGE, variables)
    assert answer["data"]["mergeTicket"]["errors"] == [], json.dumps(answer)
