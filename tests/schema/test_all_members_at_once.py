"""A client may ask all members of a union or an interface for all that they have, in one document."""

from __future__ import annotations

import pytest
import strawberry
from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

BY_DESIGN = {"Node"}  # the types of the whole graph: nobody reads a node without knowing its type


@pytest.fixture
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


def test_every_place_of_several_types_can_be_asked_for_all_of_them(core: GraphQLSchema) -> None:
    asked = {name for name, type_ in core.type_map.items() if is_abstract_type(type_)} - BY_DESIGN

    assert asked >= {"UserError", "TicketFeedEvent"}
    for name in sorted(asked):
        members = core.get_possible_types(core.type_map[name])  # type: ignore[arg-type]
        parts = " ".join(f"... on {member.name} {{ {selection(member.fields)} }}" for member in members)
        problems = validate(core, parse(f"fragment All on {name} {{ {parts} }} query {{ viewer {{ name }} }}"))
        assert [problem.message for problem in problems if "never used" not in problem.message] == []


def selection(fields: dict[str, GraphQLField]) -> str:
    """Every field that stays and needs no argument; of an object its typename, as only the clash of fields counts."""
    return " ".join(
        name if is_leaf_type(get_named_type(field.type)) else f"{name} {{ __typename }}"
        for name, field in fields.items()
        if field.deprecation_reason is None
        and not any(is_required_argument(argument) for argument in field.args.values())
    )


def test_every_mutation_takes_the_client_s_own_name_for_it_and_gives_it_back(core: GraphQLSchema) -> None:
    assert core.mutation_type is not None
    without = {
        name
        for name, field in core.mutation_type.fields.items()
        if "clientMutationId" not in getattr(get_named_type(field.type), "fields", {})
        or any("clientMutationId" not in get_named_type(each.type).fields for each in field.args.values())  # type: ignore[union-attr]
    }

    assert without == {"signOut"}  # which takes nothing
