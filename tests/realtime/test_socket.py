"""graphql-transport-ws: the handshake and malformed messages, on uvicorn with ready frames and on plain ASGI."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
import websockets

from api.http.logs import is_news
from api.websocket.websocket import SocketLimits
from tests.realtime.served import FRAMES, Client, QuickFrames, Served, served
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


class LastingFrames(QuickFrames):
    last_words_seconds = 60.0


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
