"""A hub on the real log that looks only when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.bell import Bell
from realtime.hub import Hub
from realtime.limits import HubLimits
from tests.conftest import Clock
from tests.realtime.world import Domain, World


@pytest.fixture
def limits() -> HubLimits:
    return HubLimits()


@pytest.fixture
async def world(database: BaseDBAsyncClient, redis_url: str, clock: Clock, limits: HubLimits) -> AsyncIterator[World]:
    """A hub that looks only when a test says so."""
    domain = Domain(database)
    bell = Bell(redis_url, "tests")
    hub = Hub(connection=domain.connection, bell=bell, handed=domain.handed, clock=clock, limits=limits)
    await hub.begin()
    yield World(database, hub, domain, clock)
    await hub.stop()
    await bell.close()
