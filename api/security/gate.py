"""A gate: it takes one of what somebody may do so often, at once in all windows, and gives it back on success.

Nothing is looked at first and counted later, so that many who come at once are let in as often as one after another.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from limits import parse
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from api.security.budgets import PATIENCE_SECONDS, REST_SECONDS
from realtime.cancellation import is_end
from services.core.refusals import Throttled

MANY = 10_000  # our choice: keys in this process's memory after which those that are over are removed

# The first door whose windows all have room is taken, in one step. ARGV: the name of the try, and the doors as JSON.
# Gives the number of the door, 0 where none is open; the shortest wait of a door, and that of the first, in ms.
TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function wait_of(name, windows)
  local wait = 0
  for _, window in ipairs(windows) do
    local since = string.format('(%.0f', now - window[2])
    local surplus = redis.call('ZCOUNT', name, since, '+inf') - window[1]
    if surplus >= 0 then
      local last = redis.call('ZRANGEBYSCORE', name, since, '+inf', 'WITHSCORES', 'LIMIT', surplus, 1)
      wait = math.max(wait, last[2] and tonumber(last[2]) + window[2] - now or window[2])
    end
  end
  return wait
end
local index, shortest, first = 0, -1, 0
for number, door in ipairs(cjson.decode(ARGV[2])) do
  local wait, names = 0, {}
  for i, count in ipairs(door) do
    names[i] = KEYS[index + i]
    wait = math.max(wait, wait_of(names[i], count.windows))
  end
  index = index + #door
  if number == 1 then first = wait end
  if wait == 0 then
    for i, count in ipairs(door) do
      if count.taken then
        redis.call('ZREMRANGEBYSCORE', names[i], 0, string.format('%.0f', now - count.longest))
        redis.call('ZADD', names[i], string.format('%.0f', now), ARGV[1])
        redis.call('PEXPIRE', names[i], string.format('%.0f', count.longest))
      end
    end
    return {number, 0, first}
  end
  if shortest < 0 or wait < shortest then shortest = wait end
end
return {0, shortest, first}
"""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted under one key: windows are pairs of a number and milliseconds, over one another.

    taken: False for a count that must have room, and is left as it is.
    """

    key: str
    windows: tuple[tuple[int, int], ...]
    taken: bool = True

    @property
    def longest(self) -> int:
        return max(length for _, length in self.windows)

    def as_json(self) -> dict[str, Any]:
        return {"windows": self.windows, "longest": self.longest, "taken": self.taken}


Door = Sequence[Count]


@dataclass(frozen=True, slots=True)
class Taken:
    """One try that was let in: by which door (from 1), and how long the first one stays shut, in seconds."""

    name: str
    door: int
    first_opens: int
    keys: tuple[str, ...]
    shared: bool


def count(rates: str | Sequence[str], *key: str, taken: bool = True) -> Count:
    """The count of a key under one rate or several, in the notation of the package limits ("5/15 minutes")."""
    items = [parse(rate) for rate in ([rates] if isinstance(rates, str) else rates)]
    windows = tuple((item.amount, item.get_expiry() * 1_000) for item in items)
    return Count(":".join(key), windows, taken)


class Gate:
    """Counts in Redis, for all workers together, in one step; while Redis is away, in this process.

    This process notes what Redis lets in, too, so that nobody begins anew where Redis fails in the middle.
    """

    def __init__(self, redis_url: str, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(TAKE)
        self._prefix = f"{{{prefix}}}:"  # the braces keep all of it on one node of a cluster, as a script must have it
        self._clock = clock
        self._own = OwnCounts(clock)
        self._rested_until = 0.0

    async def take(self, *doors: Door) -> Taken:
        """Take one by the first door that has room for it; raises Throttled with the seconds until one has."""
        name = secrets.token_hex(8)
        answer = await self._in_redis(self._take, name, doors)
        shared = answer is not None
        if answer is None or self._is_resting():  # Redis failed, perhaps after it was asked
            answer = self._own.take(name, doors)
        elif answer[0]:
            self._own.note(name, doors[answer[0] - 1])
        door, wait, first = answer
        if not door:
            raise Throttled(seconds_of(wait))
        keys = tuple(each.key for each in doors[door - 1] if each.taken)
        return Taken(name, door, seconds_of(first), keys, shared)

    async def give_back(self, taken: Taken, *forgiven: str) -> None:
        """Undo what was taken; the counts of the keys that are forgiven begin anew."""
        self._own.give_back(taken, forgiven)
        if taken.shared and (taken.keys or forgiven):
            await self._in_redis(self._give_back, taken, forgiven)

    async def close(self) -> None:
        """Close the connection; one that is cut at this moment is closed already."""
        try:
            await self._redis.aclose()
        except BaseException as problem:
            if is_end(problem):
                raise

    async def _in_redis(self, work: Callable[..., Any], *given: Any) -> Any | None:
        """What Redis answers; None while it is away, whatever its client raises."""
        if self._is_resting():
            return None
        try:
            return await work(*given)
        except BaseException as problem:  # uvloop raises RuntimeError on a connection that is cut at this moment
            if is_end(problem):
                raise
            self._rested_until = self._clock() + REST_SECONDS
            return None

    def _is_resting(self) -> bool:
        return self._clock() < self._rested_until

    async def _take(self, name: str, doors: Sequence[Door]) -> Any:
        keys = [self._prefix + each.key for door in doors for each in door]
        shapes = orjson.dumps([[each.as_json() for each in door] for door in doors])
        return await self._script(keys=keys, args=[name, shapes])

    async def _give_back(self, taken: Taken, forgiven: Sequence[str]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            for key in taken.keys:
                pipe.zrem(self._prefix + key, taken.name)
            for key in forgiven:
                pipe.unlink(self._prefix + key)
            await pipe.execute()


class OwnCounts:
    """The same counts in the memory of this process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tries: dict[str, dict[str, float]] = {}  # of each key: when each try was taken, in ms, oldest first
        self._over: dict[str, float] = {}
        self._purge_at = MANY

    def take(self, name: str, doors: Sequence[Door]) -> tuple[int, float, float]:
        now = self._clock() * 1_000
        waits: list[float] = []
        for number, door in enumerate(doors, 1):
            waits.append(max((self._wait(each, now) for each in door), default=0.0))
            if not waits[-1]:
                self.note(name, door)
                return number, 0.0, waits[0]
        return 0, min(waits), waits[0]

    def note(self, name: str, door: Door) -> None:
        """Count one by this door, whether it has room or not."""
        for each in door:
            self._add(each, name, self._clock() * 1_000)

    def give_back(self, taken: Taken, forgiven: Sequence[str]) -> None:
        for key in taken.keys:
            self._tries.get(key, {}).pop(taken.name, None)
        for key in forgiven:
            self._tries.pop(key, None)

    def _wait(self, counted: Count, now: float) -> float:
        return max(self._wait_in(counted.key, amount, length, now) for amount, length in counted.windows)

    def _wait_in(self, key: str, amount: int, length: int, now: float) -> float:
        recent = [at for at in self._tries.get(key, {}).values() if at > now - length]
        if len(recent) < amount:
            return 0.0
        return recent[len(recent) - amount] + length - now if amount else float(length)

    def _add(self, counted: Count, name: str, now: float) -> None:
        if not counted.taken:
            return
        kept = self._tries.get(counted.key, {})
        self._tries[counted.key] = {each: at for each, at in kept.items() if at > now - counted.longest} | {name: now}
        self._over[counted.key] = now + counted.longest
        if len(self._over) >= self._purge_at:
            self._purge(now)

    def _purge(self, now: float) -> None:
        """Forget the keys whose longest window is over; the next time is when there are twice as many as are left."""
        self._over = {key: over for key, over in self._over.items() if over > now}
        self._tries = {key: tries for key, tries in self._tries.items() if key in self._over}
        self._purge_at = max(MANY, 2 * len(self._over))


def seconds_of(milliseconds: float) -> int:
    return max(1, math.ceil(milliseconds / 1_000))
