"""Refusals and uses of tokens at the edge: one row per principal and minute, whatever door they came by."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.http.device_grant import CLIENT, DEVICE_CODE
from api.security.audit_counts import AuditCounts
from api.settings import Settings
from models import AuditEntry
from models.enums import PrincipalKind, Role
from services.access.scopes import Scope
from services.audit.counts import flush, settle
from services.core.desk import Desk
from services.credentials import credentials
from tests.clients.town import served
from tests.factories import make_agency, make_scope, make_ticket

ME = "{ viewer { kind } }"
TICKETS = "{ tickets(first: 1) { totalCount } }"
PARTNERS = "{ partners { name } }"
REVEAL = """mutation ($id: ID!) { revealReporter(input: {id: $id, reason: "Perlu dihubungi."}) { errors { code } } }"""
SUBPROTOCOL = "graphql-transport-ws"


@pytest.fixture
async def place(desk: Desk, settings: Settings) -> AsyncIterator[str]:
    async with served(desk, settings) as place:
        yield place


@pytest.fixture
async def leader(desk: Desk) -> tuple[Scope, str]:
    scope = await make_scope(Role.LEADER, await make_agency("diskominfo"))
    issued = await credentials.issue(desk, PrincipalKind.STAFF, name="uji", officer_id=scope.officer_id)
    return scope, issued.token


async def ask(place: str, query: str, token: str | None = None, **headers: str) -> httpx.Response:
    given = {**headers, **({} if token is None else {"authorization": f"Bearer {token}"})}
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.post(f"http://{place}/graphql", json={"query": query}, headers=given)


async def counted(desk: Desk) -> list[tuple[str, str, int]]:
    """What stands in the audit log once the minute is over."""
    await flush(desk)
    later = desk.at(desk.now() + timedelta(minutes=2))
    await settle(later)
    rows: list[tuple[Any, ...]] = await AuditEntry.all().order_by("id").values_list("kind", "principal", "count")
    return [(str(kind), who, count) for kind, who, count in rows]


def stranger(desk: Desk) -> str:
    return f"address:{desk.keys.address_hash('127.0.0.1')}"


async def test_uses_of_a_token_are_one_row(desk: Desk, place: str, leader: tuple[Scope, str]) -> None:
    scope, token = leader
    for _ in range(3):
        await ask(place, ME, token)
    await ask(place, ME)

    assert await counted(desk) == [("TOKEN_USED", scope.principal, 3)]


async def test_wrong_tokens_are_counted_by_their_address(desk: Desk, place: str) -> None:
    for token in ("srg_" + "x" * 43, "nonsense"):
        assert (await ask(place, ME, token)).status_code == 401
    await ask(place, TICKETS)  # without a token

    assert await counted(desk) == [("REFUSED", stranger(desk), 3)]


async def test_refused_queries_and_mutations_are_counted_by_their_caller(
    desk: Desk, place: str, leader: tuple[Scope, str]
) -> None:
    scope, token = leader
    ticket = await make_ticket(anonymous=True)
    await ask(place, PARTNERS, token)
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
        body = {"query": REVEAL, "variables": {"id": await node(place, token, ticket.number)}}
        await client.post(f"http://{place}/graphql", json=body)

    assert await counted(desk) == [("REFUSED", scope.principal, 2), ("TOKEN_USED", scope.principal, 3)]


async def node(place: str, token: str, number: str) -> str:
    found: str = (await ask(place, f'{{ ticket(number: "{number}") {{ id }} }}', token)).json()["data"]["ticket"]["id"]
    return found


async def test_mistakes_are_no_refusals(desk: Desk, place: str, leader: tuple[Scope, str]) -> None:
    scope, token = leader
    await ask(place, "{ nothing }", token)
    await ask(place, "{ tickets(first: 1000) { totalCount } }", token)

    assert await counted(desk) == [("TOKEN_USED", scope.principal, 2)]


async def test_other_hosts_are_counted(desk: Desk, place: str) -> None:
    assert (await ask(place, ME, host="evil.example")).status_code == 421

    assert await counted(desk) == [("REFUSED", stranger(desk), 1)]


async def test_screens_without_a_good_grant_are_counted(desk: Desk, place: str) -> None:
    form = {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": "wrong"}
    async with httpx.AsyncClient(base_url=f"http://{place}/oauth", timeout=60) as client:
        codes = (await client.post("/device_authorization", data={"client_id": CLIENT, "scope": "board:kota"})).json()
        waits = {**form, "grant_type": DEVICE_CODE, "device_code": codes["device_code"]}
        assert (await client.post("/token", data=form)).json() == {"error": "invalid_grant"}
        assert (await client.post("/token", data=waits)).json() == {"error": "authorization_pending"}

    assert ("REFUSED", stranger(desk), 1) in await counted(desk)


async def test_sockets_count_too(desk: Desk, place: str, leader: tuple[Scope, str]) -> None:
    scope, token = leader
    url = f"ws://{place}/graphql"
    async with connect(url, subprotocols=[SUBPROTOCOL], open_timeout=60) as line:
        await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        await line.recv()
        await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": PARTNERS}}))
        await line.recv()
    async with connect(url, subprotocols=[SUBPROTOCOL], open_timeout=60) as line:
        await line.send(json.dumps({"type": "connection_init", "payload": {"authorization": "Bearer wrong"}}))
        with pytest.raises(ConnectionClosed):
            await line.recv()
    with pytest.raises(InvalidStatus):
        await connect(url, subprotocols=[SUBPROTOCOL], open_timeout=60, origin="https://evil.example")

    assert await counted(desk) == [
        ("REFUSED", stranger(desk), 2),
        ("REFUSED", scope.principal, 1),
        ("TOKEN_USED", scope.principal, 1),
    ]


async def test_what_was_counted_is_written_when_the_server_ends(
    desk: Desk, settings: Settings, leader: tuple[Scope, str]
) -> None:
    scope, token = leader
    async with served(desk, settings) as place:
        await ask(place, ME, token)

    assert desk.counters.counts == {}
    assert await counted(desk) == [("TOKEN_USED", scope.principal, 1)]


async def test_counts_are_flushed_while_it_runs(
    desk: Desk, settings: Settings, leader: tuple[Scope, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AuditCounts, "every", 0.01)
    async with served(desk, settings) as place:
        await ask(place, ME, leader[1])
        async with asyncio.timeout(60):
            while desk.counters.counts:  # noqa: ASYNC110 - a flush tells nobody
                await asyncio.sleep(0.01)
