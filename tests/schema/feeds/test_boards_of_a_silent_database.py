"""Boards while PostgreSQL says nothing: the last reading is shown in time, whoever has how many kinds of board."""

from __future__ import annotations

import asyncio

import pytest
import strawberry

from services.board.board import Board
from services.core.desk import Desk
from tests.schema.conftest import City
from tests.schema.feeds.test_sharing import Room

KINDS = ["subscription { wallboard { asOf } }", "subscription { wallboard { asOf total } }"]


async def test_a_reading_that_hangs_is_given_up_once_for_all_kinds(
    desk: Desk, city: City, schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, tried = Room(desk, schema), []
    await room.hub.begin()
    screens = [await room.enter(city.coordinator, document) for document in KINDS]

    async def admit_shown(board: Board, desk: Desk, asked: float) -> None:
        tried.append(board)
        await asyncio.Event().wait()

    monkeypatch.setattr(Board, "read", admit_shown)
    room.live.boards.board_seconds = 0.5
    room.hub.registry.touch_all()
    for group in room.hub.registry.snapshots:
        group.shown_at = float("-inf")
    await room.hub._snapshots.round(60, readable=True)
    await room.hub.stop()

    assert [len(screen.data) for screen in screens] == [2, 2]
    assert len(tried) == 1
