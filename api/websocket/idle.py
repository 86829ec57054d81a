"""What a connection needs while nothing happens on it, without deques: an empty one has 760 bytes."""

from __future__ import annotations

import asyncio

from uvicorn._types import ASGIReceiveEvent

# Nobody ever waits for this event, so that all connections whose peers read share it; it belongs to no loop.
OPEN = asyncio.Event()
OPEN.set()


class Received:
    """The messages of one connection, for the one task that reads them: what uvicorn uses of asyncio.Queue."""

    __slots__ = ("_messages", "_more")

    def __init__(self) -> None:
        self._messages: list[ASGIReceiveEvent] = []
        self._more: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: ASGIReceiveEvent) -> None:
        self._messages.append(message)
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """Wait for the next message; who is cancelled meanwhile has taken none."""
        while not self._messages:
            self._more = asyncio.get_running_loop().create_future()
            try:
                await self._more
            finally:
                self._more = None
        return self._messages.pop(0)
