"""What a subscription is given is judged as a query's would be: told by name, never as a failure of ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
import websockets
from websockets.typing import Subprotocol

from api.settings import Settings
from services.core.desk import Desk
from tests.clients.town import Town, served_town

FEED = """subscription ($filter: TicketFilter, $after: Cursor) {
  ticketFeed(filter: $filter, after: $after) { __typename } }"""
LIST = """query ($filter: TicketFilter, $after: Cursor) {
  tickets(first: 1, filter: $filter, after: $after) { feedCursor } }"""


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    async with served_town(desk, settings) as town:
        yield town


class Talk:
    """One acknowledged socket."""

    def __init__(self, line: websockets.ClientConnection) -> None:
        self.line = line

    async def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """How an operation that must be refused as a whole is refused."""
        payload = {"query": query, "variables": variables}
        await self.line.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        message = json.loads(await self.line.recv())
        assert (message["id"], message["type"]) == ("1", "error"), message
        found: list[dict[str, Any]] = message["payload"]
        return found


@pytest.fixture
async def talk(town: Town) -> AsyncIterator[Talk]:
    token = f"Bearer {town.tokens['coordinator']}"
    async with websockets.connect(town.ws, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=60) as line:
        await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": token}}))
        assert json.loads(await line.recv()) == {"type": "connection_ack"}
        yield Talk(line)


@pytest.mark.parametrize(
    "variables",
    [
        {"filter": {"status": ["NO_SUCH"]}},
        {"filter": {"status": [None]}},
        {"filter": {"nothing": 1}},
        {"filter": "open"},
        {"filter": {"receivedFrom": "yesterday"}},
        {"filter": {"open": "yes"}},
        {"after": 5},
        {"after": {"seq": 1}},
        {"after": "A" * 1_001},
    ],
)
async def test_a_wrong_variable_is_told_as_a_query_would_tell_it(
    town: Town, talk: Talk, variables: dict[str, Any]
) -> None:
    with structlog.testing.capture_logs() as lines:
        found = await talk.errors(FEED, **variables)

    asked = await town.post(town.tokens["coordinator"], LIST, variables)
    assert [error["extensions"] for error in found] == [{"code": "BAD_INPUT"}]
    assert found[0]["message"] == asked["errors"][0]["message"]
    assert [line for line in lines if line["log_level"] == "error"] == []


async def test_each_value_of_another_type_is_told_as_a_query_would_tell_it(town: Town, talk: Talk) -> None:
    wanted = {"status": ["NO_SUCH", "RECEIVED", "NONE"], "receivedFrom": "yesterday", "open": "yes", "nothing": 1}
    variables = {"filter": wanted, "after": 5}

    found = await talk.errors(FEED, **variables)

    asked = await town.post(town.tokens["coordinator"], LIST, variables)
    assert [error["extensions"] for error in found] == [{"code": "BAD_INPUT"}] * 6
    assert [error["message"] for error in found] == [error["message"] for error in asked["errors"]]


async def test_a_board_tells_each_value_of_another_type(talk: Talk) -> None:
    document = "subscription ($filter: BoardFilter) { wallboard(filter: $filter) { total } }"

    found = await talk.errors(document, filter={"channel": ["NO_SUCH", "NONE"], "agencyCode": 1})

    assert [error["extensions"] for error in found] == [{"code": "BAD_INPUT"}] * 3


async def test_the_first_board_of_a_process_is_refused_for_each_unknown_code(talk: Talk, desk: Desk) -> None:
    desk.references._latest = None
    document = "subscription ($filter: BoardFilter) { wallboard(filter: $filter) { total } }"

    [error] = await talk.errors(document, filter={"agencyCode": ["nowhere"], "kecamatanCode": ["x"]})

    told = [(".".join(each["path"]), each["code"]) for each in error["extensions"]["errors"]]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert told == [("filter.agencyCode.0", "UNKNOWN_CODE"), ("filter.kecamatanCode.0", "UNKNOWN_CODE")]


async def test_a_variable_that_is_missing_is_the_clients_mistake(talk: Talk) -> None:
    found = await talk.errors("subscription ($after: Cursor!) { ticketFeed(after: $after) { __typename } }")

    assert [error["extensions"] for error in found] == [{"code": "BAD_INPUT"}]


async def test_all_that_is_wrong_is_told_at_once(talk: Talk) -> None:
    wanted = {"agencyCode": ["nowhere", "elsewhere"], "assigneeId": "x", "search": "x", "externalId": ""}

    [error] = await talk.errors(FEED, filter=wanted, after="x")

    told = [(".".join(each["path"]), each["code"]) for each in error["extensions"]["errors"]]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert told == [
        ("filter.assigneeId", "BAD_ID"),
        ("filter.search", "SEARCH_IN_FEED"),
        ("filter.agencyCode.0", "UNKNOWN_CODE"),
        ("filter.agencyCode.1", "UNKNOWN_CODE"),
        ("filter.externalId", "BAD_EXTERNAL_ID"),
        ("after", "FEED_CURSOR"),
    ]


async def test_a_live_board_tells_all_that_is_wrong(talk: Talk) -> None:
    wanted = {"agencyCode": ["z", "a"], "categoryCode": ["nothing"]}
    await talk.errors(FEED, filter={"agencyCode": ["z"]})  # which reads the master data

    [error] = await talk.errors(
        "subscription ($filter: BoardFilter) { wallboard(filter: $filter) { asOf } }", filter=wanted
    )

    told = sorted(".".join(each["path"]) for each in error["extensions"]["errors"])
    assert told == ["filter.agencyCode.0", "filter.agencyCode.1", "filter.categoryCode.0"]
