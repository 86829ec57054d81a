"""Giving the loop back while much is to be done in one go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Yielder:
    """Lets the loop do other work whenever a slice of time is used up."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._until = monotonic() + seconds

    async def __call__(self) -> None:
        if self._monotonic() > self._until:
            await asyncio.sleep(0)
            self._until = self._monotonic() + self._seconds
