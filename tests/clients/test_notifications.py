"""Notifications as published clients follow them: through a restart of the server, and by the frontend's documents."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from models import Agency, Notification
from models.enums import TicketStatus
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.clients.node import WEB, Node
from tests.clients.sessions import over_socket, request
from tests.clients.town import Town, found_town, served
from tests.factories import make_ticket
from tests.realtime.world import eventually
from workers.notifications import notify

pytestmark = pytest.mark.slow


async def dispatched(desk: Desk) -> None:
    """A report comes to the liaison's agency, and the job runs."""
    await make_ticket(TicketStatus.DISPATCHED, lead=await Agency.get(code="dpupr"))
    await notify(desk)


@asynccontextmanager
async def following(place: str, token: str) -> AsyncIterator[Callable[[], dict[str, Any]]]:
    """What a client of npm graphql-ws knows, as it says after each frame."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "node",
        "notifications.ts",
        f"http://{place}/graphql",
        f"ws://{place}/graphql",
        cwd=WEB / "clients",
        env={"SURGA_TOKEN": token, "PATH": "/usr/bin:/bin", "NODE_NO_WARNINGS": "1"},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    told: dict[str, Any] = {"live": False}

    async def listen() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            told.update(json.loads(line))

    listening = asyncio.create_task(listen())
    try:
        yield lambda: told
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the wheel's node starts the real one
        await process.wait()
        await listening


async def test_a_graphql_ws_client_misses_and_doubles_nothing_through_a_restart(
    node: Node, desk: Desk, settings: Settings
) -> None:
    tokens = await found_town(desk)
    async with AsyncExitStack() as first, AsyncExitStack() as clients:
        place = await first.enter_async_context(served(desk, settings))
        told = await clients.enter_async_context(following(place, tokens["liaison"]))
        await eventually(lambda: told()["live"] is True)
        await dispatched(desk)
        await eventually(lambda: told().get("unread") == 1)

        await first.aclose()
        await eventually(lambda: told()["live"] is False)
        await dispatched(desk)
        await dispatched(desk)
        async with served(desk, settings, int(place.rpartition(":")[2])):
            await eventually(lambda: told()["unread"] == 3)
            await dispatched(desk)
            await eventually(lambda: told()["unread"] == 4)

    rows = await Notification.all().order_by("id")
    assert told()["ids"] == [node_id("Notification", row.id) for row in rows]
    assert (told()["kinds"], told()["cleared"], told()["resets"]) == (["DISPATCHED"] * 4, [], 0)


async def test_the_documents_of_the_frontend(town: Town, desk: Desk) -> None:
    async with over_socket(town, town.tokens["liaison"]) as session:
        feed = session.subscribe(request("notification-feed"))
        assert (await anext(feed))["notificationFeed"]["__typename"] == "FeedHeartbeat"
        await dispatched(desk)
        frame = (await anext(feed))["notificationFeed"]
        while frame["__typename"] == "FeedHeartbeat":
            frame = (await anext(feed))["notificationFeed"]

        page = (await town.ask("liaison", "notifications", first=10))["notifications"]
        assert (frame["__typename"], frame["unread"]) == ("NotificationAdded", 1)
        assert [edge["node"] for edge in page["edges"]] == [frame["notification"]]

        key = frame["notification"]["id"]
        payload = (await town.ask("liaison", "mark-notifications-read", ids=[key]))["markNotificationsRead"]
        assert (payload["unread"], payload["errors"]) == (0, [])
        frame = (await anext(feed))["notificationFeed"]
        while frame["__typename"] == "FeedHeartbeat":
            frame = (await anext(feed))["notificationFeed"]
        assert (frame["__typename"], frame["ids"], frame["unread"]) == ("NotificationsCleared", [key], 0)
        await feed.aclose()
