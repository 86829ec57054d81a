"""Rate limits of anonymous submissions, of guesses at secrets and passwords, and of reads that are watched."""

from __future__ import annotations

import contextlib
import hashlib
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.cancellation import is_end
from services.core.refusals import Throttled

PATIENCE_SECONDS = 0.25  # our choice: a try waits for Redis no longer than that
REST_SECONDS = 5.0  # after a failure of Redis nobody waits for it for so long


@dataclass(frozen=True)
class Rates:
    """The rates, in the notation of the package limits ("10/hour", "5/15 minutes").

    A number or an account under attack may still be tried at a low rate from every address: its owner is never locked
    out. Several windows over one another make waits grow: a minute after five tries, a quarter of an hour after ten.
    All of the numbers are our choice; docs/security.md says which of them an installation may set.
    """

    submissions_per_address: str = "10/hour"
    submissions: str = "600/hour"
    guesses_per_address: str = "20/hour"
    guesses_per_number_and_address: str = "5/15 minutes"
    guesses_per_number: str = "30/hour"
    guesses_at_a_number_under_attack: str = "1/minute"
    sign_ins: tuple[str, ...] = ("5/minute", "10/15 minutes", "20/hour", "40/day")
    sign_ins_of_an_account: str = "60/hour"
    sign_ins_to_an_account_under_attack: str = "1/minute"
    reveals_per_caller: str = "60/hour"
    lookups_per_caller: str = "60/hour"
    user_codes_of_an_approver: str = "20/10 minutes"
    failures_of_an_address: tuple[str, ...] = ("30/minute", "100/hour", "300/day")
    invitations_per_address: str = "30/hour"


class Throttles:
    """Counts tries in Redis, for all workers together; while Redis is away, in this process.

    address is a keyed hash, never an address. Each method counts one try or raises Throttled.
    """

    def __init__(self, redis_url: str, rates: Rates | None = None, *, prefix: str = "surga:throttle") -> None:
        self._rates = rates or Rates()
        self._storage = redis_storage(redis_url, prefix)
        self._shared = MovingWindowRateLimiter(self._storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._rested_until = 0.0

    async def submission(self, address: str) -> None:
        """One anonymous submission."""
        await self._hit(self._rates.submissions_per_address, "submission", address)
        await self._hit(self._rates.submissions, "submissions")

    async def citizen_session(self, address: str, number: str) -> None:
        """One try to open a ticket with its number and secret."""
        ticket = _ticket(number)
        await self._hit(self._rates.guesses_per_address, "guess", address, look=True)
        await self._hit(self._rates.guesses_per_number_and_address, "guess-at", ticket, address)
        try:
            await self._hit(self._rates.guesses_per_number, "guesses-at", ticket)
        except Throttled:
            await self._hit(self._rates.guesses_at_a_number_under_attack, "narrow", ticket, address)

    async def citizen_session_failed(self, address: str) -> None:
        """The try failed: an address, which many citizens may share, may fail for all numbers only so often."""
        with contextlib.suppress(Throttled):
            await self._hit(self._rates.guesses_per_address, "guess", address)

    async def citizen_session_opened(self, address: str, number: str) -> None:
        """The try succeeded: earlier ones from there are forgiven."""
        ticket = _ticket(number)
        await self._forget(self._rates.guesses_per_number_and_address, "guess-at", ticket, address)
        await self._forget(self._rates.guesses_at_a_number_under_attack, "narrow", ticket, address)

    async def sign_in(self, address: str, account: str) -> None:
        """One try to sign in; account is a keyed hash too, whether there is such an account or not."""
        for rate in self._rates.failures_of_an_address:
            await self._hit(rate, "failures", address, look=True)
        for rate in self._rates.sign_ins:
            await self._hit(rate, "sign-in", account, address)
        try:
            await self._hit(self._rates.sign_ins_of_an_account, "sign-ins", account)
        except Throttled:
            await self._hit(self._rates.sign_ins_to_an_account_under_attack, "narrow-sign-in", account, address)

    async def sign_in_failed(self, address: str) -> None:
        """The try failed: an address may fail for all accounts together only so often."""
        for rate in self._rates.failures_of_an_address:
            with contextlib.suppress(Throttled):
                await self._hit(rate, "failures", address)

    async def signed_in(self, address: str, account: str) -> None:
        """The try succeeded: earlier ones from there are forgiven."""
        for rate in self._rates.sign_ins:
            await self._forget(rate, "sign-in", account, address)

    async def user_code(self, principal: str) -> None:
        """One try at the code of a screen."""
        await self._hit(self._rates.user_codes_of_an_approver, "user-code", principal)

    async def reveal(self, principal: str) -> None:
        """One reporter that this caller wants unmasked."""
        await self._hit(self._rates.reveals_per_caller, "reveal", principal)

    async def lookup(self, principal: str) -> None:
        """One person whose tickets this caller wants to find."""
        await self._hit(self._rates.lookups_per_caller, "lookup", principal)

    async def invitation(self, address: str) -> None:
        """One try to spend a one-time link."""
        await self._hit(self._rates.invitations_per_address, "invitation", address)

    async def first_use(self, name: str, lifetime: timedelta) -> bool:
        """Whether this name was not used within its lifetime; from now on it is."""
        try:
            await self._hit(f"1/{math.ceil(lifetime.total_seconds())} seconds", "first-use", name)
        except Throttled:
            return False
        return True

    async def close(self) -> None:
        bridge: Any = self._storage.bridge  # only the bridge to redis-py has a client of its own
        await bridge.storage.aclose()

    async def _hit(self, rate: str, *key: str, look: bool = False) -> None:
        await self._try(partial(look_at if look else hit, item=parse(rate), key=key))

    async def _forget(self, rate: str, *key: str) -> None:
        await self._try(lambda limiter: limiter.clear(parse(rate), *key))

    async def _try(self, work: Callable[[MovingWindowRateLimiter], Awaitable[None]]) -> None:
        """Do it in Redis; while that is away, in this process."""
        if time.monotonic() >= self._rested_until:
            try:
                return await work(self._shared)
            except Throttled:
                raise
            except BaseException as problem:  # uvloop raises RuntimeError on a connection that is cut at this moment
                if is_end(problem):
                    raise
                self._rested_until = time.monotonic() + REST_SECONDS
        return await work(self._own)


def _ticket(number: str) -> str:
    return hashlib.sha256(number.encode("utf-8", "replace")).hexdigest()[:32]


async def look_at(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> None:
    """Count nothing; raises Throttled where one more would."""
    if not await limiter.test(item, *key):
        reset, _ = await limiter.get_window_stats(item, *key)
        raise Throttled(max(1, math.ceil(reset - time.time())))


async def hit(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> None:
    """Count one; raises Throttled with the seconds until the next may pass."""
    if not await limiter.hit(item, *key):
        reset, _ = await limiter.get_window_stats(item, *key)
        raise Throttled(max(1, math.ceil(reset - time.time())))


def redis_storage(url: str, prefix: str) -> RedisStorage:
    """The storage of the package limits, with short timeouts: a throttle must not hold up what it guards."""
    address = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
    options: dict[str, Any] = {
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return RedisStorage(address, implementation="redispy", key_prefix=prefix, **options)
