"""An error reaches its nullable parent and no further (GraphQL 6.4.4), whatever it is and wherever it was raised."""

from __future__ import annotations

import asyncio
import gc
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from schema.core.loading import Loader
from schema.execution.plans import FrameExecutionContext, PlanExecutionContext

RAISED: dict[str, Callable[[], BaseException]] = {
    "an error": lambda: ValueError("broken"),
    "a cancellation": asyncio.CancelledError,
    "an exit": lambda: SystemExit(1),
    "the end of a generator": GeneratorExit,
}
PLACES = ("now", "later", "soon", "item", "laterItem", "needed { ok }", "neededLater { ok }", "deep { needed { ok } }")


@dataclass
class Held:
    """The context: what is raised, and a loader that two fields share."""

    raised: Callable[[], BaseException]
    loader: Loader[int, str]


@strawberry.type
class Node:
    @strawberry.field
    def ok(self) -> str:
        return "ok"

    @strawberry.field
    async def loaded(self, info: strawberry.Info[Held]) -> str:
        return await info.context.loader.load(1)

    @strawberry.field
    def now(self, info: strawberry.Info[Held]) -> str:
        raise info.context.raised()

    @strawberry.field
    async def later(self, info: strawberry.Info[Held]) -> str:
        raise info.context.raised()

    @strawberry.field
    async def soon(self, info: strawberry.Info[Held]) -> str:
        await asyncio.sleep(0)
        raise info.context.raised()

    @strawberry.field
    def item(self, info: strawberry.Info[Held]) -> list[str]:
        def some() -> Any:
            yield "first"
            raise info.context.raised()

        return some()  # type: ignore[no-any-return]

    @strawberry.field
    def later_item(self, info: strawberry.Info[Held]) -> list[str]:
        async def second() -> str:
            await asyncio.sleep(0)
            raise info.context.raised()

        return ["first", second()]  # type: ignore[list-item]

    @strawberry.field
    def needed(self, info: strawberry.Info[Held]) -> Node:
        raise info.context.raised()

    @strawberry.field
    async def needed_later(self, info: strawberry.Info[Held]) -> Node:
        await asyncio.sleep(0)
        raise info.context.raised()

    @strawberry.field
    async def deep(self) -> Node:
        return Node()


@strawberry.type
class Query:
    @strawberry.field
    async def node(self) -> Node | None:
        return Node()

    @strawberry.field
    def node_now(self) -> Node | None:
        return Node()


SCHEMA = strawberry.Schema(Query)


async def read(keys: list[int]) -> list[str]:
    for _ in range(4):
        await asyncio.sleep(0)
    return [f"value {key}" for key in keys]


async def run(source: str, raised: Callable[[], BaseException], executor: Any = PlanExecutionContext) -> Any:
    result: Any = execute(
        SCHEMA._schema, parse(source), context_value=Held(raised, Loader(read)), executor_class=executor
    )
    return result if isinstance(result, ExecutionResult) else await result


@pytest.mark.parametrize("executor", [PlanExecutionContext, FrameExecutionContext])
@pytest.mark.parametrize("name", RAISED)
async def test_the_nullable_parent_is_null_and_its_neighbours_are_answered(name: str, executor: Any) -> None:
    for field, roots, first in product(PLACES, product(("node", "nodeNow"), repeat=2), (True, False)):
        inner = f"{field} loaded" if first else f"loaded {field}"
        result = await run(f"{{ x: {roots[0]} {{ {inner} }} y: {roots[1]} {{ ok loaded }} }}", RAISED[name], executor)

        assert result.data == {"x": None, "y": {"ok": "ok", "loaded": "value 1"}}, (field, roots, first)
        assert [error.path[0] for error in result.errors] == ["x"]


async def test_a_cancellation_of_the_caller_itself_ends_the_execution() -> None:
    task = asyncio.create_task(run("{ x: node { loaded } y: node { loaded deep { loaded } } }", ValueError))
    for _ in range(3):  # until every field has begun
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("steps", range(6))
async def test_an_execution_that_ends_early_leaves_no_coroutine_that_nobody_began(steps: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        task = asyncio.create_task(
            run("{ x: node { loaded deep { loaded } } y: node { deep { loaded } } }", ValueError)
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        del task
        gc.collect()

    assert [str(each.message) for each in caught if each.category is RuntimeWarning] == []


@pytest.mark.parametrize("field", ["ok", "loaded", "deep { loaded ok }"])
async def test_an_execution_that_was_answered_is_gone_at_once(field: str) -> None:
    gc.disable()
    try:
        held = Held(ValueError, Loader(read))
        gone = weakref.ref(held)
        result: Any = execute(
            SCHEMA._schema,
            parse(f"{{ x: node {{ {field} }} y: nodeNow {{ {field} }} }}"),
            context_value=held,
            executor_class=PlanExecutionContext,
        )
        answer = await result
        del held, result

        assert answer.errors is None
        assert gone() is None
    finally:
        gc.enable()
