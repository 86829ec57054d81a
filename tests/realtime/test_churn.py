"""Clients that come and go by the thousand leave no task, no listener and no memory behind."""

from __future__ import annotations

import asyncio
import base64
import gc
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from api.websocket.session import Session
from tests.realtime.served import CHANGES, FRAMES, PLAIN, Served, served
from tests.realtime.world import World, eventually

ROUNDS = 10_000
MOST_GROWTH_BYTES = 8 << 20
KEY = base64.b64encode(bytes(16)).decode()
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    f"sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
pytestmark = pytest.mark.slow


@pytest.fixture(params=[FRAMES, PLAIN])
async def door(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with served(world, request.param) as door:
        yield door


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def masked(message: bytes, opcode: int = 1) -> bytes:
    """A client's frame under the mask of zeros, which changes nothing."""
    assert len(message) < 126
    return bytes((0x80 | opcode, 0x80 | len(message))) + bytes(4) + message


async def growth(one_round: Callable[[int], Awaitable[None]]) -> int:
    """Bytes that the last four fifths of all rounds added."""
    for number in range(ROUNDS // 5):
        await one_round(number)
    gc.collect()
    before = resident()
    for number in range(ROUNDS // 5, ROUNDS):
        await one_round(number)
    gc.collect()
    return resident() - before


def sessions() -> int:
    gc.collect()
    return sum(isinstance(thing, Session) for thing in gc.get_objects())


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux' /proc")
async def test_operations_that_come_and_go_leave_nothing_behind(door: Served) -> None:
    async with door.client() as client:
        tasks = len(asyncio.all_tasks())

        async def one_round(number: int) -> None:
            await client.subscribe(f"s{number}", CHANGES, variables={"only": f"only {number % 7}"})
            await client.send(id=f"s{number}", type="complete")
            if number % 50 == 49:
                await client.settled()

        grown = await growth(one_round)

        await client.settled()
        [session] = door.endpoint.sessions
        await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
        assert not session._operations
        assert door.world.hub.state.members == 0
        assert door.world.hub.state.groups <= 7
    assert grown < MOST_GROWTH_BYTES


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux' /proc")
async def test_connections_that_come_and_go_leave_nothing_behind(door: Served) -> None:
    tasks = len(asyncio.all_tasks())
    host, port = door.url.removeprefix("ws://").removesuffix("/graphql").split(":")
    init = masked(orjson.dumps({"type": "connection_init"}))
    subscribe = masked(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": "subscription{changes}"}}))

    async def one_round(number: int) -> None:
        """Half of the guests say goodbye; the other half just goes."""
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(HANDSHAKE.format(host=host).encode())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(init + subscribe)
        await reader.readuntil(b"connection_ack")
        if number % 2:
            writer.write(masked(b"\x03\xe8", 8))
        writer.close()
        await asyncio.sleep(0)

    grown = await growth(one_round)

    await eventually(lambda: not door.endpoint.sessions)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    await eventually(lambda: sessions() == 0)
    assert (door.world.hub.state.members, door.world.hub.state.sockets) == (0, 0)
    assert (door.endpoint._addresses, door.endpoint._principals) == ({}, {})
    assert grown < MOST_GROWTH_BYTES
