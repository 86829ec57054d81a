"""Turn the text of a GraphQL request into an operation that is safe to execute: parsed, bounded and validated."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ConstValueNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.documents.deprecations import deprecated_in, has_deprecated
from api.documents.formula import Known, Price, Sizes, no_sizes
from api.documents.limits import DocumentLimits, OverLimit, literal_rows, measure
from api.documents.plain_queries import only_asks
from api.documents.refusals import NUL_ESCAPE, DocumentRefused, holds_nul, over_limit, refused
from api.documents.variable_values import first_unusable
from schema.core.errors import MOST_VALUE_ERRORS
from schema.execution.operations import Operation, Wholes
from schema.execution.whole_compiler import Room
from services.core.refusals import EdgeRefusal, bad_input

__all__ = ["DocumentLimits", "Documents", "Prepared"]

RULES = (*specified_rules, MaxIntrospectionDepthRule, MaybeNullValidationRule, OneOfInputValidationRule)
FEWEST_ERRORS, MOST_ERRORS = 3, 50  # our choice: as many as of variables (schema/core/errors.py)
WALKED = 300_000  # our choice: characters; each error costs a walk through the document
MOST_COMMENTS = 500  # our choice: the limit of tokens does not count them
BAD_ESCAPE = "Invalid Unicode escape sequence"  # of a lone surrogate, as graphql-core says it


@dataclass(frozen=True, slots=True)
class Prepared:
    """One operation, ready to execute in schema; digest names its document among all others of that schema.

    cost is what it costs in points: the fields that its answer may have, and statements, which are points of
    statements, counts and searches. deprecated are the coordinates in it that will go.
    """

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    digest: bytes
    variables: dict[str, Any]
    operation_name: str | None
    cost: int = 0
    deprecated: tuple[str, ...] = ()
    statements: int = 0
    wholes: Wholes = field(default_factory=Wholes)

    @property
    def executable(self) -> Operation:
        """The operation, to be executed or answered by what is compiled of it."""
        return Operation(
            self.schema,
            self.document,
            self.operation,
            self.operation_name,
            self.variables,
            self.wholes,
            MOST_VALUE_ERRORS,
        )

    @property
    def kind(self) -> OperationType:
        return self.operation.operation

    @property
    def is_subscription(self) -> bool:
        return self.kind is OperationType.SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class _Known:
    """A document that passed everything that does not depend on variables."""

    schema: GraphQLSchema
    document: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    prices: dict[str, Price]
    wholes: dict[str, Wholes]
    deprecated: tuple[str, ...]
    characters: int


class Documents:
    """The documents of one schema; those seen before are neither parsed nor validated again.

    hits and misses count the look-ups; most_kept and most_characters bound what is kept: once parsed, a character of
    text takes up to 150 bytes. sizes tells how long the lists of the city's master data are.

    signed_in is the wider schema that the same callers have after they have signed in, with all root fields of Query
    refused that they have not now: a query that only fits there runs there, and is told UNAUTHENTICATED of these
    fields alone. Of other operations, and beside introspection, the whole document is.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits | None = None,
        *,
        most_kept: int = 1_000,
        most_characters: int = 300_000,
        signed_in: GraphQLSchema | None = None,
        sizes: Sizes = no_sizes,
    ) -> None:
        self.schema = schema
        self.sizes = sizes
        self.signed_in = signed_in
        self.limits = limits or DocumentLimits()
        self.most_kept = most_kept
        self.most_characters = most_characters
        self.hits = 0
        self.misses = 0
        self._deprecates = has_deprecated(schema)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._known)

    def prepare(
        self, source: str, operation_name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> Prepared:
        """The named operation of source, or its only one; raises DocumentRefused."""
        given = dict(variables or {})
        self._check_variables(given)
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
        known = self._look_up(digest, source)
        name, operation = _chosen(known.operations, operation_name)
        cost, statements = self._checked_cost(operation, known.prices[name], given)
        return Prepared(
            known.schema,
            known.document,
            operation,
            digest,
            given,
            name or None,
            cost,
            known.deprecated,
            statements,
            known.wholes[name],
        )

    def _look_up(self, digest: bytes, source: str) -> _Known:
        known = self._known.get(digest)
        if known is not None:
            self.hits += 1
            self._known.move_to_end(digest)
            return known
        self.misses += 1
        known = self._learn(source)
        self._keep(digest, known)
        return known

    def _learn(self, source: str) -> _Known:
        document, schema = self._parsed(source), self.schema
        prices = self._within_limits(lambda: measure(schema, document, self.limits))
        errors = validate(schema, document, RULES, max_errors=_most_errors(source), hide_suggestions=True)
        if errors:
            schema = wider = self._wider(document, errors)
            prices = self._within_limits(lambda: measure(wider, document, self.limits))
        operations = {
            node.name.value if node.name else "": node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        deprecated = deprecated_in(schema, document) if self._deprecates else ()
        room = Room.of(source)
        wholes = {name: Wholes(room=room) for name in operations}
        return _Known(schema, document, operations, prices, wholes, deprecated, len(source))

    def _wider(self, document: DocumentNode, errors: list[GraphQLError]) -> GraphQLSchema:
        """The schema of those who have signed in, where a document fits there; raises DocumentRefused elsewhere."""
        if self.signed_in is None or validate(self.signed_in, document, RULES, max_errors=1, hide_suggestions=True):
            raise DocumentRefused(errors)
        if not only_asks(document):
            raise refused(EdgeRefusal("UNAUTHENTICATED", "SIGN_IN"))
        return self.signed_in

    def _keep(self, digest: bytes, known: _Known) -> None:
        self._known[digest] = known
        self._characters += known.characters
        while len(self._known) > self.most_kept or self._characters > self.most_characters:
            _, forgotten = self._known.popitem(last=False)
            self._characters -= forgotten.characters

    def _parsed(self, source: str) -> DocumentNode:
        if len(source) > self.limits.characters:
            raise over_limit("characters", self.limits.characters)
        if "\x00" in source:
            raise refused(bad_input("text_nul"))
        document = self._read(source)
        # Where it stands in a comment or in a block string, which has no such escape, it is no NUL.
        if NUL_ESCAPE.search(source) and holds_nul(document):
            raise refused(bad_input("text_nul"))
        return document

    def _read(self, source: str) -> DocumentNode:
        try:
            return parse(source, max_lexical_tokens=self.limits.tokens, max_comments=MOST_COMMENTS)
        except GraphQLSyntaxError as error:
            if "Document contains more than" in error.message:
                raise over_limit("tokens", self.limits.tokens) from None
            raise DocumentRefused([error], unwritable=BAD_ESCAPE in error.message) from None
        except GraphQLError as error:
            raise DocumentRefused([error]) from None

    def _within_limits(self, count: Callable[[], dict[str, Price]]) -> dict[str, Price]:
        try:
            return count()
        except OverLimit as over:
            raise over_limit(over.name, over.limit) from None

    def _check_variables(self, given: Mapping[str, Any]) -> None:
        if len(given) > self.limits.variables:
            raise over_limit("variables", self.limits.variables)
        unusable = first_unusable(given)
        if unusable:
            raise refused(bad_input(unusable))

    def _checked_cost(
        self, operation: OperationDefinitionNode, price: Price, given: Mapping[str, Any]
    ) -> tuple[int, int]:
        """The points of an operation, and how many of them are for statements."""
        variables = {**_defaults(operation), **given} if price.paged or price.searches else {}
        known = Known(variables, self.limits.page, self.sizes)
        fields, statements = price.fields(known), price.due_once(known)
        for name, points in (("cost", fields), ("statements", statements)):
            limit: int = getattr(self.limits, name)
            if points > limit:
                raise over_limit(name, limit)
        return fields + statements, statements


def _defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    return {
        node.variable.name.value: _default(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }


def _default(node: ConstValueNode) -> object:
    """What the price of an operation may hang on: a number of rows, or a text to search for."""
    if isinstance(node, StringValueNode):
        return node.value
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _default(field.value) for field in node.fields}
    return literal_rows(node)


def _most_errors(source: str) -> int:
    """How many errors of a document are told; fewer where it is long, so that finding their positions stays cheap."""
    return max(FEWEST_ERRORS, min(MOST_ERRORS, WALKED // max(len(source), 1)))


def _chosen(operations: Mapping[str, OperationDefinitionNode], name: str | None) -> tuple[str, OperationDefinitionNode]:
    if name:
        if name not in operations:
            raise refused(bad_input("document_operation_unknown"))
        return name, operations[name]
    if len(operations) != 1:
        raise refused(bad_input("document_operation_unnamed"))
    return next(iter(operations.items()))
