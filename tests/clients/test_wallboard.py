"""The wallboard in a real browser, against a served desk: it shows what a fresh query gives, and it never lies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.settings import Settings
from api.wallboard import CONTENT_SECURITY_POLICY
from models import Client
from models.enums import PrincipalKind
from realtime.bell import Bell
from services import credentials
from services.desk import Desk
from tests.clients.node import WEB
from tests.clients.screen import Screen, screen_of
from tests.clients.test_admin_operations import Case, answer, dispatched
from tests.clients.town import Town, found_town, served
from tests.conftest import Clock
from tests.realtime.proxies import Wire, wire_to

pytestmark = pytest.mark.slow

NOW = """{ wallboard { total open overdue dueSoon receivedToday resolvedToday
  byStatus { status count } byAgency { agency { code } open } latest { number } oldestOpen { number } } }"""
COUNTS = ("total", "open", "overdue", "dueSoon", "receivedToday", "resolvedToday")


@dataclass(frozen=True)
class Wall:
    """A screen, the town that it watches, and the line in between."""

    screen: Screen
    town: Town
    wire: Wire
    display: credentials.Issued
    desk: Desk

    async def fresh(self) -> dict[str, Any]:
        """What the screen has to show, by a query of now."""
        found = (await self.town.post(self.display.token, NOW, {}))["data"]["wallboard"]
        return {
            "counts": {name: found[name] for name in COUNTS},
            "statuses": {each["status"]: each["count"] for each in found["byStatus"] if each["count"]},
            "latest": [each["number"] for each in found["latest"][:5]],
            "oldest": [each["number"] for each in found["oldestOpen"][:6]],
            "stale": False,
            "troubles": [],
        }

    async def follows(self, seconds: float = 6) -> dict[str, Any]:
        """The wall equals a fresh query, soon."""
        return await self.screen.shows(seconds=seconds, **await self.fresh())


@asynccontextmanager
async def hung(desk: Desk, settings: Settings, query: str = "?theme=dark") -> AsyncIterator[Wall]:
    tokens = await found_town(desk)
    client = await Client.create(kind=PrincipalKind.DISPLAY, name="Layar Uji", active=True)
    display = await credentials.issue(desk, PrincipalKind.DISPLAY, name="Layar Uji", client_id=client.id)
    async with served(desk, settings) as place, wire_to(f"http://{place}") as (wire, url):
        town = Town(f"http://{place}/graphql", f"ws://{place}/graphql", tokens)
        async with screen_of(f"{url}/wallboard{query}", display.token) as screen:
            await screen.shows(light="Langsung", broken="")
            yield Wall(screen, town, wire, display, desk)


@pytest.fixture
async def wall(desk: Desk, settings: Settings) -> AsyncIterator[Wall]:
    async with hung(desk, settings) as wall:
        yield wall


async def test_follows_a_case_from_intake_to_resolved(wall: Wall) -> None:
    case = Case(wall.town)
    await case.submit()
    seen = await wall.follows()
    assert (seen["counts"]["total"], seen["counts"]["open"], seen["counts"]["receivedToday"]) == (1, 1, 1)

    await dispatched(case)
    seen = await wall.follows()
    assert (seen["statuses"], seen["agencies"]) == ({"DISPATCHED": 1}, {"dpupr": 1})

    await case.move("officer", "change-ticket-status", status="IN_PROGRESS")
    await wall.follows()
    case.ticket = await answer(case, "Lubang sudah ditutup.")
    await wall.follows()
    await case.move("coordinator", "change-ticket-status", status="RESOLVED", evidence=[{"description": "Foto jalan"}])
    seen = await wall.follows()

    assert (seen["counts"]["open"], seen["counts"]["resolvedToday"], seen["statuses"]) == (0, 1, {"RESOLVED": 1})
    assert seen["latest"][:5] == [case.ticket["number"]] * 5
    assert len(seen["hosts"]) == 1


async def test_a_confidential_case_never_reaches_the_wall(wall: Wall) -> None:
    case = Case(wall.town)
    await case.submit(confidential=True)
    await case.submit()

    seen = await wall.follows()

    assert (seen["counts"]["total"], seen["latest"]) == (1, [case.ticket["number"]])


async def test_a_lost_network_is_named_and_what_happened_meanwhile_is_shown(wall: Wall) -> None:
    case = Case(wall.town)
    await case.submit()
    before = await wall.follows()

    wall.wire.cut()
    grey = await wall.screen.shows(stale=True, broken="SERVER", seconds=25)
    for _ in range(100):
        await case.submit()
    wall.wire.mend()
    after = await wall.follows(seconds=25)

    assert grey["counts"] == before["counts"]  # the last picture stays
    assert grey["light"] == "Terputus: layar ke server"
    assert after["counts"]["total"] == 101


async def test_a_server_that_restarts_is_found_again(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings) as wall:
        await Case(wall.town).submit()
        await wall.follows()
        wall.wire.cut()
        async with served(replace(desk), settings) as place:
            wall.wire.lead_to(f"http://{place}")
            wall.wire.mend()
            seen = await wall.follows(seconds=25)

    assert (seen["counts"]["total"], seen["light"]) == (1, "Langsung")


async def test_redis_away_is_named_and_changes_still_come(desk: Desk, settings: Settings, redis_url: str) -> None:
    reference = await desk.reference()
    async with wire_to(redis_url) as (redis, url):
        bell = Bell(url, reference.epoch)
        async with hung(replace(desk, bell=bell), settings) as wall:
            redis.cut()
            grey = await wall.screen.shows(stale=True, broken="REDIS", seconds=15)
            await Case(wall.town).submit()
            counted = await wall.screen.shows(counts={"total": 1})
            redis.mend()
            seen = await wall.follows(seconds=15)
        await bell.close()

    assert grey["light"] == "Terputus: Server ke Redis"
    assert counted["stale"] is True
    assert seen["light"] == "Langsung"


async def test_midnight_in_wib_is_a_change(wall: Wall, clock: Clock) -> None:
    await Case(wall.town).submit()
    before = await wall.follows()

    clock.set(datetime(2026, 3, 2, 17, 0, 0, tzinfo=UTC))
    after = await wall.screen.shows(counts={"receivedToday": 0, "total": 1}, seconds=6)

    assert before["counts"]["receivedToday"] == 1
    assert after["asOf"] == "Data per 00:00:00 WIB"


async def test_a_revoked_screen_asks_to_be_enrolled(wall: Wall) -> None:
    await Case(wall.town).submit()
    await wall.follows()

    await credentials.revoke(wall.desk, wall.display.credential_id)

    await wall.screen.shows(enrolling=True, counts={}, seconds=20)


async def test_a_quiet_time_stays_green(wall: Wall) -> None:
    await Case(wall.town).submit()
    await wall.follows()

    for _ in range(25):
        await asyncio.sleep(1)
        seen = await wall.screen.look()
        assert (seen["stale"], seen["broken"], seen["light"]) == (False, "", "Langsung")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_everybody_can_read_it(desk: Desk, settings: Settings, theme: str) -> None:
    async with hung(desk, settings, f"?theme={theme}") as wall:
        await Case(wall.town).submit()
        await wall.follows()
        audit = await wall.screen.do("audit")
        looks = [await wall.screen.do("zoom", width=w, height=h) for w, h in ((1366, 768), (960, 540), (3840, 2160))]

    assert audit["violations"] == []
    assert [look["wide"] for look in looks] == [False, False, False]


async def test_the_page_is_small_and_allows_nothing_from_outside() -> None:
    scripts = sorted((WEB / "wallboard" / "dist" / "assets").glob("*.js"))

    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 250_000
    assert "unsafe" not in CONTENT_SECURITY_POLICY
