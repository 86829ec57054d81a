"""Frames that are made once for all who read them, and what a server offers to write them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from realtime.members import Writer

EXTENSION = "surga.frames"


class Frames(Protocol):
    """What a socket offers in its scope's extensions under EXTENSION, where the server lets ready frames through.

    last_asked: called when the server begins to stop; gives the tasks whose answers are to be written before the end.
    """

    writer: Writer
    last_asked: Callable[[], Collection[asyncio.Task[None]]] | None

    def ready_for_frames(self) -> bool: ...
    def write_frame(self, frame: bytes) -> bool: ...
    def write_frames(self, frames: Sequence[bytes]) -> bool: ...
    async def drained(self) -> None: ...
    def abort_after(self, seconds: float) -> None: ...


def text_frame(message: bytes) -> bytes:
    """A whole text message in one frame, as a server sends it: unmasked, uncompressed."""
    length = len(message)
    if length < 126:
        return bytes((0x81, length)) + message
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + message
    return b"\x81\x7f" + length.to_bytes(8, "big") + message
