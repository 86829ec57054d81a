"""Last words that arrive: what a peer still sends is thrown away for a moment, as nginx does by lingering_close.

A line that is closed while something lies unread on it is reset, and a reset overtakes the answer before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MOST_BYTES = 1 << 20


class Lingering:
    """The end of a line: written to no more, read from without a look, and cut off after its time or its bytes.

    seconds: how long nothing may come. most_seconds: how long it may last in all; as long where it is not given.
    """

    def __init__(
        self, transport: asyncio.Transport, seconds: float, most_seconds: float = 0.0, most_bytes: int = MOST_BYTES
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._seconds = seconds
        self._heard = self._loop.time()
        self._ends = self._heard + max(seconds, most_seconds)
        self._left = most_bytes
        if not transport.is_reading():
            transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()
        self._timer = self._loop.call_later(seconds, self._late)

    def discard(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()

    def _late(self) -> None:
        """Cut off where nothing came for long, or too much for too long; else look again when that may be so."""
        due = min(self._heard + self._seconds, self._ends)
        if due <= self._loop.time():
            self._transport.abort()
        else:
            self._timer = self._loop.call_at(due, self._late)

    def cancel(self) -> None:
        """The line is gone."""
        self._timer.cancel()


class ClosingTransport:
    """A transport that tells its owner when it is closed: by itself it waits for ever for a peer that does not read.

    What every line asks for is written out, as __getattr__ costs four times as much.
    """

    __slots__ = ("_closed", "raw", "write")

    def __init__(self, raw: asyncio.Transport, closed: Callable[[], None]) -> None:
        self.raw = raw
        self.write: Callable[[bytes], None] = raw.write
        self._closed = closed

    def close(self) -> None:
        self.raw.close()
        self._closed()

    def is_closing(self) -> bool:
        return self.raw.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.raw.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self.raw.pause_reading()

    def resume_reading(self) -> None:
        self.raw.resume_reading()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class PoliteTransport:
    """A transport whose close() asks its owner how."""

    def __init__(self, raw: asyncio.Transport, close: Callable[[], None]) -> None:
        self.raw = raw
        self.close = close
        self.write: Callable[[bytes], None] = raw.write
        self.parting = False

    def part(self) -> None:
        """Say nothing more: answers that are still being made would be written behind the end."""
        self.parting = True
        self.write = _unsaid

    def is_closing(self) -> bool:
        return self.parting or self.raw.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def _unsaid(data: bytes) -> None:
    """Where the words go of a line that has said its last ones."""
