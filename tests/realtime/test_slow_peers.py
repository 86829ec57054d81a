"""Peers that stop reading, die or leave: gone in time, alone, and without a trace."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import websockets

from api.websocket.ready_frames import text_frame
from api.websocket.session import Session
from api.websocket.websocket import SocketLimits
from api.websocket.writers import AsgiWriter
from models import Ticket
from tests.realtime.served import PLAIN, Client, QuickFrames, Served, served
from tests.realtime.world import World, eventually

pytestmark = pytest.mark.slow

EMPTY_PING = b"\x89\x80" + bytes(4)
IMPATIENT = SocketLimits(stall_seconds=2.0, close_seconds=0.2, last_words_seconds=0.3, buffered_bytes=1 << 18)


@pytest.fixture(params=[QuickFrames, PLAIN])
async def patient_door(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """A door that drops a peer for what lies unread, and long before its time is over."""
    limits = replace(IMPATIENT, stall_seconds=60.0)
    async with served(world, request.param, limits, ws_ping_interval=60.0, ws_ping_timeout=60.0) as door:
        yield door


@pytest.fixture(params=[QuickFrames, PLAIN])
async def door(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with served(world, request.param, IMPATIENT, ws_ping_interval=1.0, ws_ping_timeout=1.0) as door:
        yield door


@asynccontextmanager
async def stuck(door: Served, name: str = "stuck", **variables: Any) -> AsyncIterator[Client]:
    """A subscriber that was acknowledged, and then reads nothing any more, not even pings."""
    async with door.client(name, ping_interval=None, max_queue=1, close_timeout=0.1) as client:
        await client.subscribe(variables=variables)
        await client.settled()
        client.line.transport.pause_reading()
        yield client
        client.line.transport.abort()


async def burst(door: Served, ticket: Ticket, events: int, size: int) -> None:
    door.world.domain.padding = "p" * size
    for _ in range(events):
        await door.world.change(ticket)
    await door.world.hub.look()


def masked(text: bytes, head: int = 0x81) -> bytes:
    """A short frame of a client's; a mask of zeros changes nothing."""
    return bytes((head, 0x80 | len(text))) + bytes(4) + text


def frames_of(door: Served) -> list[QuickFrames]:
    """The server's side of every line."""
    return [session._output._frames for session in door.endpoint.sessions]  # type: ignore[union-attr, misc]


async def test_a_peer_that_stops_reading_is_dropped_and_delays_nobody(patient_door: Served) -> None:
    door = patient_door
    ticket = await door.world.ticket()
    async with stuck(door), door.client("reads", max_size=None) as reader:
        await reader.subscribe()
        await reader.settled()
        worst = 0.0
        for seq in range(1, 101):
            began = time.monotonic()
            await burst(door, ticket, 1, 100_000)
            assert (await reader.next())["payload"]["data"]["seq"] == seq
            worst = max(worst, time.monotonic() - began)

        await eventually(lambda: len(door.endpoint.sessions) == 1)
        assert worst < 30
        assert (door.world.hub.state.members, door.world.hub.state.sockets) == (1, 1)


async def test_a_buffer_is_looked_at_only_while_its_peer_is_behind(world: World) -> None:
    async with served(world, QuickFrames) as door, door.client("naps", max_size=None, max_queue=1) as client:
        await client.subscribe()
        await client.settled()
        [protocol] = frames_of(door)
        assert protocol.writer.put == protocol.transport.write

        client.line.transport.pause_reading()
        await burst(door, await world.ticket(), 1, 16 << 20)
        assert protocol.writer.put == protocol.write_frame

        client.line.transport.resume_reading()
        await eventually(lambda: protocol.writer.put == protocol.transport.write)


@pytest.mark.parametrize(
    "end",
    [
        lambda protocol: protocol.data_received(b"\x83\x80" + bytes(4)),  # a kind of frame that does not exist
        lambda protocol: protocol.data_received(b"\x88\x80" + bytes(4)),  # the peer's own close
        lambda protocol: (protocol.eof_received(), protocol.transport.close()),
        lambda protocol: protocol.keepalive_timeout(),
        lambda protocol: protocol.shutdown(),
        lambda protocol: protocol.connection_lost(None),
    ],
    ids=["bad frame", "close frame", "end of stream", "no answer to a ping", "server stops", "line lost"],
)
async def test_nothing_is_written_after_the_end_has_begun(world: World, end: Callable[[QuickFrames], Any]) -> None:
    async with served(world, QuickFrames) as door, door.client("watches") as client:
        await client.subscribe()
        await client.settled()
        [protocol] = frames_of(door)
        ticket = await world.ticket()
        await world.change(ticket)

        end(protocol)  # and before its session hears of it:
        assert protocol.writer.put(text_frame(b"late")) is False
        assert protocol.write_frame(text_frame(b"late")) is False
        protocol.resume_writing()
        assert protocol.writer.put(text_frame(b"late")) is False

        with pytest.raises(websockets.ConnectionClosed):
            await client.next()
        await eventually(lambda: not door.endpoint.sessions)


class HastyFrames(QuickFrames):
    """Whose pings end nothing, so that what ends a line is its own end."""

    ping_seconds = 60.0
    last_words_seconds = 0.3


@pytest.mark.parametrize(
    "end",
    [
        lambda client, session: client.line.transport.write(masked(b"", 0x88)),
        lambda client, session: client.line.transport.write(masked(b"", 0x83)),
        lambda client, session: client.line.transport.write(masked(b"\xff\xff\xff")),
        lambda client, session: client.line.transport.write_eof(),
        lambda client, session: session.revoke(),
        lambda client, session: session.give_up(),
        lambda client, session: session._output._frames.shutdown(),
        lambda client, session: session._output._frames.transport.close(),
    ],
    ids=["close frame", "bad frame", "bad text", "end of stream", "revoked", "given up", "server stops", "closed"],
)
async def test_every_end_of_a_line_is_an_end_though_its_peer_never_reads(
    world: World, end: Callable[[Client, Session], Any]
) -> None:
    limits = SocketLimits(last_words_seconds=0.3, close_seconds=0.1)
    async with served(world, HastyFrames, limits) as door, stuck(door) as client:
        [protocol], [session] = frames_of(door), door.endpoint.sessions
        await burst(door, await world.ticket(), 1, 16 << 20)
        assert protocol.transport.get_write_buffer_size() > 0

        end(client, session)

        await eventually(lambda: protocol.disconnected)
        await eventually(lambda: not door.endpoint.sessions)
        assert world.hub.state.members == 0


async def test_a_write_to_a_line_that_was_cut_just_then_is_none(world: World) -> None:
    async with served(world, HastyFrames) as door, door.client("watches") as client:
        await client.settled()
        [protocol] = frames_of(door)
        gone = CutTransport(protocol.transport)
        protocol.transport = gone  # type: ignore[assignment]

        assert protocol.write_frame(text_frame(b"late")) is False
        assert protocol.write_frames([text_frame(b"late")]) is False
        assert (gone.wrote, protocol.ending) == (1, True)
        await eventually(lambda: not door.endpoint.sessions)


class CutTransport:
    """What uvloop says of a line that its peer has reset, until it tells the protocol."""

    def __init__(self, under: Any) -> None:
        self.under = under
        self.wrote = 0

    def write(self, data: bytes) -> None:
        self.wrote += 1
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.under, name)


async def test_a_peer_that_leaves_a_little_unread_is_aborted_by_the_pings(world: World) -> None:
    async with served(world, QuickFrames) as door, stuck(door):
        ticket = await world.ticket()
        [protocol] = frames_of(door)
        await burst(door, ticket, 1, 16 << 20)
        assert protocol.transport.get_write_buffer_size() > 0

        await eventually(lambda: not door.endpoint.sessions)
        assert world.hub.state.members == 0


async def test_a_peer_that_pings_and_reads_no_answer_is_aborted(world: World) -> None:
    async with served(world, QuickFrames) as door, stuck(door):
        [protocol] = frames_of(door)
        await burst(door, await world.ticket(), 1, 16 << 20)
        assert protocol.transport.get_write_buffer_size() > protocol.most_buffered_bytes

        protocol.data_received(EMPTY_PING)

        assert protocol.transport.is_closing()
        await eventually(lambda: not door.endpoint.sessions)


async def test_a_flood_of_tiny_frames_leaves_turns_of_the_loop_to_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(world, QuickFrames) as door, door.client("floods", max_size=None, ping_interval=None) as client:
        [protocol] = frames_of(door)
        parsed: list[int] = []
        parse = protocol.conn.receive_data
        monkeypatch.setattr(protocol.conn, "receive_data", lambda data: (parsed.append(len(data)), parse(data)))
        flood = masked(b'{"type":"ping"}') * 1_000

        protocol.data_received(flood[:20_000])
        protocol.data_received(flood[20_000:])  # of a read that was under way
        assert (parsed, protocol.transport.is_reading()) == ([], False)
        for turn in range(1, 4):
            await asyncio.sleep(0)
            assert parsed == [protocol.most_at_once] * turn

        for _ in range(1_000):
            assert await client.next() == {"type": "pong"}
        assert sum(parsed) == len(flood)
        await client.settled()


async def test_a_long_message_arrives_whole_and_in_its_turn(world: World) -> None:
    async with served(world, QuickFrames) as door, door.client("writes") as client:
        for id_ in ("1", "2"):
            await client.subscribe(id_, "{ ping }" + " " * 60_000)
        await client.send(type="ping")

        answers = [await client.next() for _ in range(5)]
    assert [answer["type"] for answer in answers if "id" not in answer] == ["pong"]
    assert [answer["id"] for answer in answers if "id" in answer] == ["1", "1", "2", "2"]


async def test_a_peer_that_dies_in_the_middle_of_its_flood_leaves_nothing(world: World) -> None:
    async with served(world, QuickFrames) as door, door.client("floods") as client:
        [protocol] = frames_of(door)
        protocol.data_received(masked(b'{"type":"ping"}') * 1_000)
        client.line.transport.abort()

        await eventually(lambda: not door.endpoint.sessions)
        await eventually(lambda: protocol.rest is None)


async def test_a_message_in_endlessly_many_pieces_is_refused(world: World) -> None:
    async with served(world, QuickFrames) as door, door.client("tears") as client:
        [protocol] = frames_of(door)
        piece = b"\x00\x80" + bytes(4)

        client.line.transport.write(masked(b"", 0x01) + piece * (protocol.most_fragments - 1))
        await eventually(lambda: len(protocol.frames) == protocol.most_fragments)
        client.line.transport.write(piece * 2_000)

        assert await client.closed() == (1009, "too many fragments")
    assert len(protocol.frames) <= protocol.most_fragments


async def test_a_silent_peer_is_noticed_by_pings(door: Served) -> None:
    async with door.client("half open", ping_interval=None) as client:
        await client.subscribe()
        await client.settled()
        client.line.transport.pause_reading()

        await eventually(lambda: not door.endpoint.sessions)
        assert door.world.hub.state.sockets == 0
        client.line.transport.abort()


@pytest.mark.parametrize("in_pieces", [False, True])
async def test_a_peer_that_answers_pings_stays(world: World, in_pieces: bool) -> None:
    async with served(world, QuickFrames) as door, door.client("patient", ping_interval=None) as client:
        [protocol] = frames_of(door)
        took = protocol.data_received
        if in_pieces:  # an answer need not come whole and alone

            def take_in_pieces(data: bytes) -> None:
                for at in range(0, len(data), 3):
                    took(data[at : at + 3])

            protocol.data_received = take_in_pieces  # type: ignore[method-assign]
            protocol.transport.set_protocol(protocol)

        await asyncio.sleep(3 * QuickFrames.ping_seconds)

        await client.settled()
        assert len(door.endpoint.sessions) == 1


async def test_a_wrong_answer_to_a_ping_is_none(world: World) -> None:
    async with served(world, QuickFrames) as door, door.client("liar", ping_interval=None) as client:
        right = client.line.protocol.send_frame
        client.line.protocol.send_frame = lambda frame: right(replace(frame, data=b"else"))

        await eventually(lambda: not door.endpoint.sessions)


async def test_a_peer_that_stops_reading_its_replay_is_dropped(door: Served) -> None:
    ticket = await door.world.ticket()
    await burst(door, ticket, 100, 100_000)
    await door.world.hub.begin()
    async with door.client("stuck", ping_interval=None, max_queue=1, close_timeout=0.1) as client:
        client.line.transport.pause_reading()
        await client.subscribe(variables={"after": 0})

        await eventually(lambda: not door.endpoint.sessions)
        assert door.world.hub.state.members == 0
        client.line.transport.abort()


async def test_a_replay_larger_than_the_buffer_reaches_a_peer_that_reads(door: Served) -> None:
    ticket = await door.world.ticket()
    await burst(door, ticket, 100, 20_000)
    await door.world.hub.begin()
    async with door.client("reads", max_size=None) as client:
        await client.subscribe(variables={"after": 0})

        assert [(await client.next())["payload"]["data"]["seq"] for _ in range(100)] == list(range(1, 101))


async def test_many_replays_on_one_line_take_turns_and_reach_a_peer_that_reads(door: Served) -> None:
    ticket = await door.world.ticket()
    await burst(door, ticket, 50, 20_000)
    await door.world.hub.begin()
    seen: dict[str, list[int]] = {str(number): [] for number in range(10)}
    async with door.client("reads", max_size=None) as client:
        for protocol in frames_of(door) if door.framed else ():  # what lies in the system's own buffer is not counted
            protocol.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for id_ in seen:
            await client.subscribe(id_, variables={"after": 0})
        for _ in range(10 * 50):
            message = await client.next()
            seen[message["id"]].append(message["payload"]["data"]["seq"])

    assert all(seqs == list(range(1, 51)) for seqs in seen.values())


async def test_a_stuck_peer_can_be_closed(door: Served) -> None:
    ticket = await door.world.ticket()
    async with stuck(door):
        await burst(door, ticket, 2, 100_000)
        [session] = door.endpoint.sessions

        session.revoke()

        await eventually(lambda: not door.endpoint.sessions)
        assert door.world.hub.state.members == 0


async def test_peers_that_come_and_go_leave_nothing_behind(door: Served) -> None:
    tasks = len(asyncio.all_tasks())
    ticket = await door.world.ticket()
    for number in range(10):
        async with door.client(f"guest {number}") as guest:
            await guest.subscribe(variables={"after": 0})
            await guest.subscribe("2", "{ wait }")
            await guest.settled_after(number)
            await burst(door, ticket, 1, 10)

    await eventually(lambda: not door.endpoint.sessions)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    await eventually(lambda: gc.collect() >= 0 and not any(isinstance(thing, Session) for thing in gc.get_objects()))
    assert (door.world.hub.state.members, door.world.hub.state.sockets) == (0, 0)


async def test_what_waits_on_a_plain_line_is_counted_in_bytes() -> None:
    never = asyncio.Event()
    lost: list[str] = []

    async def send(message: Any) -> None:
        await never.wait()

    line = AsgiWriter(send, stall_seconds=60, most_bytes=10, lost=lambda: lost.append("lost"))
    wrote = [line.put("é" * 3), line.put("é" * 3), line.put("a")]
    line.stop()

    assert (wrote, lost) == ([True, True, False], ["lost"])
