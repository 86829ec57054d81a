"""The Node of the wheel, for the clients and the browser that npm publishes."""

import pytest

from tests.clients.node import WEB, Node


@pytest.fixture(scope="session")
def node() -> Node:
    """The Node of the wheel, in the web workspace as `make web` installed it."""
    assert (WEB / "node_modules").is_dir(), "run `make web` first"
    return Node(WEB)
