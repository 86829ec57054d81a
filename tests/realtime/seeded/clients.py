"""Clients of the small desk: they do what a socket session does, and come back with their cursor after every end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime.callbacks import GroupPlan, SubscribeRequest
from realtime.cursors import FeedPosition
from realtime.members import Member
from tests.realtime.seeded.lines import Line
from tests.realtime.seeded.plans import AGENCIES, TICKETS, Kind, Scope, Wanted, plan_of
from tests.realtime.seeded.segments import DROPPED, LEFT, Segment

if TYPE_CHECKING:
    from tests.realtime.seeded.world import World

RETRY_SECONDS = (0.0, 0.05, 0.5, 2.0)
QUIET_SECONDS = (0.0, 0.1)
BUSY_SECONDS = 1.0
WHIMS = ("drop", "leave", "deaf")


@dataclass(frozen=True, slots=True)
class Likes:
    """What a client follows, apart from its rights. referring: its plan depends on master data."""

    kind: Kind
    agency: int | None
    ticket: int | None
    strict: bool
    referring: bool
    keyed: bool
    alone: bool


def likes_of(world: World) -> Likes:
    """Something new, or what another one follows already, so that they are of one group."""
    chance = world.chance
    if world.likes and chance.random() < 0.4:
        return chance.choice(world.likes)
    likes = Likes(
        kind=chance.choice((Kind.FEED, Kind.FEED, Kind.CHANGES, Kind.BOARD)),
        agency=chance.choice((None, None, *AGENCIES)),
        ticket=chance.choice((None, None, None, *TICKETS[:2])),
        strict=chance.random() < 0.3,
        referring=chance.random() < 0.5,
        keyed=chance.random() < 0.6,
        alone=world.profile.aimed or chance.random() < 0.3,
    )
    world.likes.append(likes)
    return likes


class GoneError(Exception):
    """The line ended while something was asked over it, or its principal has no rights now."""


class Client:
    """One program on one line at a time, with some subscriptions. name: whose credential it has."""

    def __init__(self, world: World, number: int, name: int) -> None:
        chance = world.chance
        self.world = world
        self.number = number
        self.name = name
        self.line: Line | None = None
        self.subscriptions = [Subscription(self, str(number)) for number in range(chance.choice((1, 1, 2, 3)))]
        self._identifying = asyncio.Lock()

    async def identified(self) -> tuple[Line, Scope]:
        """The line, and the scope that it has now; one asks for it where it ended, all others wait for that."""
        await self.world.hub.end_scopes()
        async with self._identifying:
            line = self.line = self.line if self.line is not None and not self.line.closed else self._new_line()
            if not self.world.hub.confirmed:
                await self._identify(line)
            while line.scope is None:
                await self._identify(line)
        return line, line.scope

    async def _identify(self, line: Line) -> None:
        seen, world = self.world.hub.rights_seen, self.world
        await world.faults.lag()
        scope = world.ledger.scope_of(self.name, world.valid_until())
        crossed = world.profile.has("rights") and not world.faults.calm.is_set() and world.chance.random() < 0.1
        if crossed:
            world.troubles.change_rights(self.name)  # just after they were read
        await world.faults.dawdle()
        if scope is None:
            line.close("REVOKED")
        if line.closed:
            raise GoneError
        if line.scope is not None and scope != line.scope:
            self._end_subscriptions(line)
        line.scope = line.scope if scope == line.scope else scope
        if crossed and world.chance.random() < 0.5:
            world.faults.fail_next("judge")
        await world.hub.attach(line, seen)

    def _end_subscriptions(self, line: Line) -> None:
        """What goes on under other rights is ended."""
        for segment in tuple(line.operations.values()):
            segment.stop(self.world.hub.leave)
            segment.end("FORBIDDEN")

    def _new_line(self) -> Line:
        world = self.world
        return Line(
            world.faults, world.chance, (self.number, self.name), world.shown, lambda line: world.hub.detach(line)
        )

    # ---------------------------------------------------------------- whims

    async def live(self) -> None:
        """Read, or do something on a sudden, until the world is over."""
        chance, faults = self.world.chance, self.world.faults
        while True:
            await asyncio.sleep(0.3 if faults.calm.is_set() else chance.uniform(0.3, 6.0))
            line = self.line
            if line is not None and line.broken:
                line.close(DROPPED)
            elif line is not None and not faults.calm.is_set():
                await self._on_a_sudden(line)

    async def _on_a_sudden(self, line: Line) -> None:
        chance = self.world.chance
        whim = chance.choice(WHIMS)
        if not self.world.profile.has(whim) or not self.world.faults.aim((self.name,)):
            return
        self.world.note("whim", self.number, whim)
        if whim == "drop":
            line.close(DROPPED)
        elif whim == "leave":
            chance.choice(self.subscriptions).leave()
        else:
            line.stop_reading()
            await self.world.faults.quiet(chance.choice((0.5, 5.0, 25.0)))
            line.read_on()


class Subscription:
    """Something that a client wants to follow for ever. Equal ones of other clients may be of the same group."""

    def __init__(self, client: Client, operation: str) -> None:
        self.operation = operation
        self.cursor: FeedPosition | None = None
        self.segment: Segment | None = None
        self.told: str | None = None  # why the last one ended
        self.likes = likes_of(client.world)
        self._client = client
        self._world = client.world

    @property
    def live(self) -> bool:
        """Whether it has everything that was missed, and goes on."""
        return self.segment is not None and self.segment.open and self.segment.live_at is not None

    async def run(self) -> None:
        """Follow until the world is over."""
        while True:
            await self._pause()
            try:
                segment = await self._begin()
            except Exception as problem:
                self._world.note("refused", self._client.number, self.operation, type(problem).__name__)
                continue
            await segment.over.wait()
            await self._go_on_after(segment)

    async def _pause(self) -> None:
        calm = self._world.faults.calm.is_set()
        busy = BUSY_SECONDS if self.told == "BUSY" else 0.0
        await asyncio.sleep(busy + self._world.chance.choice(QUIET_SECONDS if calm else RETRY_SECONDS))

    async def _begin(self) -> Segment:
        """Ask for it, as a socket session does."""
        world, client = self._world, self._client
        line, scope = await client.identified()
        rights_seen = world.hub.rights_seen
        plan = await self._planned(scope)
        if line.closed:
            raise GoneError
        segment = self.segment = Segment(line, self.operation, scope, plan, self.cursor, world.loop.time())
        segment.hurt_before = world.hurt(plan.key)
        line.operations[self.operation] = segment
        world.note("asks", client.number, self.operation, plan.domain.kind, self.cursor and self.cursor.seq)
        request = SubscribeRequest(plan, self.cursor, f"account-{client.name}", reserved=client.name % 2 == 0)
        segment.task = world.loop.create_task(self._join(segment, request, rights_seen))
        return segment

    async def _planned(self, scope: Scope) -> GroupPlan:
        world = self._world
        await world.faults.lag()
        likes = self.likes
        reference = world.ledger.reference if likes.referring else 0
        wanted = Wanted(likes.kind, likes.agency, likes.ticket, scope.secret, likes.strict, reference)
        plan = plan_of(wanted, scope, keyed=likes.keyed, alone=likes.alone)
        if self.cursor is None and world.chance.random() < 0.5:  # a list was asked for before
            self.cursor = FeedPosition(world.ledger.epoch, world.ledger.last, plan.mark or b"")
        await world.faults.dawdle()
        return plan

    async def _join(self, segment: Segment, request: SubscribeRequest, rights_seen: int) -> None:
        try:
            member = await self._world.hub.join(request, segment.line, segment.operation, segment.scope, rights_seen)
        except asyncio.CancelledError:
            if segment.stopped or segment.line.closed:
                raise
            self._world.violate("a cancellation that nobody asked for came out of a join", segment.plan.key)
        except Exception as problem:
            segment.end(type(problem).__name__)
        except BaseException as problem:
            self._world.violate("a join ended with no Exception", segment.plan.key, type(problem).__name__)
        else:
            self._joined(segment, member)

    def _joined(self, segment: Segment, member: Member | None) -> None:
        segment.task = None
        if member is None:
            return  # it was told why, or will be: that it is told at all is seen when all is calm
        if not segment.open:
            self._world.hub.leave(member)
            return
        segment.member, segment.live_at = member, self._world.loop.time()
        segment.ahead = member.position > self._world.group_position(member)
        if segment.cursor is None:
            segment.epoch, segment.cursor = self._world.position[1], member.position
        self._world.note("is live", self._client.number, self.operation, segment.cursor)

    def leave(self) -> None:
        """Complete the operation, as a client that wants no more of it; run asks for it again."""
        segment = self.segment
        if segment is not None and segment.open:
            segment.stop(self._world.hub.leave)
            segment.end(LEFT)

    async def _go_on_after(self, segment: Segment) -> None:
        """Where the next one begins, by what this one was shown and told."""
        world, mark = self._world, segment.plan.mark or b""
        world.note("ended", self._client.number, self.operation, segment.ended, segment.cursor)
        self.told = segment.ended
        world.check.ended(segment)
        if segment.task is not None and (segment.stopped or segment.line.closed):
            segment.task.cancel()
            await asyncio.wait([segment.task])
        if segment.cursor is not None and segment.epoch is not None:
            self.cursor = FeedPosition(segment.epoch, segment.cursor, mark)
        if segment.ended == "CURSOR_EXPIRED":
            self.cursor = segment.place
        elif segment.ended == "BUDGET_EXCEEDED" and segment.place is not None:
            self.cursor = FeedPosition(segment.place.epoch, segment.place.seq, mark)
        if segment.plan.snapshot:
            self.cursor = None
