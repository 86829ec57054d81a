"""Many websocket subscribers in one process, as cheap as they can be: they count frames and look at the clock."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import cast

import uvloop

CONNECTING_AT_ONCE = 100
PATIENCE_SECONDS = 20
AGAIN_SECONDS = 2.0  # what BUSY says
TEXT, PING, PONG = 1, 9, 10
EVENT = 128 | TEXT  # the first byte of a text that is one frame
ERROR = b'"type":"error"'
Shown = Callable[[int, bytes, int, int], None]  # the number of an event, and where its text lies in what was received


class Subscriber(asyncio.Protocol):
    """One socket: shakes hands, sends its messages one per answer, then counts what it is shown."""

    def __init__(self, port: int, path: str, messages: list[str], shown: Shown) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self._head = handshake(port, path)
        self._messages = list(messages)
        self._last = messages[-1].encode()
        self._shown = shown
        self._buffer = b""
        self._upgraded = self._follows = False
        self._count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without being a subclass
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if not self._upgraded:
            head, _, data = data.partition(b"\r\n\r\n")
            assert b" 101 " in head, head  # noqa: S101
            self._upgraded = True
            self._go_on()
        self._buffer = data[self._take_all(data) :]

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"closed before it was ready: {problem}"))

    def _take_all(self, data: bytes) -> int:
        """Take every frame that is whole, and tell where the rest begins; nothing is copied of what is only counted."""
        place, size = 0, len(data)
        while size - place >= 2:
            length, start = data[place + 1], place + 2
            if length == 126:
                if size - place < 4:
                    break
                length, start = data[place + 2] << 8 | data[place + 3], place + 4
            end = start + length
            if end > size:
                break
            if data[place] == EVENT and self._follows and data.find(ERROR, start, min(end, start + 80)) < 0:
                self._count += 1
                self._shown(self._count, data, start, end)
            else:
                self._take(data[place] & 15, data[start:end])
            place = end
        return place

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self._send(PONG, payload)
        elif kind == TEXT and ERROR in payload[:80]:
            # Too many of one account waited for their turn: what other clients do then costs the server as it should.
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._send, TEXT, self._last)
        elif kind == TEXT and not self._follows:
            self._go_on()

    def _go_on(self) -> None:
        """Send the next message; after the last one nothing but events is awaited."""
        if self._messages:
            self._send(TEXT, self._messages.pop(0).encode())
        if not self._messages and not self.ready.done():
            self._follows = True
            self.ready.set_result(None)

    def _send(self, kind: int, payload: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        size = struct.pack("!B", 128 | len(payload)) if len(payload) < 126 else struct.pack("!BH", 254, len(payload))
        self._transport.write(bytes((128 | kind,)) + size + mask + masked)


class Crowd:
    """Prints, for each event, when the last subscriber had it (monotonic seconds) and its first frame's text."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._had: dict[int, int] = {}

    def shown(self, number: int, data: bytes, start: int, end: int) -> None:
        had = self._had[number] = self._had.get(number, 0) + 1
        if had == self._size:
            del self._had[number]
            text = data[start:end].decode()
            print(json.dumps({"event": number, "at": time.monotonic(), "text": text}), flush=True)


def handshake(port: int, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def main(port: int, path: str, scripts: list[list[str]], size: int) -> None:
    """Connect size subscribers, the scripts in turn, say so, and count until the process is ended."""
    crowd, loop = Crowd(size), asyncio.get_running_loop()
    for start in range(0, size, CONNECTING_AT_ONCE):
        places = range(start, min(start + CONNECTING_AT_ONCE, size))
        made = [
            loop.create_connection(
                lambda place=place: Subscriber(port, path, scripts[place % len(scripts)], crowd.shown),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            for place in places
        ]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(subscriber.ready for _, subscriber in await asyncio.gather(*made)))
    print(json.dumps({"ready": size}), flush=True)
    await loop.create_future()


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    uvloop.run(main(told["port"], told["path"], told["scripts"], told["size"]))
