"""The moment of a frame of a board: where the caller is narrowed, it tells of no field that is not read there."""

from __future__ import annotations

from dataclasses import replace

import pytest
import strawberry

from models.enums import PrincipalKind, TicketStatus
from services.access.scopes import Scope, Sight
from services.board.board import Board, BoardFilter
from services.core.desk import Desk
from tests.factories import make_client_scope, make_ticket
from tests.realtime.world import Screen
from tests.schema.board.test_board import move
from tests.schema.conftest import City
from tests.schema.feeds.test_sharing import Room

TOTAL = "subscription { wallboard { at: asOf place: cursor withheld ... on WallboardSnapshot { total } } }"


async def first_step(room: Room) -> int:
    """So many withheld tickets are the first that are told of."""
    reference = await room.desk.reference()
    caution = Board(Sight(PrincipalKind.DISPLAY), BoardFilter()).caution(room.desk, reference)
    return caution.step


@pytest.fixture
async def room(desk: Desk, schema: strawberry.Schema) -> Room:
    room = Room(desk, schema)
    await room.hub.begin()
    return room


async def a_second_later(room: Room, seconds: float = 1.5) -> None:
    """Let the hub look, and draw what is due after so many seconds."""
    await room.hub.look_shared()
    room.desk.clock.forward(seconds=seconds)  # type: ignore[attr-defined]
    for group in room.hub.registry.snapshots:
        group.shown_at -= seconds  # type: ignore[attr-defined]
        group.old_at -= seconds  # type: ignore[attr-defined]
    await room.hub._snapshots.round(60, readable=True)


def totals(screen: Screen) -> list[int]:
    return [data["wallboard"]["total"] for data in screen.data]


async def narrowed(city: City, kind: PrincipalKind) -> Scope:
    scope = await make_client_scope(kind)
    return replace(scope, agency_id=city.roads.id) if kind is PrincipalKind.DISPLAY else scope


@pytest.mark.parametrize("kind", [PrincipalKind.PARTNER, PrincipalKind.DISPLAY])
async def test_only_what_is_read_hastens_a_frame(room: Room, city: City, kind: PrincipalKind) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    for _ in range(await first_step(room) - 1):
        await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, confidential=True)
    outside = await room.enter(await narrowed(city, kind), TOTAL)
    inside = await room.enter(city.coordinator, TOTAL)

    await move(ticket, status=TicketStatus.IN_PROGRESS)
    await make_ticket(TicketStatus.DISPATCHED, lead=city.roads, confidential=True)
    await a_second_later(room)
    unread = totals(outside), len(inside.data)
    await move(ticket, confidential=True)
    await a_second_later(room)
    read = totals(outside)
    await a_second_later(room, 10)

    assert unread == ([1], 2)
    assert read == [1, 0]
    assert totals(outside) == [1, 0, 0]
    withheld = [data["wallboard"]["withheld"] for data in outside.data]
    assert withheld == ([None, 5, 5] if kind is PrincipalKind.PARTNER else [None] * 3)
    await room.hub.stop()
