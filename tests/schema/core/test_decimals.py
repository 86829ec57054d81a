"""A Decimal is a number in a string, both ways."""

from __future__ import annotations

from decimal import Decimal

import pytest
import strawberry
from graphql import GraphQLError, GraphQLScalarType


@pytest.fixture
def scalar(schema: strawberry.Schema) -> GraphQLScalarType:
    found = schema._schema.type_map["Decimal"]
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize("text", ["88.31", "-0.5", "0", "1e3"])
def test_a_number_in_a_string_is_taken(scalar: GraphQLScalarType, text: str) -> None:
    assert scalar.coerce_input_value(text) == Decimal(text)


@pytest.mark.parametrize("value", [88.31, 1, True, None, "", "NaN", "Infinity", "x", "1" * 41, ["1"]])
def test_anything_else_is_refused(scalar: GraphQLScalarType, value: object) -> None:
    with pytest.raises(GraphQLError, match=r'A Decimal is a number written as a string, e\.g\. "88\.31"\.'):
        scalar.coerce_input_value(value)


def test_a_number_is_written_out(scalar: GraphQLScalarType) -> None:
    assert scalar.coerce_output_value(Decimal("1E+3")) == "1000"
