"""graphql-transport-ws, rule by rule, on uvicorn with ready frames and on plain ASGI."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import websockets

from api.http.logs import is_news
from api.websocket.websocket import SocketLimits
from realtime.members import Validity
from services.core.messages import say
from tests.realtime.served import FRAMES, PLAIN, SUBPROTOCOL, Client, QuickFrames, Served, served
from tests.realtime.world import World, eventually

pytestmark = pytest.mark.slow

DEEP = "[" * 20_000 + "]" * 20_000


MALFORMED = [
    ("", 4400),
    ("{", 4400),
    ("[]", 4400),
    ("1", 4400),
    ("null", 4400),
    ("true", 4400),
    ('"x"', 4400),
    ("{}", 4400),
    ("NaN", 4400),
    (DEEP, 4400),
    ('{"type":"ping","payload":' + DEEP[:30_000] + "}", 4400),
    ('{"type":null}', 4400),
    ('{"type":["ping"]}', 4400),
    ('{"type":{"ping":1}}', 4400),
    ('{"type":"PING"}', 4400),
    ('{"type":"start","id":"1","payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"stop","id":"1"}', 4400),
    ('{"type":"connection_terminate"}', 4400),
    ('{"type":"connection_ack"}', 4400),
    ('{"type":"next","id":"1","payload":{}}', 4400),
    ('{"type":"error","id":"1","payload":[]}', 4400),
    ('{"type":"ping","payload":"x"}', 4400),
    ('{"type":"ping","payload":[]}', 4400),
    ('{"type":"pong","payload":1}', 4400),
    ('{"type":"connection_init","payload":"x"}', 4400),
    ('{"type":"complete"}', 4400),
    ('{"type":"complete","id":null}', 4400),
    ('{"type":"complete","id":1}', 4400),
    ('{"type":"complete","id":{}}', 4400),
    ('{"type":"complete","id":""}', 4400),
    ('{"type":"subscribe","id":"' + "1" * 257 + '","payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe"}', 4400),
    ('{"type":"subscribe","id":"1"}', 4400),
    ('{"type":"subscribe","id":"1","payload":null}', 4400),
    ('{"type":"subscribe","id":"1","payload":"x"}', 4400),
    ('{"type":"subscribe","id":"1","payload":[]}', 4400),
    ('{"type":"subscribe","id":"1","payload":{}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":null}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":["{ ping }"]}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":"{ ping }","variables":[]}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":"{ ping }","variables":"{}"}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":"{ ping }","operationName":1}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":"{ ping }","extensions":"x"}}', 4400),
    ('{"type":"subscribe","id":1,"payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe","id":{"a":1},"payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe","id":["1"],"payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe","id":"","payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe","id":"\\ud800","payload":{"query":"{ ping }"}}', 4400),
    ('{"type":"subscribe","id":"1","payload":{"query":"{ ping }","variables":{"a":NaN}}}', 4400),
    ('{"type":"complete","id":"\\ud800"}', 4400),
    ('{"type":"connection_init","payload":{"authorization":"\\ud800"}}', 4400),
    ('{"type":"ping","payload":{"at":1e999}}', 4400),
    (b'{"type":"ping"}', 4400),
    (b"\xff\xfe", 4400),
    ('{"type":"ping","payload":{"x":"' + "x" * 70_000 + '"}}', 1009),
]


@pytest.fixture(params=[FRAMES, PLAIN])
async def desk_door(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with served(world, request.param) as door:
        yield door


@pytest.fixture
async def small_door(world: World) -> AsyncIterator[Served]:
    """A door with room for little."""
    limits = SocketLimits(operations_per_socket=2, sockets_per_principal=2, sockets_per_address=3, message_bytes=1_000)
    async with served(world, FRAMES, limits) as door:
        yield door


@pytest.fixture
async def hasty_door(world: World) -> AsyncIterator[Served]:
    """A door where nothing may take long."""
    async with served(world, FRAMES, SocketLimits(request_seconds=0.05)) as door:
        yield door


class LastingFrames(QuickFrames):
    last_words_seconds = 60.0


# ---------------------------------------------------------------- the handshake


async def test_acknowledges_an_init(desk_door: Served) -> None:
    async with desk_door.client("someone") as client:
        await client.subscribe("1", "{ ping }")

        assert await client.next() == {"id": "1", "type": "next", "payload": {"data": {"ping": "pong for someone"}}}
        assert await client.next() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    "init",
    [
        '{"type":"connection_init"}',
        '{"type":"connection_init","payload":null}',
        '{"type":"connection_init","payload":{}}',
    ],
)
async def test_an_init_without_a_token_is_anonymous(desk_door: Served, init: str) -> None:
    async with desk_door.connect() as line:
        await line.send(init)

        assert json.loads(await line.recv()) == {"type": "connection_ack"}
    assert desk_door.identified == [None]


async def test_the_header_of_the_handshake_serves_where_the_init_has_no_token(desk_door: Served) -> None:
    async with desk_door.client(None, additional_headers={"authorization": "Bearer header"}):
        pass
    async with desk_door.client("Bearer init", additional_headers={"authorization": "Bearer header"}):
        pass

    assert desk_door.identified == ["Bearer header", "Bearer init"]


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        ({"authorization": "wrong"}, 4403, "Forbidden: UNAUTHENTICATED"),
        ({"authorization": 5}, 4403, "Forbidden: authorization must be a string"),
        ({"authorization": "broken"}, 1013, "Try again later"),
    ],
)
async def test_refuses_a_bad_init(desk_door: Served, payload: Any, code: int, reason: str) -> None:
    async with desk_door.connect() as line:
        client = Client(line)
        await client.send(type="connection_init", payload=payload)

        assert await client.closed() == (code, reason)


async def test_closes_after_a_second_init(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.send(type="connection_init")

        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_closes_where_no_init_comes(world: World) -> None:
    async with served(world, FRAMES, SocketLimits(init_seconds=0.1)) as door, door.connect() as line:
        assert await Client(line).closed() == (4408, "Connection initialisation timeout")


async def test_an_operation_before_the_acknowledgement_is_unauthorized(desk_door: Served) -> None:
    async with desk_door.connect() as line:
        client = Client(line)
        await client.subscribe()

        assert await client.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], ["soap"], None])
async def test_refuses_other_subprotocols(desk_door: Served, subprotocols: Any) -> None:
    async with desk_door.connect(subprotocols=subprotocols) as line:
        assert line.subprotocol is None
        assert await Client(line).closed() == (4406, "Subprotocol graphql-transport-ws is needed")


async def test_chooses_its_subprotocol_among_others(desk_door: Served) -> None:
    async with desk_door.connect(subprotocols=["graphql-ws", "graphql-transport-ws"]) as line:
        assert line.subprotocol == "graphql-transport-ws"


async def test_refuses_a_foreign_page(desk_door: Served) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with desk_door.connect(origin="http://evil.example"):
            pass

    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------- malformed messages


async def test_closes_after_every_malformed_message(desk_door: Served) -> None:
    found = []
    for message, _ in MALFORMED:
        async with desk_door.client() as client:
            await client.line.send(message)
            code, reason = await client.closed()
            assert 0 < len(reason.encode()) <= 123
            found.append((message, code))

    assert found == MALFORMED
    await eventually(lambda: not desk_door.endpoint.sessions)
    assert desk_door.world.hub.state.sockets == 0


async def test_text_that_is_no_utf8_closes_and_is_no_error_of_ours(
    desk_door: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "filters", [is_news])
    async with desk_door.client() as client:
        await client.line.send(b'{"type":"\xff"}', text=True)

        assert await client.closed() == (1007, "")
    assert "Invalid UTF-8 sequence received from client." in caplog.text
    assert [record for record in caplog.records if record.levelno > logging.INFO or record.exc_info] == []


async def test_malformed_text_closes_before_the_acknowledgement_too(desk_door: Served) -> None:
    async with desk_door.connect() as line:
        await line.send("[]")

        assert (await Client(line).closed())[0] == 4400


async def test_a_message_over_the_own_limit_is_too_big(small_door: Served) -> None:
    async with small_door.client() as client:
        await client.send(type="ping", payload={"x": "é" * 600})

        assert await client.closed() == (1009, "A message may have 1000 bytes")


async def test_who_sends_on_after_a_frame_that_is_too_big_reads_why(world: World) -> None:
    async with served(world, LastingFrames) as door:
        for _ in range(10):
            async with door.client(max_size=None) as client:
                head = b"\x81\xff" + (800_000).to_bytes(8, "big") + bytes(4)
                client.line.transport.pause_reading()
                client.line.transport.write(head + b"x" * 800_000)
                await eventually(lambda: not door.endpoint.sessions)
                for _ in range(3):  # on a line that was reset, this ends it before anything is read
                    client.line.transport.write(b"x")
                    await asyncio.sleep(0.01)
                client.line.transport.resume_reading()

                assert await client.closed() == (1009, "frame with 800000 bytes exceeds limit of 65536 bytes")
        await eventually(lambda: not door.endpoint.sessions)


async def test_a_long_id_makes_no_close_reason_that_does_not_fit(desk_door: Served) -> None:
    async with desk_door.client() as client:
        for _ in range(2):
            await client.subscribe("ü" * 200)

        code, reason = await client.closed()

    assert code == 4409
    assert reason.startswith("Subscriber for üü")
    assert len(reason.encode()) == 123


# ---------------------------------------------------------------- operations


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


# ---------------------------------------------------------------- subscriptions


async def test_delivers_to_every_socket_under_its_own_id(desk_door: Served) -> None:
    ticket = await desk_door.world.ticket()
    async with desk_door.client() as one, desk_door.client() as two:
        await one.subscribe('with "quotes" é')
        await two.subscribe("a")
        await two.subscribe("b")
        for client in (one, two):
            await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        assert [(await one.next())["id"]] == ['with "quotes" é']
        assert {(await two.next())["id"], (await two.next())["id"]} == {"a", "b"}
    assert desk_door.world.domain.rendered == [1]


@pytest.mark.parametrize("length", [0, 100, 70_000])
async def test_delivers_messages_of_every_frame_length(desk_door: Served, length: int) -> None:
    ticket = await desk_door.world.ticket()
    desk_door.world.domain.padding = "p" * length
    async with desk_door.client(max_size=None) as client:
        await client.subscribe()
        await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        message = await client.next()

    assert message["payload"]["data"] == {"kind": "event", "seq": 1, "padding": "p" * length}


async def test_replays_then_goes_on_live(desk_door: Served) -> None:
    world = desk_door.world
    ticket = await world.ticket()
    for _ in range(300):
        await world.change(ticket)
    await world.hub.begin()
    async with desk_door.client() as client:
        await client.subscribe("1", variables={"after": 10})
        seqs = [(await client.next())["payload"]["data"]["seq"] for _ in range(290)]
        await world.change(ticket)
        await world.hub.look()
        seqs.append((await client.next())["payload"]["data"]["seq"])

    assert seqs == list(range(11, 302))


async def test_a_completed_subscription_gets_nothing_more(desk_door: Served) -> None:
    ticket = await desk_door.world.ticket()
    async with desk_door.client() as client:
        await client.subscribe("1")
        await client.subscribe("2")
        await client.settled()
        await client.send(id="1", type="complete")
        await client.settled()
        await desk_door.world.change(ticket)
        await desk_door.world.hub.look()

        assert (await client.next())["id"] == "2"
        await client.settled()


async def test_an_expired_cursor_is_an_error_of_that_id(desk_door: Served) -> None:
    async with desk_door.client() as client:
        await client.subscribe("1", variables={"after": 99})
        refused = await client.next()
        await client.settled()

    assert (refused["id"], refused["type"], len(refused["payload"])) == ("1", "error", 1)


async def test_a_dropped_socket_leaves_nothing_behind(desk_door: Served) -> None:
    tasks = len(asyncio.all_tasks())
    async with desk_door.client() as client:
        await client.subscribe("1")
        await client.subscribe("2", "{ wait }")
        await client.settled()
        client.line.transport.abort()

    await eventually(lambda: not desk_door.endpoint.sessions)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    assert (desk_door.world.hub.state.members, desk_door.world.hub.state.sockets) == (0, 0)


# ---------------------------------------------------------------- rights and caps


async def test_a_revoked_credential_closes_the_socket(desk_door: Served) -> None:
    world = desk_door.world
    world.domain.verdicts["fired"] = Validity.REVOKED
    async with desk_door.client("fired") as fired, desk_door.client("stays") as stays:
        for client in (fired, stays):
            await client.subscribe()
            await client.settled()
        await world.rights()
        await world.hub.look()

        assert (await fired.next())["type"] == "error"
        assert await fired.closed() == (4403, "Forbidden: the credential was revoked or has expired")
        await stays.settled()


async def test_a_changed_scope_ends_operations_and_is_asked_for_again(desk_door: Served) -> None:
    world = desk_door.world
    ticket = await world.ticket()
    async with desk_door.client("moved") as client:
        await client.subscribe()
        await client.settled()
        world.domain.verdicts["moved"] = Validity.CHANGED
        await world.rights()
        await world.change(ticket)
        await world.hub.look()
        ended = await client.next()
        world.domain.verdicts.clear()
        await client.subscribe(variables={"after": 0})

        assert (ended["id"], ended["type"]) == ("1", "error")
        assert (await client.next())["payload"]["data"]["seq"] == 2
    assert desk_door.identified == ["moved", "moved"]


async def test_operations_that_come_back_together_after_a_change_of_rights_ask_once(desk_door: Served) -> None:
    world, gate = desk_door.world, desk_door.gate
    gate.set()
    async with desk_door.client("slow") as client:
        gate.clear()
        world.domain.verdicts["slow"] = Validity.CHANGED
        await world.rights()
        await world.hub.look()
        for id_ in ("1", "2"):
            await client.subscribe(id_)
        await client.settled()
        gate.set()
        await eventually(lambda: world.hub.state.members == 2)
        await world.change(await world.ticket())
        await world.hub.look()

        assert sorted([(await client.next())["id"], (await client.next())["id"]]) == ["1", "2"]
    assert desk_door.identified == ["slow", "slow"]


async def test_a_scope_whose_time_is_over_answers_nothing_more_even_before_the_next_look(desk_door: Served) -> None:
    world = desk_door.world
    async with desk_door.client("guest") as client:
        (session,) = desk_door.endpoint.sessions
        session.scope = replace(session.scope, valid_until=world.clock() + timedelta(microseconds=1))
        await world.hub.attach(session, world.hub.rights_seen)
        await client.subscribe("1", "{ ping }")
        assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]
        assert desk_door.identified == ["guest"]

        world.clock.forward(microseconds=1)
        await client.subscribe("2", "{ ping }")
        assert [(await client.next())["type"] for _ in range(2)] == ["next", "complete"]
        assert desk_door.identified == ["guest", "guest"]


async def test_a_mutation_that_nobody_waits_for_counts_until_it_is_through(small_door: Served) -> None:
    refused: list[str] = []
    async with small_door.client() as client:
        for id_ in ("1", "2", "3"):
            await client.subscribe(id_, f'mutation {{ remember(word: "{id_}") }}')
            await client.send(type="ping")
            told = await client.next()
            if told["type"] == "error":
                refused.append(told["id"])
                told = await client.next()
            assert told == {"type": "pong"}
            await client.send(id=id_, type="complete")
        small_door.gate.set()
        await eventually(lambda: len(small_door.words) == 2)
        await client.subscribe("4", 'mutation { remember(word: "4") }')
        await client.next()

    assert refused == ["3"]
    assert small_door.words == ["1", "2", "4"]


async def test_refuses_operations_over_the_cap(small_door: Served) -> None:
    async with small_door.client() as client:
        for id_ in ("1", "2", "3"):
            await client.subscribe(id_)
        refused = await client.next()
        await client.send(id="1", type="complete")
        await client.subscribe("3")
        await client.settled()

    assert (refused["id"], refused["type"]) == ("3", "error")
    assert refused["payload"][0]["extensions"] == {"code": "BUSY", "retryAfterSeconds": 1}


async def test_refuses_sockets_of_a_principal_over_the_cap(small_door: Served) -> None:
    async with small_door.client("office"), small_door.client("office"), small_door.connect() as line:
        client = Client(line)
        await client.send(type="connection_init", payload={"authorization": "office"})
        assert await client.closed() == (1013, "Too many connections of this account")
    await eventually(lambda: not small_door.endpoint.sessions)
    async with small_door.client("office"):
        pass


async def test_refuses_sockets_of_an_address_over_the_cap(small_door: Served) -> None:
    async with small_door.client("a"), small_door.client("b"), small_door.client("c"), small_door.connect() as line:
        assert await Client(line).closed() == (1013, "Too many connections from this address")


async def test_sockets_that_come_together_are_capped_too(small_door: Served) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(0)  # a server may let others in between
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if not sent else {"type": "websocket.disconnect"}

    scope = {"type": "websocket", "subprotocols": [SUBPROTOCOL], "headers": [], "query_string": b""}
    await asyncio.gather(*(small_door.endpoint(scope, receive, send) for _ in range(5)))

    assert [message["code"] for message in sent if message["type"] == "websocket.close"] == [1013, 1013]


async def test_closing_the_server_closes_sockets_with_1012(world: World) -> None:
    async with served(world, FRAMES) as door:
        line = await door.connect()
        client = Client(line)
        await client.send(type="connection_init")
        await client.next()
    assert await client.closed() == (1012, "")


def stopping(door: Served) -> None:
    """What uvicorn tells every connection when its server begins to stop."""
    for session in tuple(door.endpoint.sessions):
        session._line._frames.shutdown()  # type: ignore[union-attr, attr-defined]


async def test_a_server_that_stops_answers_what_was_asked_and_begins_nothing_new(world: World) -> None:
    async with served(world, FRAMES) as door, door.client() as client, door.client("idle") as idle:
        await idle.subscribe()
        await client.subscribe()
        await client.subscribe("2", 'mutation { remember(word: "before") }')
        await client.settled()
        stopping(door)

        assert await idle.closed() == (1012, "")
        await client.subscribe("3", 'mutation { remember(word: "after") }')
        await client.settled()
        await world.change(await world.ticket())
        await world.hub.look()
        assert (await client.next())["id"] == "1"  # live until the end
        door.gate.set()

        assert await client.next() == {"id": "2", "type": "next", "payload": {"data": {"remember": "before"}}}
        assert await client.next() == {"id": "2", "type": "complete"}
        assert await client.closed() == (1012, "")
        await eventually(lambda: not door.endpoint.sessions)
    assert door.words == ["before"]


async def test_a_server_that_stops_does_not_wait_for_ever(world: World) -> None:
    async with served(world, FRAMES, timeout_graceful_shutdown=1) as door, door.client() as client:
        await client.subscribe("1", "{ wait }")
        await client.settled()
        stopping(door)

        assert await client.closed() == (1012, "")
        assert not door.gate.is_set()


async def test_a_line_that_is_lost_while_its_server_stops_is_let_go(world: World) -> None:
    async with served(world, FRAMES, timeout_graceful_shutdown=1) as door, door.client() as client:
        await client.subscribe("1", "{ wait }")
        await client.settled()
        [session] = door.endpoint.sessions
        frames = session._line._frames  # type: ignore[union-attr]
        stopping(door)
        client.line.transport.abort()
        await eventually(lambda: not door.endpoint.sessions)

        await frames.parting  # type: ignore[misc, attr-defined]
