"""Answer an operation by what is compiled of it, or by an executor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_nullable_type,
)
from graphql.execution.collect_fields import GroupedFieldSet, collect_fields
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import AwaitableOrValue, Path

from realtime.closing import let_go
from schema.execution.conditions import conditions_of
from schema.execution.plan_compiler import NotPlain
from schema.execution.plans import PlanExecutionContext
from schema.execution.resuming import ResumingExecutionContext
from schema.execution.whole_compiler import Asked, PayloadCompiler, Room, WholeCompiler
from schema.execution.wholes import Caller, Left, Whole

KEY = "surga.wholes"
TYPENAME = "__typename"
MOST_VARIANTS = 8  # our choice: of one operation, one for each way in which its directives fall out
NO_VALUES = VariableValues({}, {})
COMPILERS = {OperationType.QUERY: WholeCompiler, OperationType.MUTATION: PayloadCompiler}
Compiled = Whole | dict[str, Any]  # the latter is the answer itself, which asks for nothing but the name of the root


@dataclass(slots=True)
class Counts:
    """Of one schema: operations that were compiled, answers that they gave, and answers that they left."""

    compiled: int = 0
    served: int = 0
    left: int = 0


@dataclass(slots=True)
class Wholes:
    """What is compiled of one operation, kept with its document; hopeless: nothing of it ever will be.

    conditions: the variables that its directives hang on; there is a variant for each set of their values. room: what
    all operations of the document share.
    """

    asked: bool = False
    hopeless: bool = False
    conditions: tuple[str, ...] = ()
    room: Room = field(default_factory=Room)
    variants: dict[tuple[Any, ...], Compiled | None] = field(default_factory=dict)

    def variant(self, values: VariableValues) -> tuple[Any, ...]:
        # What another operation of the document hangs on may here be the name of a list, or of an input.
        given = [values.coerced.get(name) for name in self.conditions]
        return tuple([value if value is True or value is False else None for value in given])


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation to be executed, with what is kept of it from one time to the next."""

    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    name: str | None
    variables: dict[str, Any]
    wholes: Wholes
    most_errors: int

    def answered(self, context: Any) -> AwaitableOrValue[ExecutionResult]:
        """What is compiled answers, from the second time on; otherwise an executor with plans."""
        values = self._values()
        whole = None if values is None else self._whole(values)
        if whole is None or values is None:
            return self.executed(context, PlanExecutionContext)
        if isinstance(whole, dict):
            counts_of(self.schema).served += 1
            return ExecutionResult(whole.copy())
        return self._by(whole, Caller(context, values))

    def executed(
        self, context: Any, executor_class: Callable[..., Any] | None, **more: Any
    ) -> AwaitableOrValue[ExecutionResult]:
        """What an executor answers."""
        return execute(
            self.schema, self.document, context_value=context, variable_values=self.variables, operation_name=self.name,
            executor_class=executor_class, hide_suggestions=True,  # type: ignore[arg-type]
            max_coercion_errors=self.most_errors, **more,
        )  # fmt: skip

    async def _by(self, whole: Whole, caller: Caller) -> ExecutionResult:
        counts = counts_of(self.schema)
        try:
            data = await whole.data(caller)
        except Left as left:
            counts.left += 1
            return await self._resumed(caller, left)
        counts.served += 1
        return ExecutionResult(data)

    async def _resumed(self, caller: Caller, left: Left) -> ExecutionResult:
        """What an executor answers that goes on from there; what it does not wait for ends with it."""
        try:
            result = self.executed(caller.context, ResumingExecutionContext, given=left.given, late=caller.late)
            return result if isinstance(result, ExecutionResult) else await result
        finally:
            let_go(caller.late.values())
            caller.late.clear()  # what one of them raised holds the executor's frames

    def _values(self) -> VariableValues | None:
        """The values of the variables; None where nothing is compiled, or where they are wrong."""
        wholes, defined = self.wholes, self.node.variable_definitions
        if wholes.hopeless or not wholes.asked:
            wholes.asked = True
            return None
        if not defined:
            return NO_VALUES
        values = get_variable_values(self.schema, defined, self.variables, self.most_errors, hide_suggestions=True)
        return None if isinstance(values, list) else values

    def _whole(self, values: VariableValues) -> Compiled | None:
        wholes = self.wholes
        try:
            return wholes.variants[wholes.variant(values)]
        except KeyError:
            return self._made(values) if len(wholes.variants) < MOST_VARIANTS else None

    def _made(self, values: VariableValues) -> Compiled | None:
        wholes, conditions = self.wholes, conditions_of(self.document)
        wholes.conditions = conditions or ()
        whole: Compiled | None = None
        try:
            if conditions is not None:
                whole = self._compiled()
                counts_of(self.schema).compiled += 1
        except (NotPlain, GraphQLError):
            pass  # a null where a directive takes none is the executor's to place
        wholes.hopeless = whole is None and not conditions
        wholes.variants[wholes.variant(values)] = whole
        return whole

    def _compiled(self) -> Compiled:
        root, compiler = self.schema.get_root_type(self.node.operation), COMPILERS.get(self.node.operation)
        if compiler is None or self.node.directives or root is None:
            raise NotPlain
        executor = PlanExecutionContext.build(
            self.schema, self.document, raw_variable_values=self.variables, operation_name=self.name
        )
        assert isinstance(executor, PlanExecutionContext)  # noqa: S101 - its variables were found to be right
        fields = root_fields(executor, root)
        if all(details[0].node.name.value == TYPENAME for details in fields.values()):
            return dict.fromkeys(fields, root.name)
        if len(fields) != 1:
            raise NotPlain
        [(key, details)] = fields.items()
        definition = root.fields.get(details[0].node.name.value)
        if definition is None or any(detail.fragment_variable_values for detail in details):
            raise NotPlain
        path, nodes = Path(None, key, root.name), [detail.node for detail in details]
        part = compiler(executor, path, self.wholes.room).whole(get_nullable_type(definition.type), details)
        info = executor.build_resolve_info(definition, nodes, root, path)
        return Whole(key, Asked.of(self.schema, definition, nodes[0], info), part)


def root_fields(executor: PlanExecutionContext, root: Any) -> GroupedFieldSet:
    """What is asked of the root, by key; raises NotPlain where some of it is deferred."""
    grouped, deferred, _ = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, root, executor.operation
    )
    if deferred or not grouped:
        raise NotPlain
    return grouped


def counts_of(schema: GraphQLSchema) -> Counts:
    """The counts live with their schema, as plans do."""
    counts: Counts = schema.extensions.setdefault(KEY, Counts())
    return counts
