"""A line between client and server that a test can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Wire:
    """Passes bytes on; cut() ends every connection, and no new one gets through until mend()."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._open = True
        self._moving = asyncio.Event()
        self._moving.set()
        self._stuck: list[asyncio.Event] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._taking: set[asyncio.Task[None] | None] = set()
        self.accepted = 0
        self.port = 0

    def lead_to(self, url: str) -> None:
        """Lead new connections to another server, as after a restart."""
        self._url = urlsplit(url)

    def cut(self) -> None:
        self._open = False
        for held in (*self._stuck, self._moving):
            held.set()
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._open = True

    def freeze(self) -> None:
        """Hold every byte back, as a cable that was pulled out: nobody is told."""
        self._moving.clear()
        self._stuck.append(self._moving)
        self._moving = asyncio.Event()

    def thaw(self) -> None:
        """Let bytes through again, but only on lines that were made after the cable was pulled out."""
        self._moving.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._taking.add(asyncio.current_task())
        try:
            if self._open:
                self.accepted += 1
                await self._pass(reader, writer)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            self._taking.discard(asyncio.current_task())
            writer.transport.abort()

    async def ended(self) -> None:
        """Cut every connection and wait until nothing is left of it."""
        self.cut()
        await asyncio.gather(*(task for task in self._taking if task is not None), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await self._dialled()
        self._writers.add(there_writer)
        try:
            both = [asyncio.create_task(self._pour(*ends)) for ends in ((reader, there_writer), (there_reader, writer))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers.discard(there_writer)
            there_writer.transport.abort()
            writer.transport.abort()
            await asyncio.gather(*both, return_exceptions=True)

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        moving = self._moving
        while data := await reader.read(65_536):
            await moving.wait()
            writer.write(data)
            await writer.drain()

    async def _dialled(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._url.scheme == "unix":
            return await asyncio.open_unix_connection(self._url.path)
        return await asyncio.open_connection(self._url.hostname, self._url.port)


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server of url, and the url by which a client goes through it."""
    parts = urlsplit(url)
    wire = Wire(url)
    server = await asyncio.start_server(wire.take, "127.0.0.1", 0)
    port = wire.port = server.sockets[0].getsockname()[1]
    try:
        near = parts._replace(netloc=f"127.0.0.1:{port}")
        yield wire, (near._replace(scheme="redis", path="") if parts.scheme == "unix" else near).geturl()
    finally:
        server.close()
        await wire.ended()
