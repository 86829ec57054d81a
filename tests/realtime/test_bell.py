"""The bell: heard at once while Redis lives, never in anyone's way while it does not."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from api.embedded.valkey import running_valkey
from realtime.bell import Bell, BellLimits
from realtime.cancellation import ended
from realtime.homes import HighWaterMark
from realtime.hub import Hub
from tests.conftest import PATIENT, Clock
from tests.realtime.world import Domain, World, eventually
from tests.scratch import SCRATCH

pytestmark = pytest.mark.slow

QUICK = BellLimits(silence_before_ping=0.2, pong=0.2, longest_pause=0.1)
TALKATIVE = BellLimits(silence_before_ping=0.2, pong=30, longest_pause=0.1)


class Ear:
    """Counts what a bell says."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self.heard = 0
        self.task = asyncio.create_task(bell.listen(self.hear))

    def hear(self) -> None:
        self.heard += 1

    async def close(self) -> None:
        await ended([self.task])
        await self.bell.close()


class Server:
    """A Valkey of the test's own, which may die and come back under the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        self.url = self._running.enter_context(running_valkey(self._folder, self._folder))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="surga-test-", dir=SCRATCH)))
        server = Server(folder)
        server.start()
        stack.callback(server.stop)
        yield server


@pytest.fixture
async def ear(redis_url: str) -> AsyncIterator[Ear]:
    ear = Ear(Bell(redis_url, "epoch", TALKATIVE))
    await eventually(lambda: ear.bell.live)
    yield ear
    await ear.close()


async def test_is_heard_by_those_who_listen(ear: Ear, redis_url: str) -> None:
    other = Bell(redis_url, "epoch", PATIENT)
    heard = ear.heard

    await other.ring(7)
    await eventually(lambda: ear.heard == heard + 1)

    await other.close()


async def test_is_not_heard_in_another_log_on_the_same_redis(ear: Ear, redis_url: str) -> None:
    other = Bell(redis_url, "another epoch", PATIENT)
    heard = ear.heard

    await other.ring(7)
    await ear.bell.ring(8)
    await eventually(lambda: ear.heard > heard)

    assert ear.heard == heard + 1
    await other.close()


async def test_follows_its_log_into_another_epoch_and_still_hears_who_does_not_know_of_it_yet(
    ear: Ear, redis_url: str
) -> None:
    new, old = Bell(redis_url, "another epoch", PATIENT), Bell(redis_url, "epoch", PATIENT)

    ear.bell.follow("another epoch")
    assert not ear.bell.live
    await eventually(lambda: ear.bell.live)
    for ringing in (new, old):
        heard = ear.heard
        await ringing.ring(7)
        await eventually(lambda heard=heard: ear.heard == heard + 1)

    await new.close()
    await old.close()


async def test_what_rang_while_it_was_on_its_way_to_another_epoch_is_not_lost(ear: Ear, redis_url: str) -> None:
    new = Bell(redis_url, "another epoch", PATIENT)
    heard = ear.heard

    ear.bell.follow("another epoch")
    await new.ring(7)
    await eventually(lambda: ear.bell.live)

    assert ear.heard > heard
    assert ear.bell.connections == 2
    await new.close()


async def test_each_ring_leaves_a_mark_that_never_falls(redis_url: str) -> None:
    bell, other = Bell(redis_url, "epoch", PATIENT), Bell(redis_url, "another epoch", PATIENT)
    assert await bell.high_water_mark() == HighWaterMark("epoch", 0)

    for seq in (7, 12, 9):
        await bell.ring(seq)
    await other.ring(40)

    assert (await bell.high_water_mark(), await other.high_water_mark()) == (
        HighWaterMark("epoch", 12),
        HighWaterMark("another epoch", 40),
    )
    await bell.close()
    await other.close()


async def test_who_comes_to_listen_learns_how_far_the_log_had_come(redis_url: str) -> None:
    bell = Bell(redis_url, "epoch", PATIENT)
    await bell.ring(12)

    ear = Ear(Bell(redis_url, "epoch", TALKATIVE))
    await eventually(lambda: ear.bell.live)

    assert ear.bell.marked == HighWaterMark("epoch", 12)
    await ear.close()
    await bell.close()


async def test_a_call_leaves_no_mark(ear: Ear, redis_url: str) -> None:
    bell = Bell(redis_url, "epoch", PATIENT)
    heard = ear.heard

    await bell.call()
    await eventually(lambda: ear.heard == heard + 1)

    assert await bell.high_water_mark() == HighWaterMark("epoch", 0)
    await bell.close()


async def test_carries_a_number_and_nothing_else(redis_url: str) -> None:
    bell = Bell(redis_url, "epoch", PATIENT)
    async with Redis.from_url(redis_url) as client, client.pubsub() as line:
        await line.subscribe("surga:epoch")
        await line.get_message(timeout=60)
        await bell.ring(42)

        message = await line.get_message(timeout=60)

    assert message is not None
    assert message["data"] == b"42"
    await bell.close()


async def test_every_new_connection_counts_as_a_ring(ear: Ear, redis_url: str) -> None:
    for number in range(2, 5):
        heard = ear.heard
        async with Redis.from_url(redis_url) as client:
            await client.client_kill_filter(_type="pubsub")
        await eventually(lambda number=number: ear.bell.live and ear.bell.connections == number)

        assert ear.heard > heard


async def test_a_silent_line_is_pinged_and_stays(ear: Ear) -> None:
    await asyncio.sleep(0.6)

    assert (ear.bell.live, ear.bell.connections) == (True, 1)


async def test_a_half_open_line_is_noticed(server: Server) -> None:
    silent = await asyncio.start_server(handshake_and_silence, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    ear = Ear(Bell(f"redis://127.0.0.1:{port}/0", "epoch", QUICK))

    await eventually(lambda: ear.bell.live)
    await eventually(lambda: ear.heard >= 3)

    await ear.close()
    silent.close()


async def handshake_and_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that confirms everything up to the subscription, and then says nothing any more."""
    while chunk := await reader.read(4096):
        commands = chunk.upper()
        writer.write(b"+OK\r\n" * commands.count(b"CLIENT\r\n"))
        if b"SUBSCRIBE\r\n" in commands:
            writer.write(b"*3\r\n$9\r\nsubscribe\r\n$11\r\nsurga:epoch\r\n:1\r\n")
    writer.close()


async def test_a_dead_redis_delays_nobody_and_is_found_again(server: Server) -> None:
    ear = Ear(Bell(server.url, "epoch", QUICK))
    await eventually(lambda: ear.bell.live)

    server.stop()
    await eventually(lambda: not ear.bell.live)
    for seq in range(100):
        await ear.bell.ring(seq)
    assert ear.bell.failed_rings == 1  # the others did not even try

    server.start()
    await eventually(lambda: ear.bell.live)
    heard = ear.heard
    await asyncio.sleep(QUICK.rest_after_failure)
    await ear.bell.ring(101)
    await eventually(lambda: ear.heard > heard)
    await ear.close()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that accepts a connection and hangs."""
    while await reader.read(4096):
        pass
    writer.close()


async def test_a_redis_that_hangs_costs_a_ring_no_more_than_its_limit() -> None:
    hanging = await asyncio.start_server(silence, "127.0.0.1", 0)
    bell = Bell(f"redis://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/0", "epoch")

    async with asyncio.timeout(60):
        await bell.ring(1)

    assert bell.failed_rings == 1
    await bell.close()
    hanging.close()


async def test_a_hub_without_redis_looks_by_itself_and_says_so(world: World, server: Server, clock: Clock) -> None:
    domain = Domain(world.database)
    bell = Bell(server.url, "epoch", QUICK)
    hub = Hub(database=lambda: world.database, bell=bell, callbacks=domain.callbacks, clock=clock)
    await hub.start()
    await eventually(lambda: hub.state.bus == "LIVE")
    ticket = await world.ticket()

    server.stop()
    await eventually(lambda: hub.state.bus == "POLLING")
    await world.change(ticket)
    await eventually(lambda: hub.state.position == 1)

    server.start()
    await eventually(lambda: hub.state.bus == "LIVE")
    await bell.ring(1)
    await asyncio.sleep(QUICK.rest_after_failure)
    looks = hub.state.looks
    await world.change(ticket)
    await bell.ring(2)
    await eventually(lambda: hub.state.position == 2)
    assert hub.state.looks > looks
    await hub.stop()
    await bell.close()
