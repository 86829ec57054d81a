"""Lingering close, as nginx has it: what a peer still sends is discarded for a moment, so that it reads its answer.

A connection that is closed with unread data is reset, and a reset overtakes the answer before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MOST_BYTES = 1 << 20  # our choice: reading so much takes less than the connection that would follow


class Lingering:
    """Discards what still comes after the last answer, and aborts the connection after its time or its bytes.

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
        """Abort where nothing came for `seconds`, or the end is reached; else look again at the next of the two."""
        due = min(self._heard + self._seconds, self._ends)
        if due <= self._loop.time():
            self._transport.abort()
        else:
            self._timer = self._loop.call_at(due, self._late)

    def cancel(self) -> None:
        """Stop the timer: the connection is gone."""
        self._timer.cancel()


class ClosingTransport:
    """A transport that calls its owner when it is closed, as closing waits for ever for a peer that does not read.

    What every connection asks for is written out, as __getattr__ costs four times as much.
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
    """A transport whose close() is the owner's function."""

    def __init__(self, raw: asyncio.Transport, close: Callable[[], None]) -> None:
        self.raw = raw
        self.close = close
        self.write: Callable[[bytes], None] = raw.write
        self.parting = False

    def part(self) -> None:
        """Write nothing more: an answer that is still being made would follow the last one."""
        self.parting = True
        self.write = _drop

    def is_closing(self) -> bool:
        return self.parting or self.raw.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def _drop(data: bytes) -> None:
    """The write() after part(): drops the data."""
