"""What clients need: the Node of the wheel, and a desk that is really served."""

from collections.abc import AsyncIterator

import pytest

from api.settings import Settings
from services.core.desk import Desk
from tests.clients.node import WEB, Node
from tests.clients.town import Town, served_town


@pytest.fixture(scope="session")
def node() -> Node:
    """The Node of the wheel, in the web workspace as `make web` installed it."""
    assert (WEB / "node_modules").is_dir(), "run `make web` first"
    return Node(WEB)


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    """A small town, served on a free loopback port."""
    async with served_town(desk, settings) as town:
        yield town
