"""Pictures: the whole at once, then on change, drawn once for all, and shown again while nothing can be read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.enums import EventKind, TicketStatus
from realtime.bell import Bell
from realtime.callbacks import GroupPlan, Snapshot
from realtime.hub import Hub
from realtime.limits import HubLimits
from tests.conftest import PATIENT, Clock
from tests.realtime.world import Domain, Refused, World, eventually, payload

BOARD = GroupPlan("board", snapshot=True)
EMPTIED = """
SET session_replication_role = replica; -- past the guards of what is append-only
DELETE FROM event;
UPDATE log_head SET epoch = 'restored', seq = 0;
SET session_replication_role = DEFAULT;
"""
VERIFIED_ONLY = GroupPlan("verified", snapshot=True, domain=["VERIFIED"])


@dataclass
class Painter:
    """Draws numbered pictures, and remembers when it was asked for them."""

    clock: Clock
    drawn: int = 0
    readable: bool = True
    pulse_changed: bool = False
    lasts: timedelta | None = None
    broken: bool = False
    asked: list[float] = field(default_factory=list)
    gate: asyncio.Event | None = None
    paid: int | None = None  # frames that are still paid for, None for any number

    async def snapshot(self, plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        self.asked.append(asked)
        if self.broken:
            raise OSError("no brush")
        if self.gate is not None:
            await self.gate.wait()
        self.drawn, self.readable = self.drawn + 1, readable
        until = None if self.lasts is None else self.clock() + self.lasts
        return Snapshot(payload("picture", self.drawn), until)

    def pays(self, plan: GroupPlan, frames: int) -> bool:
        if self.paid is None:
            return True
        if self.paid < frames:
            return False
        self.paid -= frames
        return True

    def pulse(self, bell: bool, database: bool) -> bool:
        changed, self.pulse_changed = self.pulse_changed, False
        return changed


@pytest.fixture
def painter(clock: Clock) -> Painter:
    return Painter(clock)


@pytest.fixture
def pause() -> float:
    """Seconds between two pictures."""
    return 0.0


@pytest.fixture
async def wall(
    database: BaseDBAsyncClient, redis_url: str, clock: Clock, painter: Painter, pause: float
) -> AsyncIterator[World]:
    """A hub that hands out pictures."""
    domain, bell = Domain(database), Bell(redis_url, "tests", PATIENT)
    callbacks = replace(
        domain.callbacks,
        snapshot=painter.snapshot,
        pulse=painter.pulse,
        pays=painter.pays,
        spent=lambda plan, place: Refused("RATE_LIMITED", place),
    )
    limits = HubLimits(snapshot_pause=pause, snapshot_patience=60)
    hub = Hub(database=lambda: database, bell=bell, callbacks=callbacks, clock=clock, limits=limits)
    await hub.begin()
    yield World(database, hub, domain, clock)
    await hub.stop()
    await bell.close()


def seqs(screen) -> list[int]:
    return [data["seq"] for data in screen.data]


async def test_shows_the_whole_at_once_and_then_on_change(wall: World) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(BOARD)
    at_once = seqs(screen)

    await wall.hub.look()
    calm = seqs(screen)
    await wall.change(ticket)
    await wall.hub.look()

    assert (at_once, calm, seqs(screen)) == ([1], [1], [1, 2])


async def test_many_changes_are_one_picture(wall: World) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(BOARD)

    for _ in range(50):
        await wall.change(ticket)
    await wall.hub.look()

    assert seqs(screen) == [1, 2]


async def test_no_event_waits_for_a_picture_that_takes_long(wall: World, painter: Painter) -> None:
    ticket = await wall.ticket()
    boards = [(await wall.join(GroupPlan(name, snapshot=True)))[0] for name in ("one", "another")]
    list_, _ = await wall.join()
    wall.hub.limits = replace(wall.hub.limits, snapshot_patience=0.01)
    painter.gate = asyncio.Event()

    async with asyncio.timeout(30):
        for _ in range(3):
            await wall.change(ticket)
            moment = time.monotonic()
            await wall.hub.look()
    assert (list_.seqs, [seqs(screen) for screen in boards]) == ([1, 2, 3], [[1], [2]])

    painter.gate.set()
    wall.hub.limits = replace(wall.hub.limits, snapshot_patience=60)
    await eventually(lambda: [len(seqs(screen)) for screen in boards] == [2, 2])
    await wall.hub.look()
    assert [len(seqs(screen)) for screen in boards] == [3, 3]  # both were old again when they were shown
    assert min(painter.asked[-2:]) > moment  # and what they show now was read after the last change


async def test_one_picture_is_drawn_however_many_look(wall: World, painter: Painter) -> None:
    ticket = await wall.ticket()
    screens = [(await wall.join(BOARD))[0] for _ in range(20)]
    drawn = painter.drawn

    await wall.change(ticket)
    await wall.hub.look()

    assert painter.drawn == drawn + 1
    assert {seqs(screen)[-1] for screen in screens} == {painter.drawn}


async def test_an_event_that_changes_nothing_there_shows_nothing(wall: World) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(VERIFIED_ONLY)

    await wall.change(ticket, TicketStatus.DISPATCHED)
    await wall.hub.look()
    before = seqs(screen)
    await wall.change(ticket, TicketStatus.VERIFIED)
    await wall.hub.look()

    assert (before, seqs(screen)) == ([1], [1, 2])


async def test_what_ends_by_itself_is_drawn_anew(wall: World, painter: Painter, clock: Clock) -> None:
    painter.lasts = timedelta(minutes=5)
    screen, _ = await wall.join(BOARD)
    clock.forward(minutes=4)
    await wall.hub.look()
    before = seqs(screen)

    clock.forward(minutes=1)
    await wall.hub.look()

    assert (before, seqs(screen)) == ([1], [1, 2])


async def test_a_change_of_links_or_rights_is_one(wall: World, painter: Painter) -> None:
    screen, _ = await wall.join(BOARD)

    painter.pulse_changed = True
    await wall.hub.look()
    await wall.rights(EventKind.REFERENCE_CHANGED)
    await wall.hub.look()

    assert seqs(screen) == [1, 2, 3]


async def test_a_log_that_can_not_be_read_still_sends_pictures(wall: World, painter: Painter) -> None:
    screen, _ = await wall.join(BOARD)
    painter.pulse_changed = True

    with patch("realtime.log_reader.read_after", side_effect=OSError("gone")), pytest.raises(OSError, match="gone"):
        await wall.hub.look()

    assert (seqs(screen), painter.readable) == ([1, 2], False)


async def test_a_picture_that_can_not_be_drawn_leaves_the_last_one_and_is_tried_again(
    wall: World, painter: Painter
) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(BOARD)
    painter.broken = True
    await wall.change(ticket)
    await wall.hub.look()
    before = seqs(screen)

    painter.broken = False
    await wall.hub.look()

    assert (before, seqs(screen), screen.refusals) == ([1], [1, 2], [])


async def test_a_first_picture_that_can_not_be_drawn_is_a_refusal(wall: World, painter: Painter) -> None:
    painter.broken = True

    screen, member = await wall.join(BOARD)

    assert member is None
    assert [code for _, code, _ in screen.refusals] == ["UNAVAILABLE"]


@pytest.mark.parametrize("pause", [60.0])
async def test_waits_between_two_pictures(wall: World) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(BOARD)

    await wall.change(ticket)
    await wall.hub.look()

    assert seqs(screen) == [1]
    assert 0 < wall.hub._snapshots.wait(100) <= 60  # most of it is left, unless the machine was busy meanwhile


async def test_every_frame_is_paid_for_each_who_looks_and_the_first_unpaid_one_ends_them(
    wall: World, painter: Painter
) -> None:
    painter.paid = 5
    ticket = await wall.ticket()
    screens = [(await wall.join(BOARD))[0] for _ in range(2)]
    await wall.change(ticket)
    await wall.hub.look()
    paid = [seqs(screen) for screen in screens]

    await wall.change(ticket)
    await wall.hub.look()

    assert paid == [[1, 3], [2, 3]]
    assert [seqs(screen) for screen in screens] == paid
    assert [screen.refusals for screen in screens] == [[("1", "RATE_LIMITED", None)]] * 2
    assert painter.paid == 1
    assert wall.hub.state.members == 0


async def test_a_first_picture_that_nobody_pays_for_is_not_shown(wall: World, painter: Painter) -> None:
    painter.paid = 0

    screen, member = await wall.join(BOARD)

    assert (member, seqs(screen)) == (None, [])
    assert [code for _, code, _ in screen.refusals] == ["RATE_LIMITED"]
    assert wall.hub.state.members == 0


async def test_a_picture_that_is_written_while_the_log_is_replaced_is_not_the_last_one(wall: World) -> None:
    ticket = await wall.ticket()
    screen, _ = await wall.join(BOARD)
    await wall.change(ticket)
    await wall.hub.look_shared()

    async with wall.hub._group_parts.broadcast._turn:  # others are written to, so that this picture waits
        drawing = asyncio.create_task(wall.hub._snapshot_clock.round(60))
        await eventually(lambda: bool(wall.hub._group_parts.broadcast._turn._waiters))  # type: ignore[attr-defined]
        await wall.database.execute_script(EMPTIED)
        await wall.hub.look_shared()
    await drawing
    written = len(screen.messages)
    await wall.hub.look()

    assert (written, len(screen.messages), screen.refusals) == (2, 3, [])
