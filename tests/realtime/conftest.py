"""A hub on the real log that looks only when a test says so, and sockets on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from api.websocket.websocket import SocketLimits
from realtime.bell import Bell
from realtime.hub import Hub
from realtime.limits import HubLimits
from tests.conftest import PATIENT, Clock
from tests.realtime.served import FRAMES, PLAIN, Served, served
from tests.realtime.world import Domain, World


@pytest.fixture
def limits() -> HubLimits:
    return HubLimits()


@pytest.fixture
async def world(database: BaseDBAsyncClient, redis_url: str, clock: Clock, limits: HubLimits) -> AsyncIterator[World]:
    """A hub that looks only when a test says so."""
    domain = Domain(database)
    bell = Bell(redis_url, "tests", PATIENT)
    hub = Hub(database=domain.connection, bell=bell, callbacks=domain.callbacks, clock=clock, limits=limits)
    await hub.begin()
    yield World(database, hub, domain, clock)
    await hub.stop()
    await bell.close()


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
