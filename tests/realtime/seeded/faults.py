"""Faults at everything that the core awaits, drawn by the seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable
from random import Random

from realtime.strays import StrayError
from tests.realtime.seeded.loop import SeededLoop
from tests.realtime.seeded.profile import Profile

OFTEN_PASSING = (OSError, ConnectionResetError, TimeoutError)
STAYING = (ValueError, KeyError, RuntimeError, AssertionError, RecursionError)
CALLED_BY_GROUPS = ("render", "heartbeat", "reset", "picture", "load", "judge", "outdated")
LONG_SECONDS = 60.0


class OddError(BaseException):
    """What is no Exception, and what nobody expects."""


class Faults:
    """hurt counts what can have ended a group: by the group's key, and under None what hurts all.

    trouble_until: until when what is late has a reason, likewise by key. away_until: when the database is there
    again. sluggish: groups whose frames take so many seconds each.
    """

    def __init__(self, loop: SeededLoop, chance: Random, profile: Profile, note: Callable[..., None]) -> None:
        self.calm = asyncio.Event()
        self.hurt: Counter[Hashable] = Counter()
        self.trouble_until: dict[Hashable, float] = {}
        self.away_until = 0.0
        self.sluggish: dict[Hashable, float] = {}
        self.aim: Callable[[Hashable], bool] = lambda key: True
        self._loop = loop
        self._chance = chance
        self._profile = profile
        self._note = note
        self._failing: set[str] = set()
        self._kinds = [kind for kind in ("error", "base", "stray", "delay", "long") if profile.has(kind)]

    async def at(self, place: str, key: Hashable = None, *, database: bool = False) -> None:
        """Maybe raise, or take long. key: whose group it is for, None where all depend on it."""
        if self.calm.is_set():
            return
        if place in self._failing:
            self._failing.remove(place)
            self.excuse(key, 0.0)
            self._raise(place, key, OSError("a line was cut"))
        if database and self._loop.time() < self.away_until:
            await self._away(place, key)
        if place == "render" and key in self.sluggish:
            self.excuse(key, self.sluggish[key])
            await self.quiet(self.sluggish[key])
        if self._kinds and self._chance.random() < self._profile.rate and self.aim(key):
            await self._go_wrong(place, key, self._chance.choice(self._kinds))
        elif self._chance.random() < 0.3:
            await self.lag()

    def fail_next(self, place: str) -> None:
        """Let what is awaited there next fail as of a line that was cut."""
        self._failing.add(place)

    async def lag(self) -> None:
        """Take as long as things usually take."""
        await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.001, 0.02)))

    async def dawdle(self) -> None:
        """Take a little, or so long that much happens meanwhile."""
        if not self.calm.is_set() and self._chance.random() < 0.2:
            await self.quiet(self._chance.choice((0.5, 3.0)))
        else:
            await self.lag()

    def passing(self, problem: BaseException) -> bool:
        """Whether a problem is one of the moment, as the hub is told."""
        return isinstance(problem, (TimeoutError, OSError) + ((StrayError,) * self._profile.broken_passes))

    def excuse(self, key: Hashable, seconds: float) -> None:
        """Whatever belongs to this key may be late for so long, and for a while of recovery."""
        until = self._loop.time() + seconds + 6.0
        self.trouble_until[key] = max(until, self.trouble_until.get(key, 0.0))

    async def _away(self, place: str, key: Hashable) -> None:
        """The database is not there: some calls are refused at once, some hang."""
        self.excuse(key, self.away_until - self._loop.time())
        if self._chance.random() < 0.3:
            await self.quiet(self.away_until - self._loop.time())
        self._raise(place, key, OSError("the database is away"))

    async def _go_wrong(self, place: str, key: Hashable, kind: str) -> None:
        if kind in ("delay", "long"):
            seconds = LONG_SECONDS if kind == "long" else self._chance.uniform(0.05, 8.0)
            self._note("slow", place, round(seconds, 3))
            self.excuse(key, seconds)
            self.hurt[key] += 1  # the hub waits only for so long
            await self.quiet(seconds)
            return
        await self.lag()
        if kind == "error":
            problem: BaseException = self._chance.choice(OFTEN_PASSING + STAYING)("drawn")
        else:
            problem = asyncio.CancelledError() if kind == "stray" else self._odd(place)
        self.excuse(key, 0.0)
        self._raise(place, key, problem)

    def _odd(self, place: str) -> BaseException:
        return self._chance.choice((OddError(), GeneratorExit()) if place in CALLED_BY_GROUPS else (OddError(),))

    def _raise(self, place: str, key: Hashable, problem: BaseException) -> None:
        self._note("fails", place, type(problem).__name__)
        self.hurt[key] += 1
        raise problem

    async def quiet(self, seconds: float) -> None:
        """Sleep, but not longer than there is trouble; a cancellation from outside ends it as any other."""
        try:
            async with asyncio.timeout(seconds):
                await self.calm.wait()
        except TimeoutError:
            return
