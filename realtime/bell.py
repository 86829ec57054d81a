"""The bell: one tiny message on Redis that tells every worker to look at the log now instead of within a second."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.cancellation import is_cancelled, is_end
from realtime.homes import HighWaterMark

LOGGER = logging.getLogger("surga.bell")
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class BellLimits:
    """Times in seconds, all of them our choice."""

    ring: float = 0.25  # the caller's mutation waits for it, and a lost ring costs a second only
    rest_after_failure: float = 1.0  # so that a Redis that is away delays one mutation a second and not each
    connect: float = 3.0
    silence_before_ping: float = 5.0
    pong: float = 3.0  # with the silence before it, a half-open connection is noticed within ten seconds
    first_pause: float = 0.05
    longest_pause: float = 1.0  # as long as the hub waits between two looks without a bell


class Bell:
    """Rings for, and hears of, changes of one log. Losing a ring loses no event: everyone looks every second anyway.

    Each ring notes the high-water mark: how far the log of this epoch has come. marked is what was found of it when the
    listener was connected last, or before that by remember. live: rings of this epoch are heard.
    """

    def __init__(self, url: str, epoch: str, limits: BellLimits | None = None) -> None:
        self.epoch = epoch
        self.marked = HighWaterMark(epoch, 0)
        self.live = False
        self.connections = 0
        self.failed_rings = 0
        self._limits = limits or BellLimits()
        self._rest_until = 0.0
        self._away_since: float | None = None
        # Two clients: a publisher must give up quickly, a listener must wait for long.
        self._publisher = _client(url, self._limits.ring, retries=1)
        self._listener = _client(url, self._limits.connect, retries=0)

    @property
    def channel(self) -> str:
        """Where rings of this epoch are heard."""
        return f"surga:{self.epoch}"

    def follow(self, epoch: str) -> None:
        """Ring for the log of another epoch, and hear of it within a second; the channel of before is heard too."""
        if epoch != self.epoch:
            self.epoch, self.marked, self.live = epoch, HighWaterMark(epoch, 0), False

    async def high_water_mark(self) -> HighWaterMark:
        """How far the log of this epoch has come, as rings have noted it; raises what Redis raises."""
        async with asyncio.timeout(self._limits.ring):
            return await self._high_water_mark(self._publisher)

    async def _high_water_mark(self, client: Redis) -> HighWaterMark:
        epoch = self.epoch
        found = await client.zscore(f"surga:{epoch}:mark", "seq")
        return HighWaterMark(epoch, int(found or 0))

    async def ring(self, seq: int) -> None:
        """Tell every worker that the log reaches seq; never raises, never takes longer than the limit of a ring."""
        mark = ("ZADD", f"{self.channel}:mark", "GT", seq, "seq", int(time.time()), "at")
        await self._send(mark, ("PUBLISH", self.channel, seq))

    async def call(self) -> None:
        """Tell every worker of this epoch to look, without noting how far the log has come; never raises either."""
        await self._send(("PUBLISH", self.channel, 0))

    async def _send(self, *commands: tuple[str | int, ...]) -> None:
        """Send commands in one round trip; only the failure of the last one, which rings, is one."""
        if time.monotonic() < self._rest_until:
            return
        try:
            pipeline = self._publisher.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            async with asyncio.timeout(self._limits.ring):
                answers = await pipeline.execute(raise_on_error=False)
            if isinstance(answers[-1], Exception):
                raise answers[-1]
        except BaseException as problem:  # uvloop raises RuntimeError on a connection that is cut at this moment
            if is_end(problem):
                raise
            self.failed_rings += 1
            self._rest_until = time.monotonic() + self._limits.rest_after_failure

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call heard at every ring, every (re)connection and every error, for ever; end it by cancelling."""
        pause = self._limits.first_pause
        while True:
            try:
                await self._listen_once(heard)
            except BaseException as problem:  # another connection is tried: meanwhile the log is looked at anyway
                if is_end(problem) or is_cancelled():
                    raise
                self._tell_away(problem)
                pause = self._limits.first_pause if self.live else min(pause * 2, self._limits.longest_pause)
            finally:
                self.live = False
            heard()
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads reconnections, keeps no secret

    def _tell_away(self, problem: BaseException) -> None:
        """Log why Redis is away, once until it is back."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            text = "".join(letter for letter in str(problem) if letter.isprintable())[:LONGEST_REASON]
            LOGGER.warning(
                "Redis is away (%s: %s); changes arrive within a second instead of at once.",
                type(problem).__name__,
                text,
            )

    def _tell_back(self) -> None:
        """Log that Redis is back, and how long it was away."""
        if self._away_since is not None:
            LOGGER.warning("Redis is back after %.1f s.", time.monotonic() - self._away_since)
            self._away_since = None

    async def close(self) -> None:
        """Close both clients, also where a connection is cut at this moment."""
        for client in (self._publisher, self._listener):
            try:
                await client.aclose()
            except BaseException as problem:
                if is_end(problem):
                    raise

    async def _listen_once(self, heard: Callable[[], None]) -> None:
        pubsub = self._listener.pubsub()
        try:
            await pubsub.subscribe(self.channel)
            await self.remember()
            await self._attend(pubsub, heard)
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def remember(self) -> None:
        """Read how far the log is known to have come, in no more than the time of a connection.

        Where that fails nothing is known, and rings are heard all the same.
        """
        try:
            async with asyncio.timeout(self._limits.connect):
                self.marked = await self._high_water_mark(self._listener)
        except BaseException as problem:
            if is_end(problem) or is_cancelled():
                raise

    async def _attend(self, pubsub: PubSub, heard: Callable[[], None]) -> None:
        last, pinged, subscribed = time.monotonic(), False, self.channel
        while True:
            if subscribed != self.channel:
                subscribed = self.channel
                await pubsub.subscribe(subscribed)
            # Python 3.11's wait_for, with which redis-py connects, swallows a cancellation that meets its end.
            if is_cancelled():
                raise asyncio.CancelledError
            message = await pubsub.get_message(timeout=1.0)
            now = time.monotonic()
            if message is not None:
                last, pinged = now, False
                self._take(message, heard)
            elif pinged and now - last > self._limits.silence_before_ping + self._limits.pong:
                raise TimeoutError("Redis does not answer: the line is half open.")
            elif not pinged and now - last > self._limits.silence_before_ping:
                await pubsub.ping()
                pinged = True

    def _take(self, message: dict[str, Any], heard: Callable[[], None]) -> None:
        # After a cut redis-py subscribes again by itself, and what rang in between is lost: "subscribe" is the sign.
        if message["type"] == "subscribe" and message["channel"] == self.channel.encode():
            self.connections += 1
            self.live = True
            self._tell_back()
        if message["type"] in ("subscribe", "message"):
            heard()


def _client(url: str, seconds: float, *, retries: int) -> Redis:
    client: Redis = Redis.from_url(
        url,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), retries),
        protocol=2,
    )
    return client
