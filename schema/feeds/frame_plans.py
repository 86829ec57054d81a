"""The frames of one group by plans, without an execution, where all that is selected of them is plain."""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any

from graphql import GraphQLObjectType, get_nullable_type, is_abstract_type
from graphql.execution.collect_fields import collect_fields
from graphql.pyutils import Path

from schema.execution.plans import FrameExecutionContext, Plan, plans_of


class FramePlans:
    """The plans of a group's operation, one for each kind of frame; groups of one document share them.

    What has no plan, or does not look as expected, is left to an execution. key: the root field's in the answer, equal
    ones being one and the same string.
    """

    __slots__ = ("_executor", "_info", "_known", "_nodes", "_resolve", "_type", "key")

    def __init__(self, executor: FrameExecutionContext) -> None:
        root = executor.schema.subscription_type
        assert root is not None  # noqa: S101 - its operation was found to be a subscription
        grouped, _, _ = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, executor.operation
        )
        [(key, self._nodes)] = grouped.items()  # a subscription has one root field
        self.key = intern(key)
        field = root.fields[self._nodes[0].node.name.value]
        nodes = [detail.node for detail in self._nodes]
        self._executor = executor
        self._type = get_nullable_type(field.type)
        self._resolve: Callable[..., Any] = field.resolve or executor.field_resolver
        self._info = executor.build_resolve_info(field, nodes, root, Path(None, key, root.name))
        self._known: dict[type, Plan | None] = {}

    def data(self, frame: object) -> dict[str, Any] | None:
        """The data of a frame; None where an execution has to give it."""
        plan = self.plan(type(frame))
        if plan is None:
            return None
        plans = plans_of(self._executor)
        try:
            if self._resolve(frame, self._info) is frame:
                completed = plan(frame, self._info)
                plans.served += 1
                return {self.key: completed}
        except Exception:
            plans.left += 1  # the execution does it again, and finds and places what is wrong
        return None

    def plan(self, kind: type) -> Plan | None:
        """The plan for frames of this class, the same object for all groups of one document; None where it has none."""
        try:
            return self._known[kind]
        except KeyError:
            plan = self._known[kind] = self._found(kind)
            return plan

    def _found(self, kind: type) -> Plan | None:
        type_, details = self._type_of(kind), self._nodes
        return None if type_ is None else plans_of(self._executor).find(self._executor, type_, details)

    def _type_of(self, kind: type) -> GraphQLObjectType | None:
        """What the schema calls such a frame; None where it is of no type of ours, or not what the field gives."""
        definition = getattr(kind, "__strawberry_definition__", None)
        found = None if definition is None else self._executor.schema.get_type(definition.name or "")
        if not isinstance(found, GraphQLObjectType):
            return None
        given: Any = self._type
        fits = self._executor.schema.is_sub_type(given, found) if is_abstract_type(given) else found is given
        return found if fits else None
