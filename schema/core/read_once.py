"""A value that is read where it is asked for, by however many aliases, and once at most."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class ReadOnce:
    """A text that whoever comes first reads, unless it is known; what that read raises is raised for all."""

    __slots__ = ("_found", "_read", "_turn", "_wrong")

    def __init__(self, read: Callable[[], Awaitable[str]] | None = None, *, known: str = "") -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._found = known
        self._wrong: Exception | None = None

    async def __call__(self) -> str:
        async with self._turn:
            if self._wrong is not None:
                raise self._wrong
            if self._read is not None:
                await self._read_now(self._read)
            return self._found

    async def _read_now(self, read: Callable[[], Awaitable[str]]) -> None:
        try:
            self._found = await read()
        except Exception as wrong:
            self._wrong = wrong
            raise
        self._read = None
