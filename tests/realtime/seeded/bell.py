"""A bell that is heard late, not at all, or ends with whatever it is told to end with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from tests.realtime.seeded.faults import Faults


class SeededBell:
    """heard_of: how likely it is that a ring is heard."""

    def __init__(self, faults: Faults, chance: Random, heard_of: float) -> None:
        self.live = False
        self._faults = faults
        self._chance = chance
        self._heard_of = heard_of
        self._heard: Callable[[], None] | None = None

    def ring(self) -> None:
        """Something was committed."""
        if self._heard is not None and self._chance.random() < self._heard_of:
            self._heard()

    def follow(self, epoch: str) -> None:
        """All epochs are heard alike."""

    async def remember(self) -> None:
        """Nothing is known of how far the log had come."""

    async def listen(self, heard: Callable[[], None]) -> None:
        self.live, self._heard = True, heard
        try:
            while True:
                await asyncio.sleep(self._chance.uniform(0.5, 3.0))
                await self._faults.at("bell", "bell")
        finally:
            self.live, self._heard = False, None
