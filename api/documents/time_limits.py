"""How long a caller may have to wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.core.refusals import EdgeRefusal


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Cancel the block after so many seconds; raises TIMEOUT then, and what the block raises before."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            yield
    except TimeoutError as late:
        if deadline.expired():
            raise EdgeRefusal("TIMEOUT", "request_timeout") from late
        raise
