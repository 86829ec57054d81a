"""Thousands of operations that nobody would write, as anonymous, partner and officer: every answer is a sound one."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from graphql import build_client_schema, build_schema, get_introspection_query, print_schema
from hypothesis import given

from api.settings import Settings
from models import Agency
from models.enums import TicketStatus
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.api.partner_desk import make_partner
from tests.clients.town import Town, served_town
from tests.factories import make_ticket
from tests.fuzz.calls import Known, bounds, documents, operations
from tests.fuzz.expected import ERRORS, REFUSALS
from tests.root import ROOT

pytestmark = pytest.mark.slow
SDL = (ROOT / "schema" / "schema.graphql").read_text()
SLOW = {"BUSY", "TIMEOUT"}  # what a machine says that has too much to do
JSON = {"content-type": "application/json"}
LIST = "{ tickets(first: 2) { feedCursor pageInfo { endCursor } edges { node { number } } } }"


@dataclass
class Findings:
    """What the answers held."""

    asked: int = 0
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    unsound: list[str] = field(default_factory=list)


@pytest.fixture
async def town(desk: Desk, settings: Settings) -> AsyncIterator[Town]:
    wide = settings.model_copy(update={"submissions_per_address": "100000/hour"})
    async with served_town(desk, wide) as town:
        yield town


async def prepared(town: Town, desk: Desk) -> tuple[Known, dict[str, str | None]]:
    """A few tickets, and a token for each caller."""
    roads = await Agency.get(code="dpupr")
    person = {"name": "Siti Aminah", "phone": "+62812086237590"}
    states = (TicketStatus.RECEIVED, TicketStatus.DISPATCHED, TicketStatus.IN_PROGRESS, TicketStatus.ANSWERED)
    tickets = [await make_ticket(status, lead=roads, reporter=person) for status in states]
    _, partner = await make_partner(desk, "Kota Cerdas")
    page = (await town.post(town.tokens["coordinator"], LIST, {}))["data"]["tickets"]
    ids = [node_id("Ticket", ticket.id) for ticket in tickets]
    ids += [node_id(kind, 1) for kind in ("Agency", "Officer", "Answer", "TimelineEntry", "Partner", "Display")]
    words = {
        "number": [ticket.number for ticket in tickets],
        "leadAgencyCode": ["dpupr", "diskominfo"],
        "agencyCode": ["dpupr"],
        "categoryCode": ["jalan-rusak", "infrastruktur"],
        "areaCode": ["35.71.01.1001"],
    }
    known = Known(ids, [page["feedCursor"], page["pageInfo"]["endCursor"]], words)
    return known, {"anonymous": None, "partner": partner, "officer": town.tokens["officer"]}


def judged(who: str, answer: httpx.Response, document: str, found: Findings) -> None:
    """Note the codes of one answer, and whatever must never be in one."""
    found.asked += 1
    try:
        body = json.loads(answer.content)
    except ValueError:
        found.unsound.append(f"{who}: no JSON, {answer.status_code}: {document}")
        return
    codes = [error.get("extensions", {}).get("code", "none") for error in body.get("errors", ())]
    found.errors.update((who, code) for code in codes)
    found.refusals.update(typed(body.get("data")))
    broken = answer.status_code >= 500 and not set(codes) <= SLOW
    if broken or "INTERNAL" in codes or "Traceback" in answer.text:
        found.unsound.append(f"{who}: {answer.status_code} {codes}: {document}")


def typed(data: Any) -> Iterator[str]:
    """The codes of the typed errors of payloads."""
    for payload in (data or {}).values():
        for error in payload.get("typedErrors") or () if isinstance(payload, dict) else ():
            yield error["code"]


def fuzzed(url: str, known: Known, callers: dict[str, str | None], sdl: str, examples: int) -> Findings:
    """Ask every operation of a schema as each of these callers."""
    found, schema = Findings(), build_schema(sdl, assume_valid=True)
    with ExitStack() as stack:
        clients = {who: stack.enter_context(client(token)) for who, token in callers.items()}
        for operation in operations(sdl):

            @bounds(examples)
            @given(document=documents(operation, schema, known))
            def ask(document: str) -> None:
                for who, line in clients.items():
                    judged(who, line.post(url, content=json.dumps({"query": document}), headers=JSON), document, found)

            ask()
    return found


def client(token: str | None) -> httpx.Client:
    """A client that comes with this token, or with none."""
    return httpx.Client(headers={"authorization": f"Bearer {token}"} if token else {}, timeout=120)


def require_sound(found: Findings) -> None:
    """Nothing broke, and no refusal was met that nobody has reviewed."""
    assert found.unsound == []
    assert {(who, code) for who, code in found.errors if code not in ERRORS[who].keys() | SLOW} == set()
    if unreviewed := sorted(set(found.refusals) - REFUSALS):
        pytest.fail(f"nobody has reviewed {', '.join(unreviewed)}")


@pytest.mark.slow(seconds=20)
async def test_every_operation_is_answered_soundly_whatever_it_asks(town: Town, desk: Desk) -> None:
    known, tokens = await prepared(town, desk)

    found = await asyncio.to_thread(fuzzed, town.graphql, known, tokens, SDL, 3)

    require_sound(found)
    assert found.asked >= 400
    assert {"NOT_FOUND", "VERSION_CONFLICT"} <= set(found.refusals)


async def test_the_whole_contract_of_a_partner_is_answered_soundly(town: Town, desk: Desk) -> None:
    known, tokens = await prepared(town, desk)
    described = (await town.post(tokens["partner"], get_introspection_query(), {}))["data"]

    found = await asyncio.to_thread(
        fuzzed, town.graphql, known, {"partner": tokens["partner"]}, print_schema(build_client_schema(described)), 8
    )

    require_sound(found)
    assert found.asked >= 50
