"""A value that several aliases ask for is read once, and fails once."""

from __future__ import annotations

import asyncio

import pytest

from schema.core.read_once import ReadOnce


class Reader:
    """Counts how often it reads, and raises what it is given."""

    def __init__(self, wrong: Exception | None = None) -> None:
        self.times = 0
        self.going = asyncio.Event()
        self._wrong = wrong

    async def __call__(self) -> str:
        self.times += 1
        await self.going.wait()
        if self._wrong is not None:
            raise self._wrong
        return "place"


async def test_all_have_what_the_first_one_read() -> None:
    reader = Reader()
    once = ReadOnce(reader)
    reader.going.set()

    assert await asyncio.gather(*(once() for _ in range(50))) == ["place"] * 50
    assert reader.times == 1


async def test_what_the_first_one_met_is_met_by_all() -> None:
    reader = Reader(OSError("gone"))
    once = ReadOnce(reader)
    reader.going.set()

    met = await asyncio.gather(*(once() for _ in range(50)), return_exceptions=True)

    assert {repr(each) for each in met} == {"OSError('gone')"}
    assert reader.times == 1


async def test_whoever_is_cancelled_ends_alone() -> None:
    reader = Reader()
    once = ReadOnce(reader)
    first, second = asyncio.ensure_future(once()), asyncio.ensure_future(once())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    reader.going.set()

    assert await second == "place"
    assert reader.times == 2


async def test_what_is_known_is_not_read() -> None:
    assert await ReadOnce(known="place")() == "place"
