"""What is counted in memory, and written to the database again and again."""

from __future__ import annotations

import asyncio


class Flushing:
    """Counts that are written down every so many seconds."""

    every: float

    async def flush(self) -> None:
        """Write to the database what was counted since the last time."""
        raise NotImplementedError

    async def keep_flushing(self) -> None:
        """Flush until cancelled."""
        while True:
            await asyncio.sleep(self.every)
            await self.flush()
