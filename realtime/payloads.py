"""Rendered payloads of groups, kept for members who return, bounded for each group and for all."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from realtime.history import Touches
from realtime.limits import HubLimits

KEPT_FOR_NOTHING = 64  # bytes that an entry without a payload counts
MOST_RUNS = 16


@dataclass(frozen=True, slots=True)
class CachedPayload:
    """payload is None for an event that shows nothing; touch tells when its row was loaded."""

    ticket: int
    touch: int
    payload: bytes | None

    @property
    def size(self) -> int:
        return len(self.payload or b"") + KEPT_FOR_NOTHING


@dataclass(frozen=True, slots=True)
class Run:
    """All that events show from one position up to reached, by the rows of one touch; its payloads lie in the cache."""

    touch: int
    reached: int
    payloads: Sequence[bytes]


class PayloadCaches:
    """The caches of all groups: what was used least recently goes first where they hold too much together."""

    def __init__(self, touches: Touches, most_bytes: int) -> None:
        self.touches = touches
        self.size = 0
        self._most_bytes = most_bytes
        self._caches: OrderedDict[PayloadCache, None] = OrderedDict()

    def use(self, cache: PayloadCache) -> None:
        """Note that a cache was used just now."""
        self._caches[cache] = None
        self._caches.move_to_end(cache)

    def trim(self, now: float, limits: HubLimits) -> None:
        """Free memory that only a returning crowd needed."""
        for cache in tuple(self._caches):
            crowd = now - cache.replayed_at <= limits.history_kept
            if crowd:
                cache.keep(limits.horizon_reach, limits.crowd_bytes)
            else:
                cache.keep(limits.ready_payloads, limits.ready_bytes)

    def drop(self, cache: PayloadCache) -> None:
        """Forget a cache."""
        self._caches.pop(cache, None)

    def grow(self, size: int) -> None:
        """Count bytes that came or went; clear the caches least recently used above the bound."""
        self.size += size
        while self.size > self._most_bytes and self._caches:
            oldest = next(iter(self._caches))
            oldest.clear()


class PayloadCache:
    """Payloads of one group by seq; what was touched since it was loaded counts as absent.

    replayed_at: when somebody last came back to this group.
    """

    def __init__(self, caches: PayloadCaches) -> None:
        self.size = 0
        self.replayed_at = -math.inf
        self._caches = caches
        self._ready: dict[int, CachedPayload] = {}
        self._runs: dict[int, Run] = {}

    def __len__(self) -> int:
        return len(self._ready)

    def get(self, seq: int) -> CachedPayload | None:
        """The payload of this event, if it is what a fresh query would show."""
        ready = self._ready.get(seq)
        if ready is None:
            return None
        if not self._caches.touches.holds(ready.ticket, ready.touch):
            self._drop(seq)
            return None
        return ready

    def put(self, seq: int, ready: CachedPayload) -> None:
        """Keep what one event shows."""
        self._drop(seq)
        self._ready[seq] = ready
        self.size += ready.size
        self._caches.use(self)
        self._caches.grow(ready.size)

    def run(self, after: int) -> Run | None:
        """What follows this position, if somebody has asked for it and nothing was touched since."""
        run = self._runs.get(after)
        if run is None or run.touch == self._caches.touches.now:
            return run
        self._runs.clear()
        return None

    def put_run(self, after: int, upto: int, ready: Sequence[tuple[int, CachedPayload]]) -> None:
        """Keep in one piece what is shown from this position on, for others who return to it, if it is held anyway."""
        if any(self._ready.get(seq) is not each for seq, each in ready):
            return
        payloads = [each.payload for _, each in ready if each.payload is not None]
        self._runs[after] = Run(self._caches.touches.now, upto, payloads)
        if len(self._runs) > MOST_RUNS:
            del self._runs[next(iter(self._runs))]

    def clear(self) -> None:
        """Keep nothing."""
        self._ready.clear()
        self._runs.clear()
        size, self.size = self.size, 0
        self._caches.drop(self)
        self._caches.grow(-size)

    def keep(self, most: int, most_bytes: int) -> None:
        """Drop the oldest payloads over most, or over most_bytes together."""
        if len(self._ready) <= most and self.size <= most_bytes:
            return
        for seq in sorted(self._ready):
            # Going down to three quarters makes the sorting rare.
            if len(self._ready) <= most * 3 // 4 and self.size <= most_bytes * 3 // 4:
                return
            self._drop(seq)

    def _drop(self, seq: int) -> None:
        found = self._ready.pop(seq, None)
        if found is not None:
            self._runs.clear()
            self.size -= found.size
            self._caches.grow(-found.size)
