"""graphql-core's loops over fields and items, which give the event loop back when a slice of its time is used up.

The executor completes all that waits for nothing in one go: a long list, or the introspection of a whole schema, held
the loop for a tenth of a second. Here a list that finds its slice used up goes on in a later turn, and so does all that
would have come after it: what encloses it waits until then, so that everything is completed in the very order of
graphql-core, errors included.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED, Future, ensure_future, get_running_loop, wait
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, MappingView, Sequence
from functools import partial
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, Undefined
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import collect_iterator_awaitables
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from models.pool_turns import share
from realtime.beginnings import BEGUN_AT_ONCE, Beginning, beginning
from realtime.closing import Closing, let_go
from realtime.strays import only_errors
from realtime.yielding import Pace, Unpaced

Steps = Generator[Callable[[], Awaitable[Any]], None, Any]  # each yields how to wait for its next step
UNPACED = Unpaced()


class SlicingExecutionContext(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, in slices. The pace is that of the desk in the context; without one nothing is sliced."""

    _suspended: Future[None] | None = None  # done when what a child began to complete just now may be followed

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        results: dict[str, Any] = {}
        waiting: list[str] = []
        self._suspended = None
        given = parent_type, source_value, path, position_context
        fields = iter(grouped_field_set.items())
        try:
            for name, details in fields:
                field_path = Path(path, name, parent_type.name)
                completed = self.execute_field(parent_type, source_value, details, field_path, position_context)
                if self._suspended is not None:
                    return self._sliced(self._other_fields(given, fields, name, completed, results, waiting))
                if completed is not Undefined:
                    results[name] = completed
                    if self.is_awaitable(completed):
                        waiting.append(name)
        except Exception:
            self._let_end([results[name] for name in waiting])
            raise
        return awaited_fields(results, waiting, self.pace) if waiting else results

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        if self.get_stream_usage(field_details_list, path):
            return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)
        fixed = list(items) if isinstance(items, MappingView) else items  # a view may change between two slices
        steps = self._items(item_type, field_details_list, info, path, iter(fixed), position_context)
        completed: AwaitableOrValue[list[Any]] = self.taken(steps)
        return completed

    # ---------------------------------------------------------------- the loops

    def _other_fields(
        self,
        given: tuple[GraphQLObjectType, Any, Path | None, Any],
        fields: Iterator[tuple[str, FieldDetailsList]],
        name: str,
        completed: Any,
        results: dict[str, Any],
        waiting: list[str],
    ) -> Steps:
        """What comes after a field that is suspended, and that field itself."""
        parent_type, source, path, position = given
        details: FieldDetailsList | None = None
        try:
            while True:
                completed = yield from self.followed(completed)
                if completed is not Undefined:
                    results[name] = completed
                    if self.is_awaitable(completed):
                        waiting.append(name)
                name, details = next(fields, ("", None))
                if details is None:
                    break
                field_path = Path(path, name, parent_type.name)
                completed = self.execute_field(parent_type, source, details, field_path, position)
        except GeneratorExit:
            let_go([results[name] for name in waiting])
            raise
        except Exception:
            self._let_end([results[name] for name in waiting])
            raise
        return awaited_fields(results, waiting, self.pace) if waiting else results

    def _items(
        self,
        item_type: GraphQLOutputType,
        details: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterator[Any],
        position: Any,
    ) -> Steps:
        results: list[Any] = []
        waiting: list[int] = []
        pace = self.pace
        self._suspended = None
        try:
            for index, item in enumerate(items):
                if index and pace.is_due(share.get()):
                    yield partial(pace.pause, share.get())
                item_path = path.add_key(index, None)
                if self.is_awaitable(item):
                    results.append(
                        self.complete_awaitable_list_item_value(item, item_type, details, info, item_path, position)
                    )
                    waiting.append(index)
                elif self.complete_list_item_value(item, results, item_type, details, info, item_path, position):
                    if self._suspended is not None:
                        results[index] = yield from self.followed(results[index])
                    if self.is_awaitable(results[index]):
                        waiting.append(index)
        except GeneratorExit:
            let_go([results[index] for index in waiting])
            raise
        except Exception:
            self._let_end([results[index] for index in waiting])
            self._let_end(collect_iterator_awaitables(items, self.is_awaitable))
            raise
        return awaited_items(results, waiting, pace) if waiting else results

    def followed(self, completed: Any) -> Steps:
        """Wait until what a child suspended is over; gives what is there of it, and raises what it raised."""
        suspended, self._suspended = self._suspended, None
        if suspended is None:
            return completed
        child: Future[Any] = ensure_future(completed)
        try:
            yield partial(wait, {child, suspended}, return_when=FIRST_COMPLETED)
        except GeneratorExit:
            let_go([child])
            raise
        if not child.done():
            return child
        with only_errors():
            return child.result()

    def _let_end(self, pending: list[Awaitable[Any]]) -> None:
        if pending:
            self.settle_in_background(pending)

    # ---------------------------------------------------------------- slices

    @property
    def pace(self) -> Pace:
        """By what is told when a slice is used up."""
        desk = getattr(self.context_value, "desk", None)
        return UNPACED if desk is None else desk.pace

    def _sliced(self, steps: Steps) -> AwaitableOrValue[dict[str, Any]]:
        completed: AwaitableOrValue[dict[str, Any]] = self.taken(steps)
        return completed

    def taken(self, steps: Steps) -> Any:
        """Take steps until one gives the loop back; then the rest of them are an awaitable."""
        try:
            pause = next(steps)
        except StopIteration as end:
            return end.value
        self._suspended = over = get_running_loop().create_future()
        return self._taken_later(steps, pause, over)

    async def _taken_later(self, steps: Steps, pause: Callable[[], Awaitable[Any]], over: Future[None]) -> Any:
        try:
            completed = await self._last(steps, pause)
        finally:
            if not over.done():
                over.set_result(None)
        return await completed if self.is_awaitable(completed) else completed

    async def _last(self, steps: Steps, pause: Callable[[], Awaitable[Any]]) -> Any:
        try:
            while True:
                await pause()
                self._suspended = None  # of others, who had the loop meanwhile
                pause = next(steps)
        except StopIteration as end:
            return end.value
        finally:
            steps.close()


async def awaited_fields(results: dict[str, Any], waiting: list[str], pace: Pace) -> dict[str, Any]:
    """The results of a selection set, those that waited among them."""
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
    else:
        results.update(zip(waiting, await together([results[name] for name in waiting], pace), strict=True))
    return results


async def awaited_items(results: list[Any], waiting: list[int], pace: Pace) -> list[Any]:
    """The items of a list, those that waited among them."""
    if len(waiting) == 1:
        results[waiting[0]] = await results[waiting[0]]
    else:
        for index, item in zip(waiting, await together([results[index] for index in waiting], pace), strict=True):
            results[index] = item
    return results


async def together(awaitables: Sequence[Awaitable[Any]], pace: Pace) -> list[Any]:
    """What each of them gives; where one fails, the others are cancelled, as graphql-core does.

    They are begun a few in each turn of the loop, as all of them at once would hold it.
    """
    closing = [Closing(awaitable) for awaitable in awaitables]
    if len(closing) <= BEGUN_AT_ONCE:
        return await gather_with_cancel(*closing)
    begun = beginning.get() or Beginning()
    beginning.set(begun)
    futures: list[Future[Any]] = []
    try:
        with begun:
            for awaitable in closing:
                if futures and not len(futures) % BEGUN_AT_ONCE:
                    await asyncio.sleep(0)
                    if pace.is_due(share.get()):
                        await pace.pause(share.get())
                futures.append(asyncio.ensure_future(awaitable))
    except BaseException:
        let_go(futures)
        raise
    return await gather_with_cancel(*futures)
