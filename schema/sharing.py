"""Whether equal subscriptions may share one execution, and what makes two of them equal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    print_ast,
)

RESUME = "after"


class PreparedDocument(Protocol):
    """One validated operation, as the edge hands it over."""

    @property
    def schema(self) -> GraphQLSchema: ...
    @property
    def document(self) -> DocumentNode: ...
    @property
    def operation(self) -> OperationDefinitionNode: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def variables(self) -> dict[str, Any]: ...
    @property
    def cost(self) -> int: ...
    @property
    def operation_name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """Equal for subscriptions that differ in nothing but the place from which they go on."""

    document: bytes
    operation_name: str | None
    variables: bytes


def likeness(prepared: PreparedDocument, root: FieldNode) -> Likeness:
    """What a subscription asks for, apart from the root field's `after`, literal or variable."""
    resume = next((argument for argument in root.arguments or () if argument.name.value == RESUME), None)
    value = resume.value if resume else None
    if isinstance(value, VariableNode):
        varying = {value.name.value}
        document = prepared.digest
    else:
        varying = set()
        document = prepared.digest if resume is None else _digest_without(prepared.document, resume)
    rest = {name: given for name, given in prepared.variables.items() if name not in varying}
    return Likeness(document, prepared.operation_name, orjson.dumps(rest, option=orjson.OPT_SORT_KEYS))


def _digest_without(document: DocumentNode, resume: Any) -> bytes:
    """The document's digest with a literal `after` left out, as it differs from client to client."""
    text, literal = print_ast(document), print_ast(resume)
    return hashlib.blake2b(text.replace(literal, RESUME).encode(), digest_size=16).digest()


def root_field(prepared: PreparedDocument) -> FieldNode | None:
    """The one field that a subscription watches; validation has seen to it that there is no second."""
    fragments = fragments_of(prepared.document)
    fields = _fields(prepared.operation.selection_set, fragments)
    return next((field for field in fields if not field.name.value.startswith("__")), None)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            yield from _fields(fragments[node.name.value].selection_set, fragments)


def shareable(schema: GraphQLSchema, prepared: PreparedDocument, root: FieldNode) -> bool:
    """Whether every selected field hangs on the sight alone.

    Plain attributes of views do, as a view knows nothing else; a resolver must be marked as viewer-independent.
    """
    subscription = schema.subscription_type
    if subscription is None or root.selection_set is None:
        return False
    watched = get_named_type(subscription.fields[root.name.value].type)
    return _Walk(schema, fragments_of(prepared.document)).shareable(watched, root.selection_set)


class _Walk:
    """One pass over a selection, each fragment once per type."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._seen: set[tuple[str, str]] = set()

    def shareable(self, parent: Any, selections: SelectionSetNode) -> bool:
        return all(self._node(parent, node) for node in selections.selections)

    def _node(self, parent: Any, node: Any) -> bool:
        if isinstance(node, FieldNode):
            return self._field(parent, node)
        if isinstance(node, InlineFragmentNode):
            return self.shareable(self._condition(parent, node.type_condition), node.selection_set)
        name = node.name.value
        if (name, str(parent)) in self._seen:
            return True
        self._seen.add((name, str(parent)))
        fragment = self._fragments[name]
        return self.shareable(self._condition(parent, fragment.type_condition), fragment.selection_set)

    def _condition(self, parent: Any, condition: Any) -> Any:
        return parent if condition is None else self._schema.get_type(condition.name.value)

    def _field(self, parent: Any, node: FieldNode) -> bool:
        name = node.name.value
        if name.startswith("__") or isinstance(parent, GraphQLUnionType):
            return True
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return False
        field = parent.fields[name]
        if not _is_marked(field.extensions.get("strawberry-definition")):
            return False
        return node.selection_set is None or self.shareable(get_named_type(field.type), node.selection_set)


def _is_marked(definition: Any) -> bool:
    if definition is None:
        return False
    return bool(definition.is_basic_field or definition.metadata.get("viewer_independent"))
