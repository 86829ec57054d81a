"""How a socket session writes: ready frames where the server lets them through, plain ASGI messages elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from starlette.types import Scope, Send

from api.websocket.ready_frames import EXTENSION, Frames, text_frame
from realtime.members import Writer


def joined(frames: Sequence[bytes]) -> tuple[bytes]:
    """Several frames as one write."""
    return (b"".join(frames),)


class FrameWriter:
    """Writes frames into the server's own buffer; what the peer does not read in time ends the connection there."""

    encode: Callable[[bytes], bytes] = staticmethod(text_frame)
    join: Callable[[Sequence[bytes]], Sequence[bytes]] = staticmethod(joined)

    def __init__(self, frames: Frames, stall_seconds: float) -> None:
        self.writer = frames.writer
        self.put = frames.write_frame
        self.put_all = frames.write_frames
        self._frames = frames
        self._stall = stall_seconds

    async def drained(self) -> bool:
        """Wait until there is room; False after the longest time that a peer may take."""
        try:
            async with asyncio.timeout(self._stall):
                await self._frames.drained()
        except TimeoutError:
            self._frames.abort_after(0)
            return False
        return True

    def answer_first(self, last_asked: Callable[[], Collection[asyncio.Task[None]]]) -> None:
        """Let a server that stops wait for the answers to what was asked last."""
        self._frames.last_asked = last_asked

    def give_up(self, seconds: float) -> None:
        """Abort the connection after so many seconds, whatever the peer does."""
        self._frames.abort_after(seconds)

    def stop(self) -> None:
        """Does nothing: the server's buffer goes with the connection."""


class AsgiWriter:
    """Writes ASGI messages in order from a task of its own, so that nobody waits for a slow peer."""

    encode: Callable[[bytes], str] = staticmethod(bytes.decode)
    join: Callable[[Sequence[str]], Sequence[str]] = staticmethod(tuple)  # one message each: ASGI knows nothing else

    def __init__(self, send: Send, stall_seconds: float, most_bytes: int, lost: Callable[[], None]) -> None:
        self.writer = Writer(self.put)
        self._send = send
        self._lost = lost
        self._stall = stall_seconds
        self._most_bytes = most_bytes
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._open = True
        self._task = asyncio.get_running_loop().create_task(self._write())

    def put(self, message: str) -> bool:
        """Queue one message; False where the connection is gone, or its peer reads too slowly."""
        if self._open and self._bytes > self._most_bytes:
            self._lose()
        if not self._open:
            return False
        self._waiting.append(message)
        self._bytes += bytes_of(message)
        self._empty.clear()
        self._more.set()
        return True

    def put_all(self, messages: Sequence[str]) -> bool:
        """Queue several messages."""
        return all(self.put(message) for message in messages)

    async def drained(self) -> bool:
        """Wait until everything queued was sent; False where the connection is gone."""
        await self._empty.wait()
        return self._open

    def answer_first(self, last_asked: Callable[[], Collection[asyncio.Task[None]]]) -> None:
        """Does nothing: ASGI has no event for a server that stops."""

    def give_up(self, seconds: float) -> None:
        """Drop the queue after so many seconds; the connection itself is the server's."""
        asyncio.get_running_loop().call_later(seconds, self._lose)

    def stop(self) -> None:
        """Send nothing more."""
        self._open = False
        self._waiting.clear()
        self._empty.set()
        self._task.cancel()

    def _lose(self) -> None:
        self.stop()
        self._lost()

    async def _write(self) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                await self._write_waiting()
                self._empty.set()
        except Exception:  # a peer that is gone or stalled; what exactly went wrong differs between servers
            self._lose()

    async def _write_waiting(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            async with asyncio.timeout(self._stall):
                await self._send({"type": "websocket.send", "text": message})
            self._bytes -= bytes_of(message)


def bytes_of(message: str) -> int:
    """How many bytes a text has in UTF-8."""
    return len(message) if message.isascii() else len(message.encode())


def output_of(
    scope: Scope, send: Send, stall_seconds: float, most_bytes: int, lost: Callable[[], None]
) -> FrameWriter | AsgiWriter:
    """The fastest way to write to this socket; lost is called where it gives its peer up by itself."""
    frames: Any = scope.get("extensions", {}).get(EXTENSION)
    if frames is not None and frames.ready_for_frames():
        return FrameWriter(frames, stall_seconds)
    return AsgiWriter(send, stall_seconds, most_bytes, lost)
