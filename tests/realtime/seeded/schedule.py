"""A schedule: one seed's order, faults and times, from the start of a hub to its stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.realtime.seeded.clients import Subscription
from tests.realtime.seeded.loop import EndlessError, SeededLoop, run
from tests.realtime.seeded.plans import TICKETS
from tests.realtime.seeded.profile import Profile, drawn
from tests.realtime.seeded.world import World

SETTLE_SECONDS = 40.0
LAST_SECONDS = 4.0
FORGET_SECONDS = 8.0
SHORT_TRACE = 40
USUALLY = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed showed. digest: equal for equal runs."""

    seed: int
    violations: list[str]
    notes: list[tuple[Any, ...]]
    digest: int
    steps: int
    profile: Profile

    def __str__(self) -> str:
        lines = [" ".join(map(str, note)) for note in self.notes[-SHORT_TRACE:]]
        head = [f"seed {self.seed}, replay it with: python -m tests.realtime.seeded --seed {self.seed}"]
        return "\n".join([*head, *lines, *self.violations])


def tried(seed: int) -> Outcome:
    """Run the schedule of one seed."""
    chance = Random(seed)
    profile = drawn(chance)
    loop = SeededLoop(chance, disorder=profile.disorder, step=profile.step)
    world = World(loop, chance, profile)
    logging.disable(logging.CRITICAL)
    try:
        run(loop, Schedule(world).run())
    except EndlessError as problem:
        world.violate("the schedule does not end", problem)
    finally:
        logging.disable(logging.NOTSET)
    return Outcome(seed, world.violations, list(world.notes), world.digest, loop.steps, profile)


class Schedule:
    """Trouble for some seconds, then calm, in which everything has to come right; then the end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._actors: list[asyncio.Task[Any]] = []

    async def run(self) -> None:
        """Go on until something does not hold, or to the end."""
        for stage in (self._trouble, self._calm, self._last_changes, self._leave):
            await stage()
            if self._world.violations:
                break
        await self._stop()

    async def _trouble(self) -> None:
        world = self._world
        world.faults.calm.set()
        await world.hub.start()
        world.faults.calm.clear()
        for client in world.clients:
            self._act(client.live())
            for subscription in client.subscriptions:
                self._act(subscription.run())
        self._act(world.troubles.write())
        self._act(world.troubles.make())
        await self._pass(world.profile.seconds)

    async def _calm(self) -> None:
        """Faults have stopped: everybody is live again before long."""
        world = self._world
        world.faults.calm.set()
        world.troubles.soothe()
        world.bell.ring()
        await self._require_all_live(SETTLE_SECONDS)
        await self._pass(world.profile.limits.heartbeat + 2.0)

    async def _last_changes(self) -> None:
        """Changes in the quiet, of which everybody knows soon; one who comes back just now too."""
        world = self._world
        for _ in range(2):
            world.troubles.change()
            world.bell.ring()
            world.chance.choice(world.subscriptions).leave()
            await self._pass(world.chance.choice((0.0, 0.3)))
        world.ledger.change(world.chance.choice(TICKETS), {})
        world.bell.ring()
        await self._pass(LAST_SECONDS)
        await self._require_all_live(1.0)
        for subscription in world.subscriptions:
            if subscription.live and subscription.segment is not None:
                world.check.at_rest(subscription.segment)

    async def _leave(self) -> None:
        """Everybody goes, and nothing is left of them."""
        world = self._world
        await self._end_actors()
        await self._pass(world.profile.limits.history_kept + FORGET_SECONDS)
        for name, left in self._remains().items():
            if left:
                world.violate("left behind", name, left)

    async def _stop(self) -> None:
        world = self._world
        await self._end_actors()
        await world.hub.stop()
        await asyncio.sleep(1.0)
        if not world.violations and world.loop.left:
            world.violate("tasks are left", [task.get_coro().__qualname__ for task in world.loop.left])
        if world.loop.faults:
            world.violate("a callback raised", world.loop.faults[0])

    def _remains(self) -> dict[str, Any]:
        """What the hub still holds, by its name; nothing of it may be there when everybody has gone."""
        hub = self._world.hub
        registry, parts, replays = hub.registry, hub._group_parts, hub._joining._replays
        shares = (parts.turns, replays.slots, replays.under_way, hub._snapshots._turns)
        return {
            "lines": registry.connections,
            "groups": registry.groups,
            "idle groups": registry.idle,
            "feeds": registry.feeds,
            "pictures": registry.snapshots,
            "accounts": registry._holdings,
            "keys": registry.index._keyed,
            "groups without keys": registry.index._unkeyed,
            "bytes": parts.caches.size,
            "caches": parts.caches._caches,
            "groups that show": len(hub._showing),
            "loads": parts.rows._loading,
            "shares": [share for share in shares if not share.is_idle],
        }

    # ---------------------------------------------------------------- actors

    def _act(self, work: Coroutine[Any, Any, None]) -> None:
        self._actors.append(self._world.loop.create_task(work))

    async def _end_actors(self) -> None:
        for client in self._world.clients:
            if client.line is not None:
                client.line.close("OVER")
        for actor in self._actors:
            actor.cancel()
        await asyncio.wait(self._actors)
        for actor in self._actors:
            if not actor.cancelled() and actor.exception() is not None:
                self._world.violate("a client failed", repr(actor.exception()))
        for client in self._world.clients:
            if client.line is not None:
                client.line.close("OVER")

    async def _pass(self, seconds: float) -> None:
        """Let time pass, unless something does not hold."""
        until = self._world.loop.time() + seconds
        while not self._world.violations and (left := until - self._world.loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(1.0, left))

    # ---------------------------------------------------------------- who is live

    def _waiting(self) -> list[Subscription]:
        """Those that are not live; who is told BUSY where there may be few groups has nothing to wait for."""
        limits = self._world.profile.limits
        few = min(limits.groups, limits.groups_of_principal) < USUALLY
        return [each for each in self._world.subscriptions if not each.live and not (few and each.told == "BUSY")]

    async def _require_all_live(self, seconds: float) -> None:
        """Everybody is live within so many seconds; who comes back just now needs some of them."""
        until = self._world.loop.time() + seconds
        while self._waiting() and self._world.loop.time() < until and not self._world.violations:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        for subscription in self._waiting():
            self._world.violate("not live though all is calm", subscription.likes.kind, subscription.told)
