"""What an idle connection holds, and that what it shares or lacks changes nothing of how it behaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from api.websocket.frames import FrameProtocol
from api.websocket.idle import OPEN, Received
from bench.fanout_clients import handshake


class Line(asyncio.Transport):
    """A transport that keeps what was written, and is never full by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def close(self) -> None: ...


async def connected() -> FrameProtocol:
    """A connection after its handshake, whose application waits for messages."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = uvicorn.Config(application, lifespan="off", log_config=None, ws_per_message_deflate=False)
    config.load()
    protocol, line = FrameProtocol(config, ServerState(), {}), Line()
    protocol.connection_made(line)
    protocol.data_received(handshake(80, "/graphql"))
    while not protocol.handshake_complete:  # noqa: ASYNC110 - a turn of the loop for each step of the application
        await asyncio.sleep(0)
    assert line.written.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n" in line.written
    return protocol


async def ended(*protocols: FrameProtocol) -> None:
    for protocol in protocols:
        protocol.connection_lost(None)
    await asyncio.gather(*(task for protocol in protocols for task in tuple(protocol.tasks)))


async def test_an_idle_connection_keeps_neither_its_handshake_nor_a_dict_of_its_own() -> None:
    protocol = await connected()

    assert list(protocol.request.headers.raw_items()) == list(protocol.response.headers.raw_items()) == []
    assert (b"Upgrade", b"websocket") in protocol.scope["headers"]  # the application has a copy of its own
    assert isinstance(protocol.queue, Received)
    assert protocol.writable is OPEN
    assert len(vars(protocol)) <= 30  # more, and Python shares no keys between connections
    await ended(protocol)


async def test_a_peer_that_does_not_read_holds_up_its_own_connection_alone() -> None:
    slow, quick = await connected(), await connected()

    slow.pause_writing()
    waiting = asyncio.ensure_future(slow.drained())
    await asyncio.sleep(0)

    assert quick.writable.is_set()
    assert not waiting.done()

    slow.resume_writing()
    async with asyncio.timeout(60):
        await waiting
        await slow.drained()

    assert slow.writable is OPEN
    await ended(slow, quick)


async def test_who_waits_for_a_peer_that_is_gone_goes_on() -> None:
    protocol = await connected()
    protocol.pause_writing()
    waiting = asyncio.ensure_future(protocol.drained())
    await asyncio.sleep(0)

    await ended(protocol)

    await waiting
    assert OPEN.is_set()


def message(text: str) -> Any:
    return {"type": "websocket.receive", "text": text}


async def test_received_messages_come_in_their_order() -> None:
    received = Received()
    waiting = asyncio.ensure_future(received.get())
    await asyncio.sleep(0)

    for text in "abc":
        received.put_nowait(message(text))

    assert [(await waiting)["text"], (await received.get())["text"], (await received.get())["text"]] == ["a", "b", "c"]  # type: ignore[typeddict-item]
    assert received.empty()


@pytest.mark.parametrize("came_first", [False, True])
async def test_a_reader_that_is_cancelled_loses_no_message(came_first: bool) -> None:
    received = Received()
    waiting = asyncio.ensure_future(received.get())
    await asyncio.sleep(0)

    if came_first:
        received.put_nowait(message("a"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not came_first:
        received.put_nowait(message("a"))

    assert await received.get() == message("a")
