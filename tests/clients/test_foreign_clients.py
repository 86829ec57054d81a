"""Clients as their authors publish them: one case from intake to work, watched over a line that breaks in between."""

import pytest

from tests.clients.node import Node
from tests.clients.town import Town

MOVES = [
    "null RECEIVED 1",
    "RECEIVED VERIFIED 2",
    "VERIFIED DISPATCHED 3",
    "DISPATCHED IN_PROGRESS 4",
]


@pytest.mark.slow
@pytest.mark.parametrize("client", ["graphql-ws", "apollo", "urql"])
async def test_a_published_client_misses_and_doubles_nothing_over_a_broken_line(
    node: Node, town: Town, client: str
) -> None:
    token = town.tokens["coordinator"]

    report = await node.run("clients/run.ts", client, town.graphql, town.ws, SURGA_TOKEN=token)

    assert report["viewer"] == "Koordinator Uji"
    assert report["refusal"] == "VersionConflict"
    assert report["moves"] == MOVES
    assert len(set(report["cursors"])) == len(MOVES)


@pytest.mark.slow
async def test_passes_every_audit_of_graphql_over_http(node: Node, town: Town) -> None:
    report = await node.run("clients/http-audit.ts", town.graphql)

    assert report == {"passed": 61, "failed": []}
