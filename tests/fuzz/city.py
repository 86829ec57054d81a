"""A served town with all kinds of callers, whose tickets change: what those who fuzz it from outside need."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from api import app, composition, endpoints
from api.composition import Components
from api.http.graphql import HttpLimits
from api.settings import Settings
from models import Agency, Ticket
from models.enums import MoveMutation, PrincipalKind, Role, TicketStatus
from schema.core import context
from services.access.scopes import Budget, Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from services.credentials import credentials, identify
from services.reporters.citizens import start_session
from tests.api.partner_desk import make_partner
from tests.clients.town import Town, served_town, token
from tests.factories import make_client_scope, make_officer, make_ticket
from tests.fuzz.failing import Known
from tests.moving import Means, make_move

REQUEST_SECONDS = 3.0  # instead of 20, as some documents never end by themselves
KEPT: dict[str, Any] = {"history_kept": 0.2, "recent_events": 50, "held_rows": 50}  # so that all is full soon
LIST = "{ tickets(first: 2) { feedCursor pageInfo { endCursor } edges { node { number } } } }"
PERSON = {"name": "Siti Aminah", "phone": "+62812051733948"}


@dataclass
class City:
    """A served town: its inside, those who call it, and what they can name."""

    desk: Desk
    town: Town
    parts: Components
    tokens: dict[str, str | None]
    known: Known
    steady: list[Ticket]
    coordinator: Scope
    changes: list[tuple[str, int, str]] = field(default_factory=list)


def inside(monkeypatch: pytest.MonkeyPatch) -> list[Components]:
    """The parts of the server that is about to start, which waits for nothing as long as production does."""
    seen: list[Components] = []
    watch, narrow, wide = app.register_gauges, endpoints.socket_limits, composition.hub_limits
    monkeypatch.setattr(app, "register_gauges", lambda metrics, parts: (seen.append(parts), watch(metrics, parts)))
    monkeypatch.setattr(endpoints, "HttpLimits", lambda **given: HttpLimits(**given, request_seconds=REQUEST_SECONDS))
    monkeypatch.setattr(
        endpoints, "socket_limits", lambda settings: replace(narrow(settings), request_seconds=REQUEST_SECONDS)
    )
    monkeypatch.setattr(composition, "hub_limits", lambda settings: replace(wide(settings), **KEPT))
    return seen


@asynccontextmanager
async def opened_city(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """Serve it until the block ends."""
    parts = inside(monkeypatch)
    async with served_town(desk, settings) as town:
        roads = await Agency.get(code="dpupr")
        states = (TicketStatus.RECEIVED, TicketStatus.IN_PROGRESS, TicketStatus.IN_PROGRESS, TicketStatus.ANSWERED)
        tickets = [await make_ticket(status, lead=roads, reporter=PERSON) for status in states]
        closed = await make_ticket(confidential=True, supervisory=True)
        stuck = await make_ticket(lead=roads)
        monkeypatch.setattr(context, "load_answers", stuck_for(stuck.id))
        page = (await town.post(town.tokens["coordinator"], LIST, {}))["data"]["tickets"]
        ids = [node_id("Ticket", each.id) for each in (*tickets, *tickets, closed, stuck)]
        ids += [node_id(kind, 1) for kind in ("Agency", "Officer", "Answer", "TimelineEntry", "Partner", "Display")]
        known = Known(
            [*ids, node_id("Ticket", 1 << 40)],
            [each.number for each in (*tickets, closed)],
            [page["feedCursor"], page["pageInfo"]["endCursor"]],
        )
        scope = await identify.identify(desk, town.tokens["coordinator"])
        yield City(desk, town, parts[0], await callers(desk, town, tickets[0]), known, tickets[1:3], scope)


def stuck_for(stuck: int) -> Any:
    """Load answers as ever, but those of one ticket never."""
    load = context.load_answers

    async def load_answers(keys: list[int]) -> list[Any]:
        if stuck in keys:
            await asyncio.get_running_loop().create_future()
        return await load(keys)

    return load_answers


async def callers(desk: Desk, town: Town, ticket: Ticket) -> dict[str, str | None]:
    """A token for each kind of caller."""
    steering = await Agency.get(code="diskominfo")
    roles = {role.value.lower(): await token(desk, steering, role, role.value) for role in Role}
    _, partner = await make_partner(desk, "Kota Cerdas", budget=Budget(points=10_000_000, restore_per_second=100_000))
    screen = await make_client_scope(PrincipalKind.DISPLAY)
    shown = await credentials.issue(desk, PrincipalKind.DISPLAY, name="Layar", client_id=screen.client_id)
    citizen = await start_session(desk, ticket.number, desk.keys.tracking_secret(ticket.id, 0, ticket.secret_salt))
    return {
        **roles,
        **town.tokens,
        "partner": partner,
        "display": shown.token,
        "citizen": citizen.token,
        "nobody": None,
    }


# ---------------------------------------------------------------- what goes on meanwhile


@asynccontextmanager
async def changing(city: City, draw: random.Random) -> AsyncIterator[None]:
    """Move tickets on, merge some, and let rights be judged anew, while the block runs."""
    over = False

    async def change() -> None:
        while not over:
            await one_change(city, draw.randrange(12))

    changes = asyncio.create_task(change())
    try:
        yield
    finally:
        over = True
        await changes


async def one_change(city: City, kind: int) -> None:
    if kind == 0:
        await make_officer(await Agency.get(code="dpupr"))
    elif kind == 1:
        ticket = await make_ticket(reporter=PERSON)
        city.changes.append((ticket.number, 1, ticket.status.value))
        await moved(city, ticket, MoveMutation.MERGE, TicketStatus.ARCHIVED)
    else:
        ticket = city.steady[kind % 2]
        to = TicketStatus.ON_HOLD if ticket.status is TicketStatus.IN_PROGRESS else TicketStatus.IN_PROGRESS
        await moved(city, ticket, MoveMutation.CHANGE_STATUS, to)


async def moved(city: City, ticket: Ticket, by: MoveMutation, to: TicketStatus) -> None:
    await make_move(city.desk, city.coordinator, ticket, by, to, Means(into_number=city.known.numbers[1]))
    await ticket.refresh_from_db()
    city.changes.append((ticket.number, ticket.version, ticket.status.value))
