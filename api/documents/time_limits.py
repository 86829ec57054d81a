"""How long a caller may have to wait for an answer."""

from __future__ import annotations

import asyncio
from types import TracebackType

from services.core.refusals import EdgeRefusal


class Within:
    """Cancels its block when the time is over; a class, as a generator costs every request twice as much."""

    __slots__ = ("_deadline",)

    def __init__(self, seconds: float) -> None:
        self._deadline = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._deadline.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._deadline.__aexit__(kind, raised, trace)
        except TimeoutError as late:
            raise _too_late() from late
        if isinstance(raised, TimeoutError) and self._deadline.expired():
            raise _too_late() from raised


def within(seconds: float) -> Within:
    """Cancel the block after so many seconds; raises TIMEOUT then, and what the block raises before."""
    return Within(seconds)


def _too_late() -> EdgeRefusal:
    return EdgeRefusal("TIMEOUT", "request_timeout")
