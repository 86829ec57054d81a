"""A process that adopts the log when it is told to: `python -m tests.realtime.adopter DATABASE REDIS`."""

from __future__ import annotations

import asyncio
import sys

from services import epochs
from services.core.installation import opened_desk
from tests.conftest import SECRET


async def adopt(database_url: str, redis_url: str) -> None:
    """Say that it is ready, wait for a line, adopt, and say what came of it."""
    async with opened_desk(database_url, redis_url, SECRET.encode(), pool_size=2) as desk:
        await epochs.log_state(desk)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        done = await epochs.adopt(desk)
        print("nothing" if done is None else done.epoch, flush=True)


if __name__ == "__main__":
    asyncio.run(adopt(sys.argv[1], sys.argv[2]))
