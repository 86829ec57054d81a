"""A screen that hangs in a town: let in over the public contract, and watched through a line that can be cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import httpx

from api.composition import hub_limits
from api.settings import Settings
from models import Client
from models.enums import PrincipalKind
from realtime.limits import HubLimits
from services.core.desk import Desk
from services.credentials import credentials
from tests.clients.node import WEB
from tests.clients.screen import Screen, page_of
from tests.clients.town import Town, found_town, served
from tests.realtime.proxies import Wire, wire_to

OPERATIONS = WEB / "wallboard" / "operations"
PACE = 3  # a screen takes 20 seconds of silence for a broken line: 7 of ours are enough for a slow machine
NAMED = 6  # agencies with a line of their own
COUNTS = ("total", "open", "overdue", "dueSoon", "openWithoutAgency", "receivedToday", "resolvedToday")


def document(name: str) -> str:
    """One document of the pages, as they send it."""
    return (OPERATIONS / f"{name}.graphql").read_text("utf-8")


NOW = "query { wallboard { ...Board } } " + document("wallboard").partition("\n\n")[2]


@dataclass(frozen=True)
class Wall:
    """A screen, the town that it watches, and the line in between."""

    screen: Screen
    town: Town
    wire: Wire
    reader: str
    url: str

    async def fresh(self) -> dict[str, Any]:
        """What the screen has to show, by a query of now."""
        found = (await self.town.post(self.reader, NOW, {}))["data"]["wallboard"]
        return {
            "counts": {name: found[name] for name in COUNTS},
            "statuses": {each["status"]: each["count"] for each in found["byStatus"] if each["count"]},
            "agencies": loads(found, "open", "openWithoutAgency"),
            "overdue": loads(found, "overdue", "overdueWithoutAgency"),
            "latest": [each["number"] for each in found["latest"][:6]],
            "urgent": [each["number"] for each in found["dueFirst"][:6]],
            "stale": False,
            "troubles": [],
        }

    async def follows(self) -> dict[str, Any]:
        """The wall equals a fresh query, soon."""
        return await self.screen.shows(**await self.fresh())


def loads(board: dict[str, Any], ours: str, nobodys: str) -> dict[str, int]:
    """Tickets per agency as the wall names them: who is late or has most, all others, and those of nobody."""
    lines = {each["agency"]["code"]: each[ours] for each in board["byLateness"][:NAMED]}
    if rest := board["byLateness"][NAMED:]:
        lines["+"] = sum(each[ours] for each in rest)
    return {**lines, "-": board[nobodys]} if board["open"] else lines


async def change(town: Town, operation: str, /, **values: Any) -> dict[str, Any]:
    """What the coordinator gets for one of the documents of the page for officers."""
    answer = await town.post(town.tokens["coordinator"], document(operation), {"input": values})
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    assert payload["errors"] == []
    found: dict[str, Any] = payload
    return found


async def approved_code(town: Town, name: str = "Layar Uji", board: str = "kota") -> str:
    """The device code of a screen that asked and was let in."""
    form = {"client_id": "surga-wallboard", "scope": f"board:{board}"}
    async with httpx.AsyncClient(timeout=60) as client:
        url = town.graphql.replace("/graphql", "/oauth/device_authorization")
        asked = (await client.post(url, data=form)).json()
    await change(town, "approve-display", userCode=asked["user_code"], name=name)
    code: str = asked["device_code"]
    return code


async def reader_of(desk: Desk) -> str:
    """A token that sees what a screen of the whole city sees."""
    client = await Client.create(kind=PrincipalKind.DISPLAY, name="Pembanding", active=True)
    return (await credentials.issue(desk, PrincipalKind.DISPLAY, name="Pembanding", client_id=client.id)).token


@asynccontextmanager
async def hung(
    desk: Desk, settings: Settings, query: str = "?theme=dark", board: str = "kota", pace: int = 1
) -> AsyncIterator[Wall]:
    """A screen that was let in, on the wall of a new town; its clock may run faster than ours."""
    tokens = await found_town(desk)
    async with served(desk, settings) as place, watching(desk, tokens, place, query, board, pace) as wall:
        yield wall


@asynccontextmanager
async def hurried(desk: Desk, settings: Settings, pace: int) -> AsyncIterator[Wall]:
    """A screen whose clock, and a server whose heartbeats, are so many times faster than ours."""
    limits = replace(hub_limits(settings), heartbeat=HubLimits().heartbeat / pace)
    with patch("api.composition.hub_limits", return_value=limits):
        async with hung(desk, settings, pace=pace) as wall:
            yield wall


@asynccontextmanager
async def watching(
    desk: Desk, tokens: dict[str, str], place: str, query: str = "?theme=dark", board: str = "kota", pace: int = 1
) -> AsyncIterator[Wall]:
    """A screen that was let in by the server at a place, host and port."""
    async with wire_to(f"http://{place}") as (wire, origin):
        town = Town(f"http://{place}/graphql", f"ws://{place}/graphql", tokens)
        url = f"{origin}/wallboard{query}"
        code = await approved_code(town, board=board)
        async with page_of("wallboard", url, SURGA_CODE=code, SURGA_PACE=str(pace)) as screen:
            await screen.shows(light="Terhubung", broken="")
            yield Wall(screen, town, wire, await reader_of(desk), url)
