"""Budgets of partners: token buckets that all workers share in Redis; each keeps its own while Redis is away."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.cancellation import is_end
from services.access.scopes import Budget
from services.core.refusals import EdgeRefusal

LOGGER = logging.getLogger("surga.partners")
PATIENCE_SECONDS = 0.25  # our choice: an operation or a try at a secret waits for Redis no longer than that
REST_SECONDS = 5.0  # after a failure of Redis nobody waits for it for so long
FLUSH_SECONDS = 1.0  # our choice: what workers may overspend together is what live events cost in it
MOST_BUCKETS = 10_000  # our choice: more partners than a city has, some 2 MB

# One bucket: refill by Redis' own clock, then take the points. A debt (ARGV[4]) is always taken, as it was spent. A
# bucket that nobody touches is forgotten when it is full again, with twice the time of that and a minute to spare.
TAKE = """
local capacity, restore, points = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
left = math.min(capacity, left + math.max(0, now - at) * restore)
local taken = (left >= points or ARGV[4] == '1') and 1 or 0
if taken == 1 then left = math.max(left - points, -capacity) end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(2000 * capacity / restore) + 60000)
return {taken, tostring(left)}
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """What an operation was charged; refusal where the budget does not hold so much.

    statements are the points in it that are not for fields: the operation itself, statements, counts and searches.
    """

    requested: int
    left: int
    restore_per_second: int
    refusal: EdgeRefusal | None = None
    statements: int = 0

    def as_extensions(self) -> dict[str, int]:
        """The charge as clients read it in extensions.cost."""
        return {
            "requested": self.requested,
            "fields": self.requested - self.statements,
            "statements": self.statements,
            "left": self.left,
            "restorePerSecond": self.restore_per_second,
        }


@dataclass(slots=True)
class Bucket:
    """This worker's copy of a bucket: points left at a moment of its own clock; pending points are not in Redis yet."""

    left: float
    at: float
    budget: Budget
    pending: float = 0.0

    def refill(self, now: float) -> None:
        flow = (now - self.at) * self.budget.restore_per_second
        self.left, self.at = min(self.budget.points, self.left + flow), now

    def take(self, points: float) -> bool:
        if self.left < points:
            return False
        self.left -= points
        return True


class Budgets:
    """The budgets of all partners, by the number of the partner.

    Operations ask Redis one by one; live events are taken in memory and written to Redis once a second by flush.
    """

    def __init__(self, redis_url: str, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._take = self._redis.register_script(TAKE)
        self._name = name
        self._clock = clock
        self._buckets: dict[int, Bucket] = {}
        self._rested_until = 0.0

    async def spend(self, partner: int, budget: Budget, points: int) -> Charge:
        """Take the points of one operation; where they are lacking nothing is taken, and the charge holds a refusal."""
        bucket = self._bucket(partner, budget)
        if points > budget.points:
            refusal = EdgeRefusal("COST_EXCEEDED", "BUDGET_TOO_SMALL", requested=points, points=budget.points)
            return self._charge(bucket, points, refusal)
        taken = await self._shared(partner, bucket, points)
        if taken is None:
            taken = bucket.take(points)
        return self._charge(bucket, points, None if taken else self.spent(partner, budget, points))

    def debit(self, partner: int, budget: Budget, points: int) -> bool:
        """Take the points of live events, in memory only; False where they are not there."""
        bucket = self._bucket(partner, budget)
        if not bucket.take(points):
            return False
        bucket.pending += points
        return True

    def spent(self, partner: int, budget: Budget, points: int) -> EdgeRefusal:
        """The refusal of somebody whose budget is empty, with the seconds until it holds so many points."""
        missing = min(points, budget.points) - self._bucket(partner, budget).left
        seconds = max(1, math.ceil(missing / budget.restore_per_second))
        wait = {"retryAfterSeconds": seconds}
        return EdgeRefusal("RATE_LIMITED", "BUDGET_EMPTY", extensions=wait, time=timedelta(seconds=seconds))

    async def flush(self) -> None:
        """Write to Redis what live events took since the last flush: one call for each partner that had any."""
        for partner, bucket in tuple(self._buckets.items()):
            if bucket.pending:
                await self._settle(partner, bucket)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets = {key: each for key, each in self._buckets.items() if each.pending}

    async def close(self) -> None:
        """Write the last points to Redis and close the connection; one that is cut at this moment is closed already."""
        await self.flush()
        try:
            await self._redis.aclose()
        except BaseException as problem:
            if is_end(problem):
                raise

    async def _settle(self, partner: int, bucket: Bucket) -> None:
        pending, bucket.pending = bucket.pending, 0.0
        accepted = None
        try:
            accepted = await self._shared(partner, bucket, pending, debt=True)
        finally:
            if accepted is None:
                bucket.pending += pending

    def _bucket(self, partner: int, budget: Budget) -> Bucket:
        now = self._clock()
        bucket = self._buckets.get(partner)
        if bucket is None:
            bucket = self._buckets[partner] = Bucket(budget.points, now, budget)
        bucket.budget = budget
        bucket.refill(now)
        return bucket

    async def _shared(self, partner: int, bucket: Bucket, points: float, *, debt: bool = False) -> bool | None:
        """Take points from the bucket that all workers share; None while Redis is away, whatever its client raises."""
        if self._clock() < self._rested_until:
            return None
        budget = bucket.budget
        arguments = [budget.points, budget.restore_per_second, points, int(debt)]
        try:
            taken, left = await self._take(keys=[f"surga:budget:{self._name}:{partner}"], args=arguments)
            bucket.left, bucket.at = float(left) - bucket.pending, self._clock()
        except BaseException as problem:  # uvloop raises RuntimeError on a connection that is cut at this moment
            if is_end(problem):
                raise
            LOGGER.warning("Redis keeps no budgets for %s s: %s.", REST_SECONDS, type(problem).__name__)
            self._rested_until = self._clock() + REST_SECONDS
            return None
        return bool(taken)

    def _charge(self, bucket: Bucket, points: int, refusal: EdgeRefusal | None) -> Charge:
        left = max(0, math.floor(bucket.left))
        return Charge(points, left, bucket.budget.restore_per_second, refusal)
