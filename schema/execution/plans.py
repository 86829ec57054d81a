"""Complete plain objects, and lists of them, with one generated function instead of the executor's steps per field.

Most answers are lists whose selected fields are plain attributes. For those, graphql-core's generic executor spends
microseconds per field on what is known in advance: types, names, nullability. A plan is that knowledge, compiled. It
gives exactly the answer of the executor or none: whatever it does not expect, it leaves to the executor, which then
also places the error.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import ref

from graphql import FieldNode, GraphQLList, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path

from models.pool_turns import share
from schema.execution.executor import GuardedExecutionContext
from schema.execution.plan_compiler import PlanCompiler
from schema.execution.slicing import Steps

Planned = GraphQLList[GraphQLOutputType] | GraphQLObjectType
Plan = Callable[[Any, GraphQLResolveInfo[Any]], Any]
NOT_PLANNED: Any = object()
KEY = "surga.plans"
MOST_KEPT = 512  # our choice: more than all operations of web/ need
ROWS_AT_ONCE = 10  # a tenth of a slice or less


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan, or that there is none. Its key names nodes by id: when one of them dies, the entry goes with it."""

    return_type: Planned
    nodes: tuple[ref[FieldNode], ...]
    plan: Plan | None


class Plans:
    """The plans of one schema, by the nodes of the documents that asked for them; the least used go first.

    A plan keeps no document alive: documents are large, and their own cache bounds them.
    """

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self.most_kept = most_kept
        self.compiled = 0
        self.served = 0
        self.left = 0
        self._entries: OrderedDict[tuple[int, ...], Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, executor: PlanExecutionContext, return_type: Planned, details: FieldDetailsList) -> Plan | None:
        """The plan for completing a return_type at these nodes, made at the first call."""
        key = (id(return_type), *[id(detail.node) for detail in details])
        entry = self._entries.get(key)
        if entry is None:
            plan = PlanCompiler(executor).compiled(return_type, details)
            self.compiled += plan is not None
            forget = partial(self._forget, key)
            entry = self._entries[key] = Entry(return_type, tuple(ref(detail.node, forget) for detail in details), plan)
            if len(self._entries) > self.most_kept:
                self._entries.popitem(last=False)
        else:
            self._entries.move_to_end(key)
        return entry.plan

    def _forget(self, key: tuple[int, ...], _dead: ref[FieldNode]) -> None:
        self._entries.pop(key, None)


class PlanExecutionContext(GuardedExecutionContext):
    """The guarded executor, with plans for lists."""

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        given = return_type, field_details_list, info, path, result, position_context
        if isinstance(result, list | tuple) and position_context is None:
            plan = self._plan(return_type, field_details_list)
            if plan is not None:
                steps = self._rows(plan, result, info, partial(super().complete_list_value, *given))
                completed: AwaitableOrValue[list[Any]] = self.taken(steps)
                return completed
        return super().complete_list_value(*given)

    def _rows(
        self, plan: Plan, rows: Sequence[Any], info: GraphQLResolveInfo[Any], otherwise: Callable[[], Any]
    ) -> Steps:
        """What the plan makes of the rows, or the executor where it leaves them."""
        plans, pace, answer = plans_of(self), self.pace, []
        try:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                if start and pace.is_due(share.get()):
                    yield partial(pace.pause, share.get())
                answer += plan(rows[start : start + ROWS_AT_ONCE], info)
        except Exception:
            plans.left += 1  # the executor does it again, and finds and places what is wrong
        else:
            plans.served += 1
            return answer
        return (yield from self.followed(otherwise()))

    def _plan(self, return_type: Planned, details: FieldDetailsList) -> Plan | None:
        return None if self._is_wrapped() else plans_of(self).find(self, return_type, details)

    def _planned(
        self, return_type: Planned, details: FieldDetailsList, info: GraphQLResolveInfo[Any], value: Any
    ) -> Any:
        """What the plan answers, or NOT_PLANNED."""
        plans, plan = plans_of(self), self._plan(return_type, details)
        if plan is None:
            return NOT_PLANNED
        try:
            completed = plan(value, info)
        except Exception:
            plans.left += 1  # the executor does it again, and finds and places what is wrong
            return NOT_PLANNED
        plans.served += 1
        return completed

    def _is_wrapped(self) -> bool:
        """Whether a middleware wants to see every field; Strawberry brings a manager even where it has none."""
        return self.middleware_manager is not None and bool(self.middleware_manager.middlewares)


class FrameExecutionContext(PlanExecutionContext):
    """The same for one document that is executed for event after event, with plans for single objects.

    graphql-core keeps what it collects under an object by the identity of the list of its nodes, and collects the
    fields of the root anew, as new lists, at every event: so the first ones are kept, and all that hangs on them is
    found again instead of growing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._first_roots: list[GroupedFieldSet] = []  # shared by the copies that are made for events

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        new_defer_usages: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        if not self._first_roots:
            self._first_roots.append(grouped_field_set)
        [roots] = self._first_roots
        return super().execute_collected_root_fields(root_type, root_value, roots, serially, new_defer_usages)

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        if position_context is None:
            planned: dict[str, Any] = self._planned(return_type, field_details_list, info, result)
            if planned is not NOT_PLANNED:
                return planned
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)


def plans_of(executor: PlanExecutionContext) -> Plans:
    """The plans live with their schema: another schema, say a partner's, has plans of its own."""
    plans = executor.schema.extensions.get(KEY)
    if plans is None:
        plans = executor.schema.extensions[KEY] = Plans()
    return plans
