"""The moments of pictures: they tell of nothing that is not read there, and no picture outlasts its rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models import Ticket
from realtime.bell import Bell
from realtime.callbacks import GroupPlan, Snapshot
from realtime.hub import Hub
from tests.conftest import PATIENT, Clock
from tests.realtime.world import Domain, Screen, World, eventually, payload

DISCREET = GroupPlan("partner", snapshot=True, discreet=True)
STEP = 0.25
UNREAD, RIGHTS = "what this partner does not read", "rights of others"


@dataclass
class Seconds:
    """A monotonic clock that stands still until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Painter:
    """Draws what is to be read, numbered; accepted is the last picture that was found right to be shown."""

    seconds: Seconds
    content: str = "calm"
    drawn: int = 0
    accepted: bytes | None = None
    read: list[tuple[float, bool]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def snapshot(self, plan: GroupPlan, asked: float, readable: bool) -> Snapshot:
        self.read.append((asked, readable))
        if not readable:
            assert self.accepted is not None
            return Snapshot(self.accepted, None, b"old")
        content = self.content.encode()
        if self.gate is not None:
            await self.gate.wait()
        self.drawn += 1
        frame = payload("picture", self.drawn, at=self.seconds.now, content=self.content)
        return Snapshot(frame, None, content, lambda: setattr(self, "accepted", frame))


@dataclass
class Wall:
    """A hub with pictures, by a clock that stands still."""

    world: World
    seconds: Seconds
    painter: Painter
    ticket: Ticket

    async def happen(self, content: str = UNREAD) -> None:
        """Something happens; the board of the partner shows it unless it does not read it."""
        if content == RIGHTS:
            await self.world.rights()
            return
        if content != UNREAD:
            self.painter.content = content
        await self.world.change(self.ticket)

    async def until(self, moment: float, happening: dict[float, str] | None = None) -> None:
        """Let time go by in steps, with what happens at these moments; the hub looks after each."""
        start = 1_000.0
        while self.seconds.now < start + moment:
            content = (happening or {}).get(self.seconds.now - start)
            if content is not None:
                await self.happen(content)
            await self.world.hub.look()
            self.seconds.now += STEP


@pytest.fixture
async def wall(database: BaseDBAsyncClient, redis_url: str, clock: Clock) -> AsyncIterator[Wall]:
    seconds, bell = Seconds(), Bell(redis_url, "tests", PATIENT)
    domain, painter = Domain(database), Painter(seconds)
    callbacks = replace(domain.callbacks, snapshot=painter.snapshot, pulse=lambda bell, database: False)
    hub = Hub(database=lambda: database, bell=bell, callbacks=callbacks, clock=clock, monotonic=seconds)
    await hub.begin()
    world = World(database, hub, domain, clock)
    yield Wall(world, seconds, painter, await world.ticket())
    await hub.stop()
    await bell.close()


def shown(screen: Screen) -> list[tuple[float, str]]:
    """When which content was shown, in seconds since the beginning."""
    return [(data["at"] - 1_000.0, data["content"]) for data in screen.data]


UNREAD_MOMENTS = {
    0.5: UNREAD,
    1.25: UNREAD,
    3.75: UNREAD,
    4.5: UNREAD,
    5.0: RIGHTS,
    9.0: UNREAD,
    12.25: UNREAD,
    21.0: UNREAD,
}
READ_MOMENTS = {4.25: "first", 4.75: "second", 12.5: "third"}
SHOWN = [(0.0, "calm"), (5.0, "second"), (13.0, "third"), (22.0, "third")]


@pytest.mark.parametrize("unread", [{}, UNREAD_MOMENTS])
async def test_frames_come_at_the_same_moments_whatever_happens_that_is_not_read(
    wall: Wall, unread: dict[float, str]
) -> None:
    screen, _ = await wall.world.join(DISCREET)

    await wall.until(25, {**unread, **READ_MOMENTS})

    assert shown(screen) == SHOWN


@pytest.mark.parametrize("unread", [{}, {2.25: UNREAD}])
async def test_the_age_of_a_first_picture_does_not_tell_of_it_either(wall: Wall, unread: dict[float, str]) -> None:
    await wall.world.join(DISCREET)
    await wall.until(2.5, {1.25: "first", **unread})
    early, _ = await wall.world.join(DISCREET)
    await wall.until(3.5)

    late, _ = await wall.world.join(DISCREET)

    assert (shown(early), shown(late)) == ([(2.0, "first")], [(3.5, "first")])
    assert wall.painter.read[-1] == (1_003.5, True)  # no reading of before is good enough either


async def test_who_joined_between_two_changes_is_not_left_with_the_first(wall: Wall) -> None:
    others, _ = await wall.world.join(DISCREET)
    await wall.until(2.25)
    await wall.happen("first")
    await wall.world.hub.look_shared()
    joined, _ = await wall.world.join(DISCREET)

    await wall.happen("calm")
    await wall.until(4)

    assert shown(joined) == [(2.25, "first"), (3.0, "calm")]
    assert shown(others) == [(0.0, "calm"), (3.0, "calm")]


async def test_what_nobody_is_shown_is_not_paid_for(wall: Wall) -> None:
    asked = []
    parts = wall.world.hub._group_parts
    pays: Callable[[GroupPlan, int], bool] = lambda plan, frames: asked.append(frames) is None  # noqa: E731
    object.__setattr__(parts, "callbacks", replace(parts.callbacks, pays=pays))
    await wall.world.join(DISCREET)

    await wall.until(5, {2.0: UNREAD})

    assert (wall.painter.drawn, asked) == (2, [])


async def hung_while(wall: Wall, work: Callable[[], Awaitable[object]]) -> None:
    """Let a drawing hang until no look vouches for anybody any more."""
    wall.painter.gate = asyncio.Event()
    reads = len(wall.painter.read)
    drawing = asyncio.ensure_future(work())
    await eventually(lambda: len(wall.painter.read) > reads)
    wall.seconds.now += wall.world.hub.limits.lease + 0.5
    wall.painter.gate.set()
    await drawing


async def test_what_was_read_under_a_lease_that_is_over_is_not_shown(wall: Wall) -> None:
    screen, _ = await wall.world.join(GroupPlan("wall", snapshot=True))
    wall.seconds.now += 1
    await wall.happen("changed")
    await wall.world.hub.look_shared()

    await hung_while(wall, lambda: wall.world.hub._snapshot_clock.round(60))
    old = shown(screen)
    wall.painter.gate = None
    wall.seconds.now += 1
    await wall.world.hub.look()

    assert old == [(0.0, "calm"), (0.0, "calm")]
    assert shown(screen)[2:] == [(7.5, "changed")]


async def test_a_first_picture_under_a_lease_that_is_over_is_the_one_that_others_have(wall: Wall) -> None:
    board = GroupPlan("wall", snapshot=True)
    await wall.world.join(board)
    wall.seconds.now += 2
    wall.painter.content = "changed"
    screen = await wall.world.open()

    await hung_while(wall, lambda: wall.world.join(board, screen=screen))

    assert shown(screen) == [(0.0, "calm")]
