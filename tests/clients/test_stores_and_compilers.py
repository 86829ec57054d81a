"""Stores and compilers as their authors publish them warn of nothing in our schema, our documents and our files."""

from pathlib import Path

import pytest

from models import Agency
from models.enums import TicketStatus
from tests.clients import documents
from tests.clients.node import Node
from tests.clients.town import Town
from tests.factories import make_ticket

pytestmark = pytest.mark.slow

DEVELOPMENT = ("--conditions=development", "clients/stores.ts")


@pytest.mark.parametrize("store", ["apollo", "urql"])
async def test_a_store_with_the_published_files_and_persisted_queries_warns_of_nothing(
    node: Node, town: Town, store: str
) -> None:
    roads = await Agency.get(code="dpupr")
    for status in (TicketStatus.RECEIVED, TicketStatus.RECEIVED, TicketStatus.IN_PROGRESS, TicketStatus.IN_PROGRESS):
        await make_ticket(
            status, lead=None if status is TicketStatus.RECEIVED else roads, kelurahan_code="35.71.01.1001"
        )

    report = await node.run(*DEVELOPMENT, store, town.graphql, SURGA_TOKEN=town.tokens["coordinator"])

    assert report == {
        # One walk has one place in the log; a version of the past is refused, whichever way hashes are sent.
        "worked": [{"places": 1, "moved": True, "refused": "VersionConflict"}] * 2,
        "said": [],
        "hashes": 2,
        "texts": True,
    }


async def test_relays_compiler_takes_every_document_and_knows_what_is_null_only_beside_an_error(
    node: Node, tmp_path: Path
) -> None:
    report = await node.run("clients/relay.ts", str(tmp_path))

    assert report == {"code": 0, "complaints": [], "viewer": "not null", "ticket": " | null | undefined"}


async def test_strict_types_are_generated_of_every_document(node: Node, tmp_path: Path) -> None:
    report = await node.run("clients/codegen.ts", str(tmp_path))

    assert report == {"said": [], "complaints": [], "operations": len(documents.NAMES)}
