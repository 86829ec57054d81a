"""uvicorn within the process of a test, without its pauses: each served test waited 0.2 s for nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from api.server.serving import AnnouncedServer

LOOK_SECONDS = 0.005


class QuickServer(AnnouncedServer):
    """Ends as uvicorn does, but at once: that looks ten times a second whether it is to end, and whether lines are."""

    def __init__(self, config: uvicorn.Config) -> None:
        self.ready, self._ending = asyncio.Event(), asyncio.Event()
        super().__init__(config, self.ready.set)

    def end(self) -> None:
        """Begin to end."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        waiting = [asyncio.create_task(each) for each in (super().main_loop(), self._ending.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._wait_tasks_to_complete()
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        await self.lifespan.shutdown()

    async def _wait_tasks_to_complete(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(LOOK_SECONDS)
        for server in self.servers:
            await server.wait_closed()


@asynccontextmanager
async def serving(config: uvicorn.Config, line: socket.socket) -> AsyncIterator[QuickServer]:
    """Serve on a line from now on until the block ends."""
    server = QuickServer(config)
    running = asyncio.create_task(server.serve(sockets=[line]))
    await server.ready.wait()
    try:
        yield server
    finally:
        server.end()
        await running
