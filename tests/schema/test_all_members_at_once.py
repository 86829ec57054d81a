"""A client may ask all members of a union or an interface for all that they have, in one document."""

from __future__ import annotations

import pytest
import strawberry
from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
    parse,
    validate,
)

from schema.partners.audiences import AUDIENCES, audience_contract
from schema.partners.contracts import contract
from schema.partners.coordinates import every_coordinate

BY_DESIGN = {"Node"}  # the types of the whole graph: nobody reads a node without knowing its type
SERVED = ("staff", "partner", *(kind.value for kind in AUDIENCES))
DEPTH = 2  # fields of members that are objects are compared in their turn


@pytest.fixture(scope="module")
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


@pytest.fixture(scope="module")
def schemas(core: GraphQLSchema) -> dict[str, GraphQLSchema]:
    """The schema of every kind of caller; a partner's is that of a grant of everything."""
    contracts = {kind.value: audience_contract(core, kind) for kind in AUDIENCES}
    return {"staff": core, "partner": contract(core, every_coordinate(core)), **contracts}


@pytest.mark.parametrize("caller", SERVED)
def test_every_place_of_several_types_can_be_asked_for_all_of_them(
    schemas: dict[str, GraphQLSchema], caller: str
) -> None:
    made = schemas[caller]
    asked = sorted({name for name, type_ in made.type_map.items() if is_abstract_type(type_)} - BY_DESIGN)
    fragments = [f"fragment All{name} on {name} {{ __typename {members(made, name)} }}" for name in asked]

    assert problems(made, " ".join([*fragments, "query { __typename }"])) == []
    assert (
        set(asked)
        == {
            "staff": {"UserError", "TicketFeedEvent", "NotificationFeedEvent"},
            "partner": {"UserError", "TicketFeedEvent", "NotificationFeedEvent"},
            "CITIZEN": {"UserError", "TicketFeedEvent"},
            "ANONYMOUS": {"UserError"},
            "DISPLAY": set(),
        }[caller]
    )


@pytest.mark.parametrize("caller", sorted(set(SERVED) - {"DISPLAY"}))
def test_the_errors_of_every_payload_can_be_asked_for_all_that_they_have_in_one_document(
    schemas: dict[str, GraphQLSchema], caller: str
) -> None:
    made = schemas[caller]
    payloads = sorted(name for name, type_ in made.type_map.items() if "errors" in getattr(type_, "fields", {}))
    fragments = [f"fragment Of{name} on {name} {{ errors {{ {members(made, 'UserError')} }} }}" for name in payloads]

    assert made.mutation_type is not None
    answered = {get_named_type(field.type).name for field in made.mutation_type.fields.values()}
    assert set(payloads) >= answered
    assert problems(made, " ".join([*fragments, "query { __typename }"])) == []


def members(made: GraphQLSchema, name: str) -> str:
    possible = made.get_possible_types(made.type_map[name])  # type: ignore[arg-type]
    return " ".join(f"... on {member.name} {{ {selection(member.fields, DEPTH)} }}" for member in possible)


def problems(made: GraphQLSchema, document: str) -> list[str]:
    """What is wrong with a document, but for its fragments, which it has only to be looked at."""
    found = validate(made, parse(document), max_errors=None)
    return [problem.message for problem in found if "never used" not in problem.message]


def selection(fields: dict[str, GraphQLField], depth: int) -> str:
    """Every field that stays and needs no argument, and of an object the same, to a depth."""
    return " ".join(
        f"{name} {below(get_named_type(field.type), depth)}"
        for name, field in fields.items()
        if field.deprecation_reason is None
        and not any(is_required_argument(argument) for argument in field.args.values())
    )


def below(type_: GraphQLNamedType, depth: int) -> str:
    if is_leaf_type(type_):
        return ""
    inner = selection(type_.fields, depth - 1) if depth and is_object_type(type_) else ""
    return f"{{ __typename {inner} }}"


def _names_it(type_: GraphQLInputType) -> bool:
    """Whether this input holds the client's own name for its mutation."""
    return "clientMutationId" in getattr(get_named_type(type_), "fields", {})


def test_every_mutation_takes_the_client_s_own_name_for_it_and_gives_it_back(core: GraphQLSchema) -> None:
    assert core.mutation_type is not None
    without = {
        name
        for name, field in core.mutation_type.fields.items()
        if "clientMutationId" not in getattr(get_named_type(field.type), "fields", {})
        or ("clientMutationId" not in field.args and not all(_names_it(each.type) for each in field.args.values()))
    }

    assert without == {"signOut"}  # which takes nothing
