"""The end of a server: sockets are answered, then closed with 1012."""

from __future__ import annotations

import pytest

from tests.realtime.served import FRAMES, Client, Served, served
from tests.realtime.world import World, eventually

pytestmark = pytest.mark.slow


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
        session._output._frames.shutdown()  # type: ignore[union-attr, attr-defined]


async def test_a_server_that_stops_answers_what_was_asked_and_begins_nothing_new(world: World) -> None:
    async with (
        served(world, FRAMES, timeout_graceful_shutdown=60) as door,
        door.client() as client,
        door.client("idle") as idle,
    ):
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
        frames = session._output._frames  # type: ignore[union-attr]
        stopping(door)
        client.line.transport.abort()
        await eventually(lambda: not door.endpoint.sessions)

        await frames.parting  # type: ignore[misc, attr-defined]
