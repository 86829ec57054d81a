"""A hold whose day comes enters the lists that are open, though nothing is written on that day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import strawberry

from models.enums import TicketStatus
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from tests.factories import make_ticket
from tests.realtime.world import Screen
from tests.schema.conftest import Ask, City
from tests.schema.feeds.test_sharing import Room

FEED = """subscription ($after: Cursor) { ticketFeed(filter: { worklist: %s }, after: $after) {
  __typename ... on FeedHeartbeat { cursor } ... on TicketEntered { ticket { number } } } }"""
LIST = """{ tickets(first: 9, filter: { worklist: NEEDS_ATTENTION }) { feedCursor edges { node { number } } }
  viewer { worklists { worklist count } } }"""
EVE, MIDNIGHT = datetime(2026, 3, 2, 16, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 23.59.59 WIB


class Line(Screen):
    """A line that keeps the code that it was refused with, and where it goes on from."""

    def refuse(self, operation: str, reason: Exception) -> None:
        assert isinstance(reason, EdgeRefusal)
        self.refusals.append((operation, reason.code, reason.extensions.get("resumeFrom")))


@pytest.fixture
async def room(desk: Desk, city: City, schema: strawberry.Schema, clock: Any) -> Any:
    clock.set(EVE)
    made = Room(desk, schema)
    await made.hub.begin()
    yield made
    await made.hub.stop()


async def entered(room: Room, city: City, worklist: str, after: str | None = None) -> Line:
    line = Line(city.coordinator)
    document = (
        FEED % worklist if after is None else (FEED % worklist).replace("$after: Cursor", f'$after: Cursor = "{after}"')
    )
    await room.hub.attach(line, room.hub.rights_seen)
    await room.hub.join(await room.plan(city.coordinator, document), line, "1", city.coordinator)
    return line


def names(line: Line) -> list[str]:
    return [data["ticketFeed"]["__typename"] for data in line.data]


async def test_a_list_that_the_day_makes_another_one_is_reloaded_when_the_day_comes(
    room: Room, city: City, clock: Any, ask: Ask
) -> None:
    held = await make_ticket(TicketStatus.ON_HOLD, hold_until=date(2026, 3, 3))
    line = await entered(room, city, "NEEDS_ATTENTION")
    await room.hub.look()
    assert (names(line), line.refusals) == (["FeedHeartbeat"], [])

    clock.set(MIDNIGHT)
    await room.hub.look()

    [(operation, code, resume)] = line.refusals
    again = await entered(room, city, "NEEDS_ATTENTION", resume)
    page = (await ask(city.coordinator, LIST)).data
    assert (operation, code) == ("1", "CURSOR_EXPIRED")
    assert names(again) == ["FeedReset", "FeedHeartbeat"]
    assert [edge["node"]["number"] for edge in page["tickets"]["edges"]] == [held.number]
    assert {"worklist": "NEEDS_ATTENTION", "count": 1} in page["viewer"]["worklists"]


@pytest.mark.parametrize("worklist", ["WAITING", "TO_VERIFY"])
async def test_a_list_that_is_the_same_on_every_day_goes_on(room: Room, city: City, clock: Any, worklist: str) -> None:
    await make_ticket(TicketStatus.ON_HOLD, hold_until=date(2026, 3, 3))
    await room.hub.look()
    line = await entered(room, city, worklist)

    clock.set(MIDNIGHT)
    await room.hub.look()

    assert (names(line), line.refusals) == (["FeedHeartbeat"], [])


async def test_a_list_that_was_planned_on_the_day_before_does_not_join(room: Room, city: City, clock: Any) -> None:
    line, seen = Line(city.coordinator), room.hub.rights_seen
    await room.hub.attach(line, seen)
    request = await room.plan(city.coordinator, FEED % "NEEDS_ATTENTION")

    clock.set(MIDNIGHT)
    await room.hub.look()
    await room.hub.join(request, line, "1", city.coordinator, seen)

    assert [(operation, code) for operation, code, _ in line.refusals] == [("1", "FORBIDDEN")]


async def test_a_day_that_could_not_begin_begins_at_the_next_tick(
    room: Room, city: City, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await entered(room, city, "NEEDS_ATTENTION")
    clock.set(MIDNIGHT)
    with monkeypatch.context() as broken:
        broken.setattr(room.hub._rights, "begin_day", away)
        await room.hub.look()
    assert line.refusals == []

    await room.hub.look()

    assert [code for _, code, _ in line.refusals] == ["CURSOR_EXPIRED"]


async def away() -> None:
    raise OSError("the database is away")
