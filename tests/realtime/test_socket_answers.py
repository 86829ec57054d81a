"""What is asked over a socket: pings, queries and mutations, each ended once, under its own id."""

from __future__ import annotations

import json
from typing import Any

import pytest
import websockets

from services.core.messages import say
from tests.realtime.served import Client, Served
from tests.realtime.world import eventually

pytestmark = pytest.mark.slow


async def test_answers_a_ping_and_takes_a_pong(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.send(type="pong", payload={"any": "thing"})
        await client.send(type="ping", payload={"any": "thing"})

        assert await client.next() == {"type": "pong"}


async def test_answers_a_ping_before_the_init(desk_door: Served) -> None:
    async with desk_door.connect() as line:
        await Client(line).settled()


async def test_a_running_id_is_taken(desk_door: Served) -> None:
    async with desk_door.client() as client:
        for _ in range(2):
            await client.subscribe("same")

        assert await client.closed() == (4409, "Subscriber for same already exists")


async def test_an_id_is_free_again_after_the_end(desk_door: Served) -> None:
    async with desk_door.client() as client:
        for _ in range(2):
            await client.subscribe("1", "{ ping }")
            assert [(await client.next())["type"], (await client.next())["type"]] == ["next", "complete"]
        await client.subscribe("1")
        await client.send(id="1", type="complete")
        await client.subscribe("1")
        await client.subscribe("1", "{")
        assert (await client.closed())[0] == 4409


async def test_who_sends_a_hash_is_told_to_send_the_text(desk_door: Served) -> None:
    async with desk_door.client() as client:
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": "ab" * 32}}
        await client.send(id="1", type="subscribe", payload={"operationName": "Q", "extensions": hashed})
        told = await client.next()
        await client.subscribe("1", "{ ping }")

        assert (told["type"], told["id"]) == ("error", "1")
        assert [(each["message"], each["extensions"]["code"]) for each in told["payload"]] == [
            ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
        ]
        assert (await client.next())["type"] == "next"


async def test_completing_what_does_not_run_is_no_error(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.send(id="unknown", type="complete")
        await client.settled()


@pytest.mark.parametrize(
    "payload",
    [
        {"query": "{"},
        {"query": ""},
        {"query": "{ ping }", "operationName": "Unknown"},
        {"query": "query A { ping } query B { ping }"},
        {"query": "{ absent }"},
        {"query": "query ($n: Int!) { ping }", "variables": {}},
        {"query": "subscription { changes(only: 5) }"},
        {"query": "subscription ($only: String) { changes(only: $only) }", "variables": {"only": "refused"}},
        {"query": "{" + "a{" * 100 + "ping" + "}" * 101},
        {"query": "\ud800"},
        {"query": "{ ping }", "operationName": "\ud800"},
        {"query": "{ ping }", "variables": {"word": "an emoji that was cut: \ud83d"}},
        {"query": "{ ping }", "variables": {"\ud800": 1}},
        {"query": "{ ping }", "variables": {"n": 10**400}},
    ],
)
async def test_an_error_of_one_operation_ends_only_that_one(desk_door: Served, payload: Any) -> None:
    ticket = await desk_door.world.ticket()
    async with desk_door.client() as client:
        await client.subscribe("good")
        await client.send(id="bad", type="subscribe", payload=payload)
        refused = await client.next()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()
        shown = await client.next()

    assert (refused["id"], refused["type"]) == ("bad", "error")
    assert all(error["extensions"]["code"] in ("BAD_INPUT", "COST_EXCEEDED") for error in refused["payload"])
    assert (shown["id"], shown["type"], shown["payload"]["data"]["seq"]) == ("good", "next", 1)


LANGUAGES = [
    ("", {}, None, "id"),
    ("", {}, "en-GB,en;q=0.9", "en"),
    ("", {"language": "en"}, None, "en"),
    ("", {"language": "id"}, "en", "id"),
    ("", {"language": "fr"}, "en", "en"),
    ("", {"language": ["en"]}, None, "id"),
    ("?lang=en", {}, None, "en"),
    ("?lang=en", {"language": "id"}, "id", "en"),
    ("?lang=id", {"language": "en"}, "en", "id"),
    ("?lang=fr&lang=", {"language": "en"}, "id", "en"),
]


@pytest.mark.parametrize(("query", "payload", "header", "language"), LANGUAGES)
async def test_errors_speak_the_language_of_address_init_or_handshake(
    desk_door: Served, query: str, payload: dict[str, Any], header: str | None, language: str
) -> None:
    headers = {"accept-language": header} if header else {}
    async with websockets.connect(
        desk_door.url + query, subprotocols=["graphql-transport-ws"], additional_headers=headers
    ) as line:
        client = Client(line)
        await client.send(type="connection_init", payload=payload)
        assert await client.next() == {"type": "connection_ack"}
        await client.subscribe("a rule of the desk", variables={"only": "refused"})
        by_plan = (await client.next())["payload"][0]
        await client.subscribe("a refusal of the hub", variables={"after": 99})
        by_hub = (await client.next())["payload"][0]
        await client.subscribe("a document", "{")
        by_document = (await client.next())["payload"][0]
        await client.subscribe("an answer", "{ ping }")
        await client.next()

    assert by_plan["message"] == say("SEARCH_IN_FEED", language)
    assert by_hub["message"] == say("internal", language, id=by_hub["extensions"]["errorId"])
    assert by_document["message"].startswith("Permintaan GraphQL tidak sah: ") == (language == "id")
    assert desk_door.contexts[-1].language == language


async def test_a_field_that_fails_is_a_masked_result(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("1", "{ fail }")
        result = await client.next()

        assert (await client.next())["type"] == "complete"
    [error] = result["payload"]["errors"]
    assert result["payload"]["data"] is None
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(result)


async def test_each_operation_has_a_context_of_its_own(desk_door: Served) -> None:
    async with desk_door.client() as client:
        for id_ in ("1", "2"):
            await client.subscribe(id_, "{ ping }")
            await client.next()
            await client.next()

    assert len({id(context) for context in desk_door.contexts}) == 2


async def test_a_completed_query_sends_nothing_more(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("1", "{ wait }")
        await client.settled()
        await client.send(id="1", type="complete")
        await client.settled()
        desk_door.gate.set()

        await client.settled()


async def test_a_mutation_that_began_is_finished_though_nobody_waits(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("1", 'mutation { remember(word: "kept") }')
        await client.settled()
        await client.send(id="1", type="complete")
        await client.settled()
    desk_door.gate.set()

    await eventually(lambda: desk_door.words == ["kept"])


async def test_a_query_does_not_hold_up_other_operations(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("slow", "{ wait }")
        await client.subscribe("quick", "{ ping }")
        assert [(await client.next())["id"], (await client.next())["id"]] == ["quick", "quick"]
        desk_door.gate.set()

        assert (await client.next())["payload"]["data"] == {"wait": "waited"}


async def test_an_init_that_can_not_be_answered_is_told_to_come_back(hasty_door: Served) -> None:
    async with hasty_door.connect() as line:
        client = Client(line)
        await client.send(type="connection_init", payload={"authorization": "slow"})

        assert await client.closed() == (1013, "Try again later")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ wait }"}, "TIMEOUT"),
        ({"query": 'mutation { remember(word: "late") }'}, "TIMEOUT"),
        ({"query": "subscription ($only: String) { changes(only: $only) }", "variables": {"only": "slow"}}, "BUSY"),
    ],
)
async def test_an_operation_that_takes_too_long_ends_alone(hasty_door: Served, payload: Any, code: str) -> None:
    async with hasty_door.client() as client:
        await client.subscribe("good")
        await client.send(id="slow", type="subscribe", payload=payload)
        refused = await client.next()
        await client.settled()

    assert (refused["id"], refused["type"]) == ("slow", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
    assert hasty_door.words == []
