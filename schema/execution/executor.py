"""graphql-core's executor, kept to its own rules: what one field raises reaches its nullable parent and no further."""

from __future__ import annotations

from asyncio import Future, gather
from collections.abc import Awaitable, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, TypeVar

from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, GraphQLResolveInfoHelpers
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path, gather_with_cancel

from models.pool_turns import share
from realtime.closing import Closing
from realtime.strays import StrayError, only_errors
from schema.execution.slicing import SlicingExecutionContext

T = TypeVar("T")


class GuardedExecutionContext(SlicingExecutionContext):
    """Strawberry's executor, where nothing but errors leaves a field, and which goes when its execution has ended.

    graphql-core catches what is an Exception. A cancellation that nobody asked for, or an exit, would end the whole
    execution, its siblings unheard, or even the event loop; here it is an error of the field like any other.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # graphql-core's own are methods of this executor: a cycle that only the collector of garbage would end.
        self.async_helpers = GraphQLResolveInfoHelpers(
            gather=gather_all, track=partial(settle_in_background, self.background_futures)
        )

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        try:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as problem:
            field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
            assert field is not None  # noqa: S101 - what does not exist raises nothing
            self.handle_field_error(_error_of(problem), field.type, field_details_list, path)
            return None

    def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        closing = Closing(result)
        return super().complete_awaitable_value(return_type, field_details_list, info, path, closing, position_context)

    async def with_abort_signal(self, awaitable: Awaitable[T]) -> T:
        """What a resolver, or one item of its list, gave to wait for, once there is time to go on with it."""
        with only_errors():
            value = await awaitable
        if self.pace.is_due(share.get()):
            await self.pace.pause(share.get())
        return value


def _error_of(problem: BaseException) -> StrayError:
    stray = StrayError(type(problem).__name__)
    stray.__cause__ = problem
    return stray


def gather_all(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


def settle_in_background(futures: set[Future[Any]], values: Sequence[Any]) -> None:
    """Let what is given up run to its end, so that its errors are looked at."""
    awaitables = [value for value in values if isawaitable(value)]
    if awaitables:
        future = gather(*awaitables, return_exceptions=True)
        futures.add(future)
        future.add_done_callback(futures.discard)
