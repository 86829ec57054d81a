"""Lists are completed in slices, and what is answered is what graphql-core's own loops answer, errors included."""

from __future__ import annotations

import asyncio
import gc
import random
import warnings
from collections.abc import Hashable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, get_introspection_query, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from realtime.beginnings import BEGUN_AT_ONCE
from realtime.yielding import Pace
from schema.core.loading import Loader
from schema.execution.plans import FrameExecutionContext, PlanExecutionContext
from schema.execution.slicing import together

SIZE = 5


class Strict(Pace):
    """Wants a pause after every item, and counts the turns of the loop that were given back."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses = 0

    def is_due(self, account: Hashable) -> bool:
        return True

    async def pause(self, account: Hashable) -> None:
        self.pauses += 1
        await asyncio.sleep(0)


@dataclass
class Held:
    """The context: errors are raised at these places, the others are asked for with what is read in batches."""

    desk: Any
    bad: frozenset[tuple[str, int]]
    loader: Loader[int, str]
    resolved: list[tuple[str, int]]
    kept: dict[int, Any] = field(default_factory=dict)

    def meet(self, field: str, place: int) -> str:
        self.resolved.append((field, place))
        if (field, place) in self.bad:
            raise ValueError(f"{field} {place}")
        return f"{field} {place}"


def met(info: strawberry.Info[Held], field: str, place: int) -> str:
    return info.context.meet(field, place)


@strawberry.type
class Row:
    place: int

    @strawberry.field
    def now(self, info: strawberry.Info[Held]) -> str | None:
        return met(info, "now", self.place)

    @strawberry.field
    def needed(self, info: strawberry.Info[Held]) -> str:
        return met(info, "needed", self.place)

    @strawberry.field
    async def later(self, info: strawberry.Info[Held]) -> str | None:
        await asyncio.sleep(0)
        return met(info, "later", self.place)

    @strawberry.field
    async def loaded(self, info: strawberry.Info[Held]) -> str:
        return await info.context.loader.load(self.place)

    @strawberry.field
    def rows(self) -> list[Row]:
        return rows_after(self.place)

    @strawberry.field
    def perhaps(self) -> list[Row | None] | None:
        return list(rows_after(self.place))

    @strawberry.field
    def one(self) -> Row:
        return Row(place=self.place * 10)

    @strawberry.field
    async def soon(self) -> list[Row]:
        return rows_after(self.place)

    @strawberry.field
    def words(self, info: strawberry.Info[Held]) -> list[str]:
        def each() -> Any:
            for number in range(3):
                yield met(info, "words", self.place * 10 + number)

        return each()  # type: ignore[no-any-return]


def rows_after(place: int) -> list[Row]:
    return [Row(place=place * 10 + number) for number in range(1, SIZE)] if place < 100 else []


@strawberry.type
class Query:
    @strawberry.field
    def top(self) -> Row | None:
        return Row(place=1)

    @strawberry.field
    async def awaited(self) -> Row | None:
        return Row(place=2)

    @strawberry.field
    def kept(self, info: strawberry.Info[Held]) -> list[Row]:
        return info.context.kept.values()  # type: ignore[return-value]

    @strawberry.field
    def many(self, count: int) -> list[Row]:
        return [Row(place=number) for number in range(count)]


SCHEMA = strawberry.Schema(Query)
LEAVES = ("place", "now", "needed", "words")
BRANCHES = ("rows", "perhaps", "one")


def held(bad: frozenset[tuple[str, int]] = frozenset(), pace: Pace | None = None, read: Any = None) -> Held:
    async def plain(keys: list[int]) -> list[str]:
        return [f"value {key}" for key in keys]

    return Held(SimpleNamespace(pace=pace) if pace else None, bad, Loader(read or plain), [])


async def run(source: str, context: Held, executor: Any = PlanExecutionContext) -> ExecutionResult:
    result: Any = execute(SCHEMA._schema, parse(source), context_value=context, executor_class=executor)
    return result if isinstance(result, ExecutionResult) else await result


def document(chance: random.Random, depth: int = 3) -> str:
    fields = [chance.choice(LEAVES) for _ in range(chance.randrange(1, 4))]
    if depth:
        fields += [f"{name} {{ {document(chance, depth - 1)} }}" for name in BRANCHES if chance.random() < 0.6]
    chance.shuffle(fields)
    return " ".join(f"f{number}: {field}" for number, field in enumerate(fields))


@pytest.mark.parametrize("seed", range(60))
async def test_a_sliced_answer_is_graphql_cores_with_its_errors_in_their_order(seed: int) -> None:
    chance = random.Random(seed)
    source = f"{{ top {{ {document(chance)} }} again: top {{ {document(chance)} }} }}"
    places = [(name, place) for name in ("now", "needed", "words") for place in (*range(10, 15), *range(100, 150))]
    bad = frozenset(chance.sample(places, chance.randrange(0, 12)))
    plain, sliced, pace = held(bad), held(bad, pace := Strict()), pace
    wanted = await run(source, plain, StrawberryGraphQLCoreExecutionContext)

    for executor in (PlanExecutionContext, FrameExecutionContext):
        sliced.resolved.clear()
        got = await run(source, sliced, executor)

        assert got.data == wanted.data
        assert str(got.data) == str(wanted.data)
        assert [str(error) for error in got.errors or ()] == [str(error) for error in wanted.errors or ()]
        assert sliced.resolved == plain.resolved
    assert pace.pauses > 0 or bad


async def test_a_long_list_is_completed_in_many_turns_of_the_loop() -> None:
    for fields in ("place", "place now"):  # with a compiled plan, and without
        pace = Strict()

        answer = await run(f"{{ many(count: 1000) {{ {fields} }} }}", held(pace=pace))

        assert answer.data is not None
        assert [row["place"] for row in answer.data["many"]] == list(range(1_000))
        assert pace.pauses >= 99


async def test_a_view_of_what_changes_between_two_slices_is_answered_as_it_was() -> None:
    kept = {number: Row(place=number) for number in range(20)}

    class Growing(Strict):
        async def pause(self, account: Hashable) -> None:
            kept[len(kept)] = Row(place=len(kept))
            await super().pause(account)

    context = held(pace=Growing())
    context.kept = kept

    answer = await run("{ kept { place now } }", context)

    assert answer.errors is None
    assert answer.data is not None
    assert [row["place"] for row in answer.data["kept"]] == list(range(20))
    assert len(kept) > 20


async def test_an_introspection_is_completed_in_many_turns_of_the_loop() -> None:
    pace = Strict()
    wanted = await run(get_introspection_query(), held())

    answer = await run(get_introspection_query(), held(pace=pace))

    assert answer == wanted
    assert pace.pauses > 50


async def test_lists_that_wait_for_others_have_the_same_answer() -> None:
    source = "{ awaited { later soon { now later perhaps { needed later loaded } } } many(count: 30) { loaded now } }"
    bad = frozenset({("later", 2), ("needed", 213), ("now", 22), ("later", 221)})
    wanted = await run(source, held(bad), StrawberryGraphQLCoreExecutionContext)

    answer = await run(source, held(bad, Strict()))

    assert answer.data == wanted.data
    assert sorted(map(str, answer.errors or ())) == sorted(map(str, wanted.errors or ()))


async def test_what_a_long_list_asks_for_is_one_batch_though_few_are_begun_in_one_turn() -> None:
    batches: list[int] = []

    async def read(keys: list[int]) -> list[str]:
        batches.append(len(keys))
        return [str(key) for key in keys]

    answer = await run("{ many(count: 95) { one { loaded } loaded } }", held(pace=Strict(), read=read))

    assert answer.errors is None
    assert batches == [190 - 10]  # ten times the same key is asked for twice


async def test_few_of_many_begin_in_one_turn_of_the_loop() -> None:
    begun: list[int] = []

    async def child(number: int) -> int:
        begun.append(number)
        return number

    task = asyncio.create_task(together([child(number) for number in range(35)], Strict()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert len(begun) == BEGUN_AT_ONCE
    assert await task == list(range(35))


async def test_where_one_of_many_fails_the_others_are_ended() -> None:
    forever = asyncio.get_running_loop().create_future()

    async def child(number: int) -> Any:
        if number == 3:
            raise ValueError("broken")
        return await asyncio.shield(forever)

    with pytest.raises(ValueError, match="broken"):
        await together([child(number) for number in range(35)], Strict())

    assert asyncio.all_tasks() == {asyncio.current_task()}
    forever.cancel()


@pytest.mark.parametrize("turns", range(1, 12))
async def test_an_execution_that_is_ended_in_a_slice_leaves_nothing(turns: int) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        source = "{ top { rows { soon { later } one { later loaded rows { now later soon { place } } } later } } }"
        task = asyncio.create_task(run(source, context := held(pace=Strict())))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        resolved = list(context.resolved)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=60)
        del task
        gc.collect()

    assert context.resolved == resolved
    assert [each for each in map(str, warned) if "_taken_later" in each or "pause" in each] == []
