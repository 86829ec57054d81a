"""Calls whose arguments never change: of Strawberry's own resolvers only."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, parse

from schema.execution.constant_calls import constant_call


@strawberry.type
class Query:
    @strawberry.field
    def doubled(self, of: int = 4) -> int:
        return of * 2


@dataclass
class Nobody:
    """A source that knows nothing."""


CORE = strawberry.Schema(Query)._schema


def call_of(schema: GraphQLSchema, source: str) -> Any:
    operation = parse(source).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    assert schema.query_type is not None
    return constant_call(schema, schema.query_type.fields["doubled"], node)


@pytest.mark.parametrize(("source", "given"), [("{ doubled }", 8), ("{ doubled(of: 21) }", 42)])
def test_a_resolver_is_called_with_what_stands_in_the_document(source: str, given: int) -> None:
    assert call_of(CORE, source)(Nobody(), None) == given


@pytest.mark.parametrize("source", ["query ($of: Int) { doubled(of: $of) }", '{ doubled(of: "x") }'])
def test_what_hangs_on_variables_or_is_wrong_is_left_to_the_executor(source: str) -> None:
    assert call_of(CORE, source) is None


def test_a_schema_that_was_made_of_ours_keeps_its_own_resolvers() -> None:
    made = copy.copy(CORE)
    made._strawberry_schema = CORE._strawberry_schema  # type: ignore[attr-defined]
    assert call_of(made, "{ doubled }") is None
