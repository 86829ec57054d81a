"""What calls itself in every turn of the loop that all tests share: it keeps a core busy until the run ends."""

from __future__ import annotations

import asyncio

TURNS = 100  # no line of a server brings something in each of so many


async def restless() -> str | None:
    """What the running loop is asked to call at once, if that never ends; None where it comes to rest."""
    loop = asyncio.get_running_loop()
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if not loop._ready:  # type: ignore[attr-defined]
            return None
    return repr(list(loop._ready))  # type: ignore[attr-defined]
