"""Whether equal subscriptions may share one execution, and what makes two of them equal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from graphql import (
    SKIP,
    ArgumentNode,
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
    Visitor,
    get_named_type,
    visit,
)

RESUME = "after"
DOLLARS = re.compile(r"\$(\w*)", re.ASCII)  # gives "" where something stands between the dollar and its name


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
    def statements(self) -> int: ...
    @property
    def operation_name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class SubscriptionKey:
    """Equal for subscriptions that differ in nothing but the position from which they go on."""

    document: bytes
    operation_name: str | None
    variables: bytes


def subscription_key(prepared: PreparedDocument, root: FieldNode) -> SubscriptionKey:
    """What a subscription asks for, apart from the root field's `after`, literal or variable."""
    resume = next((argument for argument in root.arguments or () if argument.name.value == RESUME), None)
    document, rest = prepared.digest, prepared.variables
    if resume is not None and isinstance(resume.value, VariableNode):
        name = resume.value.name.value
        if _used_once(prepared.document, name):
            rest = {each: given for each, given in rest.items() if each != name}
    elif resume is not None:
        document = _digest_without(prepared, resume)
    return SubscriptionKey(document, prepared.operation_name, orjson.dumps(rest, option=orjson.OPT_SORT_KEYS))


def _used_once(document: DocumentNode, variable: str) -> bool:
    """Whether only the root field uses a variable: a nested list may go on from a cursor too."""
    named = DOLLARS.findall(document.loc.source.body if document.loc else "")
    if named.count(variable) == 2 and "" not in named:  # its definition and that one use: so it is in nearly all
        return True
    uses: list[VariableNode] = []
    visit(document, _Uses(variable, uses))
    return len(uses) == 1


class _Uses(Visitor):
    """Gathers the uses of a variable, whichever operation they are in."""

    def __init__(self, variable: str, found: list[VariableNode]) -> None:
        super().__init__()
        self._variable = variable
        self._found = found

    def enter_variable_definition(self, node: Any, *_: Any) -> Any:
        return SKIP  # what defines it uses no other one

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        if node.name.value == self._variable:
            self._found.append(node)


def _digest_without(prepared: PreparedDocument, resume: ArgumentNode) -> bytes:
    """The document's digest with a literal `after` left out, as it differs from client to client."""
    location = resume.loc
    if location is None:
        return prepared.digest
    text = location.source.body
    # No document holds a NUL, so this text is none that was sent.
    rest = f"{text[: location.start]}\x00{text[location.end :]}"
    return hashlib.blake2b(rest.encode("utf-8", "surrogatepass"), digest_size=16).digest()


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


def shareable(prepared: PreparedDocument) -> bool:
    """Whether every selected field hangs on the sight alone, wherever the root field is selected a second time too.

    Plain attributes of views do, as a view knows nothing else; a resolver must be marked as viewer-independent.
    """
    subscription, fragments = prepared.schema.subscription_type, fragments_of(prepared.document)
    walk = _Walk(prepared.schema, fragments)
    return subscription is not None and all(
        root.selection_set is not None
        and walk.shareable(get_named_type(subscription.fields[root.name.value].type), root.selection_set)
        for root in _fields(prepared.operation.selection_set, fragments)
    )


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
