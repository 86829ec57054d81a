"""How many operations a socket may have, and how many sockets a principal and an address."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.realtime.served import SUBPROTOCOL, Client, Served
from tests.realtime.world import eventually

pytestmark = pytest.mark.slow


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


async def test_who_is_known_counts_for_the_account_and_leaves_the_address_to_others(small_door: Served) -> None:
    async with AsyncExitStack() as stack:
        for name in ("known a", "known b", "known c", "d", "e", "f"):
            await stack.enter_async_context(small_door.client(name))
        line = await stack.enter_async_context(small_door.connect())
        assert await Client(line).closed() == (1013, "Too many connections from this address")


@pytest.mark.parametrize("credential", ["known officer", "wrong", "broken", "stranger", None])
async def test_an_address_that_is_full_lets_nobody_in_but_who_is_known(
    small_door: Served, credential: str | None
) -> None:
    headers = {} if credential is None else {"authorization": credential}
    async with (
        small_door.client("a"),
        small_door.client("b"),
        small_door.client("c"),
        small_door.connect(additional_headers=headers) as line,
    ):
        client = Client(line)
        if credential == "known officer":
            await client.send(type="connection_init")
            assert await client.next() == {"type": "connection_ack"}
        else:
            assert await client.closed() == (1013, "Too many connections from this address")


async def test_who_is_known_by_the_handshake_and_a_stranger_by_the_init_stays_out_of_a_full_address(
    small_door: Served,
) -> None:
    known = small_door.connect(additional_headers={"authorization": "known officer"})
    async with small_door.client("a"), small_door.client("b"), small_door.client("c"), known as line:
        client = Client(line)
        await client.send(type="connection_init", payload={"authorization": "stranger"})
        assert await client.closed() == (1013, "Too many connections of this account")


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
