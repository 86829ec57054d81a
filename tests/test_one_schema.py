"""What tests share of a schema and its documents is what each of them would have made."""

from __future__ import annotations

import gc

import pytest
from graphql import GraphQLSchema, GraphQLSyntaxError, build_schema, specified_rules

from tests.one_schema import Read

VALID, INVALID = "{ a }", "{ b }"


@pytest.fixture
def schema() -> GraphQLSchema:
    return build_schema("type Query { a: Int }")


def test_a_document_is_parsed_twice_and_then_kept() -> None:
    read = Read()
    first, second, third = (read.parse(VALID, max_lexical_tokens=10) for _ in range(3))

    assert first is not second
    assert second is third
    assert first == second


def test_other_limits_read_another_document() -> None:
    read = Read()
    kept = [read.parse(VALID, max_lexical_tokens=10) for _ in range(2)][1]

    assert read.parse(VALID, max_lexical_tokens=11) is not kept
    for _ in range(3):
        with pytest.raises(GraphQLSyntaxError):
            read.parse(VALID, max_lexical_tokens=1)


def test_what_is_valid_in_one_schema_is_validated_in_another(schema: GraphQLSchema) -> None:
    read = Read()
    document = [read.parse(VALID) for _ in range(2)][1]
    other = build_schema("type Query { other: Int }")

    for _ in range(2):
        assert read.validate(schema, document, specified_rules) == []
        assert [each.message for each in read.validate(other, document, specified_rules)] == [
            "Cannot query field 'a' on type 'Query'."
        ]


def test_errors_are_found_anew_each_time(schema: GraphQLSchema) -> None:
    read = Read()
    document = [read.parse(INVALID) for _ in range(2)][1]
    first, again = (read.validate(schema, document, specified_rules) for _ in range(2))

    assert [each.message for each in first] == [each.message for each in again] != []
    assert first[0] is not again[0]


def test_of_documents_that_come_once_nothing_is_kept(schema: GraphQLSchema) -> None:
    read = Read()
    gc.collect()
    before = len(gc.get_objects())
    for number in range(100):
        read.validate(schema, read.parse(f"{{ a{number}: a }}"), specified_rules)
    gc.collect()

    assert len(gc.get_objects()) - before < 20
