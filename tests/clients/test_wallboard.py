"""The wallboard in a real browser, against a served desk: it shows what a fresh query gives, and it never lies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from graphql import build_schema, parse, validate

from api.settings import Settings
from api.web.wallboard import CONTENT_SECURITY_POLICY
from models import RefreshToken
from realtime.bell import Bell
from services.core.desk import Desk, DeviceRules, Rules
from tests.clients import documents
from tests.clients.hanging import OPERATIONS, PACE, Wall, hung, hurried
from tests.clients.node import WEB
from tests.clients.test_admin_operations import Case, answer, dispatched
from tests.clients.town import served
from tests.conftest import Clock
from tests.factories import make_ticket
from tests.realtime.proxies import wire_to

pytestmark = pytest.mark.slow


@pytest.fixture
async def wall(desk: Desk, settings: Settings) -> AsyncIterator[Wall]:
    async with hung(desk, settings) as wall:
        yield wall


@pytest.mark.slow(seconds=20)
async def test_follows_a_case_from_intake_to_resolved(wall: Wall) -> None:
    case = Case(wall.town)
    await case.submit()
    seen = await wall.follows()
    assert (seen["counts"]["total"], seen["counts"]["open"], seen["counts"]["receivedToday"]) == (1, 1, 1)

    await dispatched(case)
    seen = await wall.follows()
    assert (seen["statuses"], seen["agencies"]) == ({"DISPATCHED": 1}, {"-": 0, "dpupr": 1})

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
    grey = await wall.screen.shows(stale=True, broken="SERVER", slow=False)
    for _ in range(100):
        await make_ticket()
        assert (await wall.screen.look())["stale"] is True  # while it tries again and again, too
    wall.wire.mend()
    after = await wall.follows()

    assert grey["counts"] == before["counts"]  # the last picture stays
    assert grey["light"] == "Terputus: layar ke server. Hubungi Diskominfo."
    assert after["counts"]["total"] == 101


async def test_a_server_that_restarts_is_found_again(desk: Desk, settings: Settings) -> None:
    async with hung(desk, settings) as wall:
        await Case(wall.town).submit()
        await wall.follows()
        wall.wire.cut()
        async with served(replace(desk), settings) as place:
            wall.wire.lead_to(f"http://{place}")
            wall.wire.mend()
            seen = await wall.follows()

    assert (seen["counts"]["total"], seen["light"]) == (1, "Terhubung")


async def test_redis_away_is_named_and_changes_still_come(desk: Desk, settings: Settings, redis_url: str) -> None:
    reference = await desk.reference()
    async with wire_to(redis_url) as (redis, url):
        bell = Bell(url, reference.epoch)
        async with hung(replace(desk, bell=bell), settings) as wall:
            redis.cut()
            grey = await wall.screen.shows(stale=True, broken="REDIS")
            await Case(wall.town).submit()
            counted = await wall.screen.shows(counts={"total": 1})
            redis.mend()
            seen = await wall.follows()
        await bell.close()

    assert grey["light"] == "Terputus: kabar cepat (Redis). Hubungi Diskominfo."
    assert counted["stale"] is True
    assert seen["light"] == "Terhubung"


async def test_midnight_in_wib_is_a_change(wall: Wall, clock: Clock) -> None:
    await Case(wall.town).submit()
    before = await wall.follows()

    clock.set(datetime(2026, 3, 2, 17, 0, 0, tzinfo=UTC))
    after = await wall.screen.shows(counts={"receivedToday": 0, "total": 1})

    assert before["counts"]["receivedToday"] == 1
    assert after["asOf"] == "Data pukul 00.00.00 WIB"


@pytest.mark.slow(seconds=20)
async def test_a_quiet_minute_stays_green(desk: Desk, settings: Settings) -> None:
    async with hurried(desk, settings, PACE) as wall:
        await Case(wall.town).submit()
        first = await wall.follows()

        for _ in range(60):
            await asyncio.sleep(1 / PACE)
            seen = await wall.screen.look()
            assert (seen["stale"], seen["broken"], seen["light"]) == (False, "", "Terhubung")

    assert seen["loadedAt"] == first["loadedAt"]


async def test_tokens_come_and_go_unseen(desk: Desk, settings: Settings) -> None:
    rules = Rules(devices=DeviceRules(access_lifetime=timedelta(seconds=4)))
    now = replace(desk, rules=rules, clock=lambda: datetime.now(UTC))
    async with hung(now, settings) as wall:
        await Case(wall.town).submit()
        first = await wall.follows()
        async with asyncio.timeout(120):
            while await RefreshToken.filter(spent_at__isnull=False).count() < 4:
                await asyncio.sleep(0.5)
                seen = await wall.screen.look()
                assert (seen["counts"], seen["enrolling"]) == (first["counts"], False)
        await Case(wall.town).submit()
        seen = await wall.follows()

    assert (seen["light"], seen["loadedAt"]) == ("Terhubung", first["loadedAt"])


async def test_new_pages_are_loaded_once_the_server_gives_them(wall: Wall, desk: Desk) -> None:
    await Case(wall.town).submit()
    before = await wall.follows()
    await wall.screen.do("block", path="/wallboard?")

    desk.boards.build = "another"
    await Case(wall.town).submit()
    kept = await wall.screen.until(lambda seen: seen["blocked"] >= 2 and seen["counts"]["total"] == 2)
    await wall.screen.do("unblock", path="/wallboard?")
    await wall.screen.until(lambda seen: seen["loadedAt"] > before["loadedAt"])
    after = await wall.follows()

    assert kept["loadedAt"] == before["loadedAt"]
    assert after["counts"]["total"] == 2


@pytest.mark.parametrize("name", sorted(path.stem for path in OPERATIONS.glob("*.graphql")))
def test_a_document_of_the_pages_fits_the_schema(name: str) -> None:
    schema = build_schema(documents.schema_text())

    assert validate(schema, parse((OPERATIONS / f"{name}.graphql").read_text())) == []


async def test_the_page_is_small_and_allows_nothing_from_outside() -> None:
    scripts = sorted((WEB / "wallboard" / "dist" / "assets").glob("*.js"))

    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 250_000
    assert "unsafe" not in CONTENT_SECURITY_POLICY
