"""An executor that goes on with what the one root field of a query has given already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from schema.execution.plans import PlanExecutionContext


class ResumingExecutionContext(PlanExecutionContext):
    """Its root field is not resolved again: given tells what it gave, or raises what it raised."""

    def __init__(self, *args: Any, given: Callable[[], Awaitable[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._given = given

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        if path.prev is not None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        nodes = [detail.node for detail in field_details_list]
        field = parent_type.fields[nodes[0].name.value]
        info = self.build_resolve_info(field, nodes, parent_type, path)
        given = self._given()
        return self.complete_awaitable_value(field.type, field_details_list, info, path, given, position_context)


async def given_again(value: Any) -> Any:
    return value


async def raised_again(problem: Exception) -> Any:
    raise problem
