"""Loaders: one reading for all who ask in the same moment, and nobody's end is another's."""

from __future__ import annotations

import asyncio
import gc
import itertools
import weakref
from collections.abc import Callable, Hashable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from models.pool_turns import share
from realtime.strays import StrayError
from realtime.yielding import Pace
from schema.core.context import Loaders
from schema.core.loading import ANSWERED_AT_ONCE, Loader


class Readings:
    """Notes what was read; gate holds every reading back, raised ends it."""

    def __init__(self) -> None:
        self.keys: list[list[int]] = []
        self.ended: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.raised: BaseException | None = None

    async def __call__(self, keys: list[int]) -> Sequence[str]:
        self.keys.append(keys)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        if self.raised is not None:
            raise self.raised
        return [f"value {key}" for key in keys]

    async def begun(self, count: int) -> None:
        while len(self.keys) < count:  # noqa: ASYNC110 - a turn of the loop, and not a while
            await asyncio.sleep(0)


@pytest.fixture
def readings() -> Readings:
    return Readings()


async def asked(loader: Loader[int, str], key: int) -> str:
    return await loader.load(key)


async def test_those_who_ask_together_are_one_reading_and_those_who_ask_again_none(readings: Readings) -> None:
    loader = Loader(readings)

    first = await asyncio.gather(*(asked(loader, key) for key in (1, 2, 1)))
    again = await loader.load(2)

    assert (first, again) == (["value 1", "value 2", "value 1"], "value 2")
    assert readings.keys == [[1, 2]]


async def test_many_who_ask_are_answered_a_few_in_each_turn_of_the_loop(readings: Readings) -> None:
    loader = Loader(readings)
    futures = [loader.load(key % 7) for key in range(3 * ANSWERED_AT_ONCE + 1)]
    answered = [0]
    while answered[-1] < len(futures):
        await asyncio.sleep(0)
        answered.append(sum(future.done() for future in futures))

    steps = [later - before for before, later in itertools.pairwise(answered)]
    assert [step for step in steps if step] == [ANSWERED_AT_ONCE] * 3 + [1]
    assert [future.result() for future in futures[:2]] == ["value 0", "value 1"]


async def test_who_asks_while_others_are_being_answered_is_answered_at_once(readings: Readings) -> None:
    loader = Loader(readings)
    futures = [loader.load(key) for key in range(2 * ANSWERED_AT_ONCE)]
    await futures[0]

    assert not futures[-1].done()
    assert loader.load(2 * ANSWERED_AT_ONCE - 1).result() == f"value {2 * ANSWERED_AT_ONCE - 1}"
    assert len(await asyncio.gather(*futures)) == 2 * ANSWERED_AT_ONCE


async def test_a_key_that_is_asked_for_while_it_is_read_is_not_read_twice(readings: Readings) -> None:
    loader = Loader(readings)
    readings.gate.clear()
    first = loader.load(1)
    await readings.begun(1)

    second = loader.load(1)
    readings.gate.set()

    assert (await first, await second) == ("value 1", "value 1")
    assert readings.keys == [[1]]


@pytest.mark.parametrize("before", [True, False], ids=["before the reading", "during the reading"])
async def test_who_is_cancelled_takes_nobody_elses_answer_away(readings: Readings, before: bool) -> None:
    loader = Loader(readings)
    readings.gate.clear()
    tasks = [asyncio.create_task(asked(loader, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    if not before:
        await readings.begun(1)

    tasks[0].cancel()
    readings.gate.set()

    assert await asyncio.gather(*tasks[1:]) == ["value 1", "value 1"]
    assert (tasks[0].cancelled(), readings.keys) == (True, [[1]])


async def test_a_reading_that_nobody_waits_for_is_ended_and_asked_for_anew(readings: Readings) -> None:
    loader = Loader(readings)
    readings.gate.clear()
    tasks = [asyncio.create_task(asked(loader, 1)) for _ in range(2)]
    await asyncio.sleep(0)
    await readings.begun(1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    readings.gate.set()

    assert await loader.load(1) == "value 1"
    assert (readings.keys, readings.ended) == ([[1], [1]], ["cancelled"])


async def test_nothing_is_read_for_those_who_have_gone_before_it_began(readings: Readings) -> None:
    loader = Loader(readings)
    task = asyncio.create_task(asked(loader, 1))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    for _ in range(5):
        await asyncio.sleep(0)

    assert readings.keys == []


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (ValueError("broken"), ValueError),
        (asyncio.CancelledError(), StrayError),
        (SystemExit(1), StrayError),
        (GeneratorExit(), StrayError),
    ],
)
async def test_what_ends_a_reading_is_an_ordinary_error_for_each_who_asked(
    readings: Readings, raised: BaseException, kind: type[Exception]
) -> None:
    loader = Loader(readings)
    readings.raised = raised

    failed = await asyncio.gather(*(asked(loader, key) for key in (1, 1, 2)), return_exceptions=True)
    readings.raised = None

    assert [type(each) for each in failed] == [kind] * 3
    assert await loader.load(1) == "value 1"


async def test_a_task_of_a_reading_that_others_cancel_is_an_error_too(readings: Readings) -> None:
    loader = Loader(readings)
    readings.gate.clear()
    before = asyncio.all_tasks()
    future = loader.load(1)
    await readings.begun(1)
    [task] = asyncio.all_tasks() - before

    task.cancel()

    with pytest.raises(StrayError):
        await future


async def test_a_reading_of_another_length_is_nobodys_answer() -> None:
    async def short(keys: list[int]) -> list[str]:
        return ["only one"]

    loader = Loader(short)

    failed = await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)

    assert [type(each) for each in failed] == [ValueError, ValueError]


@pytest.mark.parametrize("raised", [None, ValueError("broken")])
async def test_a_loader_goes_with_the_last_who_holds_it(readings: Readings, raised: BaseException | None) -> None:
    readings.raised = raised
    loader = Loader(readings)
    gone: Callable[[], object] = weakref.ref(loader)
    gc.disable()
    try:
        await asyncio.gather(loader.load(1), loader.load(2), return_exceptions=True)
        batch = weakref.ref(next(iter(loader._batches.values())))
        del loader
        await asyncio.sleep(0)

        assert (gone(), batch()) == (None, None)
    finally:
        gc.enable()


class Gate(Pace):
    """Lets nobody go on until it is opened, and notes who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.asked: list[Hashable] = []

    async def pause(self, account: Hashable) -> None:
        self.asked.append(account)
        await self.opened.wait()


async def test_what_is_asked_for_is_read_when_there_is_time_for_it(readings: Readings) -> None:
    pace = Gate()
    loader = Loader(readings, pace)

    async def ask() -> str:
        share.set("anna")
        return await loader.load(1)

    asking = asyncio.create_task(ask())
    for _ in range(8):
        await asyncio.sleep(0)
    before = list(readings.keys)
    pace.opened.set()

    assert (before, pace.asked, await asking, readings.keys) == ([], ["anna"], "value 1", [[1]])


@pytest.mark.parametrize("kind", ["tickets", "reporters", "answers", "timeline"])
async def test_what_belongs_to_tickets_is_read_when_there_is_time_for_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[int]] = []

    async def load(*arguments: Any) -> list[str]:
        read.append(arguments[-1])
        return ["value"]

    for name in ("load_tickets", "load_reporters", "load_answers", "load_timelines"):
        monkeypatch.setattr(f"schema.core.context.{name}", load)
    pace = Gate()
    loaders = Loaders(cast(Any, SimpleNamespace(pace=pace)), cast(Any, None))
    loader = loaders.timeline(cast(Any, "window")) if kind == "timeline" else getattr(loaders, kind)
    asking = asyncio.ensure_future(loader.load(7))
    for _ in range(8):
        await asyncio.sleep(0)
    before = list(read)
    pace.opened.set()

    assert (before, await asking, read) == ([], "value", [[7]])
