"""An executor that goes on with what the one root field of a query, and the late ones below it, have given already."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from schema.execution.plans import PlanExecutionContext


class ResumingExecutionContext(PlanExecutionContext):
    """Its root field is not resolved again: given tells what it gave, or raises what it raised; late does so of others.

    late is by the keys of fields below the root field. Who is cancelled while waiting for one of them takes it along.
    """

    def __init__(
        self,
        *args: Any,
        given: Callable[[], Awaitable[Any]],
        late: Mapping[tuple[str, ...], Future[Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._given = given
        self._late = late

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        given = self._given_already(path)
        if given is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        nodes = [detail.node for detail in field_details_list]
        field = parent_type.fields[nodes[0].name.value]
        info = self.build_resolve_info(field, nodes, parent_type, path)
        return self.complete_awaitable_value(field.type, field_details_list, info, path, given, position_context)

    def _given_already(self, path: Path) -> Awaitable[Any] | None:
        if path.prev is None:
            return self._given()
        late = self._late.get(tuple(map(str, path.as_list()[1:]))) if self._late else None
        return None if late is None else given_later(late)


async def given_again(value: Any) -> Any:
    return value


async def raised_again(problem: Exception) -> Any:
    raise problem


async def given_later(late: Future[Any]) -> Any:
    try:
        return await late
    finally:
        del late  # what it raises holds this frame
