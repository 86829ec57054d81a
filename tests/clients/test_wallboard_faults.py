"""The wall while things break that are not its own, and while more happens than anybody could read."""

from __future__ import annotations

import asyncio
import signal
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from api.settings import Settings
from models import Event
from services.core.desk import Desk
from tests.clients.hanging import PACE, hung, hurried, watching
from tests.clients.town import found_town
from tests.conftest import SECRET
from tests.factories import make_ticket, make_tickets
from tests.realtime.chaos import Worker
from tests.realtime.proxies import Wire, wire_to

pytestmark = pytest.mark.slow

CHANGES, A_SECOND = 800, 200


@asynccontextmanager
async def serving(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[tuple[Worker, Wire]]:
    """One `surga serve` whose line to PostgreSQL can be cut."""
    place = urlsplit(database_url)
    socket = f"{parse_qs(place.query)['host'][0]}/.s.PGSQL.{place.port or 5432}"
    async with wire_to(f"unix://{socket}") as (wire, near):
        worker = Worker(
            {
                "SURGA_ENVIRONMENT": "test",
                "SURGA_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{urlsplit(near).port}{place.path}",
                "SURGA_REDIS_URL": redis_url,
                "SURGA_SECRET_KEY": SECRET,
                "SURGA_DATA_DIR": str(folder),
            }
        )
        await worker.start()
        try:
            yield worker, wire
        finally:
            await worker.end(signal.SIGKILL)


async def test_a_database_that_is_away_is_named_and_a_killed_server_is_found_again(
    desk: Desk, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    now = replace(desk, clock=lambda: datetime.now(UTC))
    tokens = await found_town(now)
    async with (
        serving(database_url, redis_url, tmp_path) as (worker, postgres),
        watching(now, tokens, f"127.0.0.1:{worker.port}") as wall,
    ):
        await make_ticket()
        before = await wall.follows()
        postgres.cut()
        grey = await wall.screen.shows(stale=True, broken="DATABASE")
        await asyncio.sleep(2)
        still = await wall.screen.look()
        await make_ticket()
        postgres.mend()
        after = await wall.follows()
        await worker.restart(signal.SIGKILL)
        await make_ticket()
        restarted = await wall.follows()

    assert (before["light"], grey["light"]) == ("Terhubung", "Terputus: server ke basis data. Hubungi Diskominfo.")
    assert (grey["counts"], still["counts"]) == (before["counts"], before["counts"])
    assert still["asOf"] == grey["asOf"]
    assert (after["counts"]["total"], after["light"]) == (2, "Terhubung")
    assert after["asOf"] != grey["asOf"]
    assert (restarted["counts"]["total"], restarted["loadedAt"]) == (3, before["loadedAt"])


async def burst() -> None:
    """Let changes happen at their rate, those that are due in one transaction."""
    begun, made = time.monotonic(), 0
    while made < CHANGES:
        due = min(CHANGES, int((time.monotonic() - begun) * A_SECOND)) - made
        if due > 0:
            await make_tickets(due)
        made += due
        await asyncio.sleep(0.05)


async def most_in_a_second() -> int:
    """By the log's own time stamps."""
    moments = await Event.filter(ticket_id__isnull=False).order_by("seq").values_list("recorded_at", flat=True)
    return max(bisect_right(moments, moment + timedelta(seconds=1)) - place for place, moment in enumerate(moments))


async def test_a_burst_is_shown_in_few_steps(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings) as wall:
        await make_tickets(1)
        await wall.follows()
        await wall.screen.do("count")
        before = (await wall.screen.do("spent"))["script"]
        await make_tickets(1)
        one = (await wall.follows())["notes"]
        spent_on_one = (await wall.screen.do("spent"))["script"] - before
        await wall.screen.do("count")
        begun = time.monotonic()
        await burst()
        seen = await wall.follows()
        waited = time.monotonic() - begun
        spent = (await wall.screen.do("spent"))["script"] - before - spent_on_one

    notes = seen["notes"]
    assert await most_in_a_second() >= A_SECOND
    assert seen["counts"]["total"] == CHANGES + 2
    assert notes["totals"] == sorted(notes["totals"])
    # Drawn while it lasts, at most once a second; and all of it costs the screen no more than a few single changes do.
    assert 2 <= len(notes["totals"]) <= waited + 2
    assert notes["shift"] <= 0.01
    # What just happened stands for 5 s, less what the drawing of one took; without that it would move every second.
    assert all(later - moment >= 2_500 for moment, later in pairwise(notes["moves"]))
    assert notes["moves"]
    assert notes["touched"] <= 3 * one["touched"] * len(notes["totals"])
    assert spent / CHANGES < spent_on_one / 5


async def test_a_line_that_falls_silent_is_given_up_and_made_anew(desk: Desk, settings: Settings) -> None:
    async with hurried(desk, settings, PACE) as wall:
        before = await wall.follows()
        await wall.screen.do("count")
        wall.wire.freeze()
        grey = await wall.screen.shows(stale=True, broken="SERVER")
        wall.wire.thaw()
        await make_ticket()
        after = await wall.follows()

    assert grey["notes"]["slow"] is True  # amber first
    assert (grey["counts"], grey["asOf"]) == (before["counts"], before["asOf"])
    assert (after["counts"]["total"], after["light"]) == (1, "Terhubung")
