"""A front that speaks TLS for a server that does not: PostgreSQL after its SSLRequest, Valkey from the first byte."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Front:
    """context is None for a server that refuses TLS; asks tells whether clients ask for it first, as PostgreSQL's do.

    heard is what came in the open, but for the question for TLS; passed counts the bytes that came through it.
    """

    def __init__(self, socket_path: str, context: ssl.SSLContext | None, *, asks: bool) -> None:
        self.heard, self.passed = b"", 0
        self._socket_path, self._context, self._asks = socket_path, context, asks
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._tasks = {asyncio.create_task(self._accept())}

    async def close(self) -> None:
        """Cut every line and wait until nothing is left of it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listening.close()

    async def _accept(self) -> None:
        while True:
            line, _ = await asyncio.get_running_loop().sock_accept(self._listening)
            line.setblocking(False)
            self._tasks.add(asyncio.create_task(self._serve(line)))

    async def _serve(self, line: socket.socket) -> None:
        try:
            if await self._agreed(line):
                await self._pass(await tls_of(line, self._context))
        except OSError:
            pass  # a client that does not believe the certificate hangs up
        finally:
            line.close()

    async def _agreed(self, line: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        if self._asks and (first := await loop.sock_recv(line, len(SSL_REQUEST))) != SSL_REQUEST:
            self.heard += first
            return False
        if self._context is None:
            await loop.sock_sendall(line, b"N")
            self.heard += await loop.sock_recv(line, 65_536)
            return False
        if self._asks:
            await loop.sock_sendall(line, b"S")
        return True

    async def _pass(self, near: Ends) -> None:
        there = await asyncio.open_unix_connection(self._socket_path)
        both = [asyncio.create_task(self._pour(near[0], there[1])), asyncio.create_task(self._pour(there[0], near[1]))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            for _, writer in (near, there):
                writer.transport.abort()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            self.passed += len(data)
            writer.write(data)
            await writer.drain()


async def tls_of(line: socket.socket, context: ssl.SSLContext | None) -> Ends:
    """The server's end of TLS on a line. StreamWriter.start_tls of Python 3.11 leaves noise behind."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, line, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


@asynccontextmanager
async def front_of(socket_path: str, context: ssl.SSLContext | None, *, asks: bool) -> AsyncIterator[Front]:
    """A front on a free port of 127.0.0.1, before the server of a Unix socket."""
    front = Front(socket_path, context, asks=asks)
    try:
        yield front
    finally:
        await front.close()
