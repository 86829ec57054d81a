"""What a server does last: it tells what it counted, but not for longer than a moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api import composition
from api.composition import flush_last


class Counting:
    """Counts that a database takes at once, or never."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs
        self.told = False

    async def flush(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.told = True


async def test_counts_are_told_even_where_those_beside_them_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "LAST_FLUSH_SECONDS", 0.05)
    counting: list[Any] = [Counting(hangs=True), Counting(hangs=False)]

    async with asyncio.timeout(60):  # only against hanging for ever
        await flush_last(counting)

    assert [each.told for each in counting] == [False, True]
