"""A filter or an order exists for a partner only where all that it tells is granted."""

from __future__ import annotations

from typing import cast

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
    print_schema,
    validate,
)
from graphql import validate_schema as schema_errors

from models.enums import TicketStatus
from schema.partners.contracts import contract
from schema.partners.coordinates import Problem, every_coordinate, opening
from services.access.fields import RULES, Relation
from services.access.filters.field_needs import ALWAYS, NEEDS
from services.access.grants import standard_grants
from services.core.desk import Desk
from tests.factories import make_ticket
from tests.schema.conftest import City
from tests.schema.partners.test_granted import SMALL, ran, unfrozen

BOARD = frozenset({"Query.wallboard", "WallboardSnapshot.total"})
LISTS = SMALL | BOARD | {"Query.ticketStatusChanges", "TicketStatusChangeConnection.hasNextPage"}
STATUS = frozenset({"Ticket.status"})
EACH = [(coordinate, need) for coordinate, needs in NEEDS.items() for need in needs]
IDS = [f"{coordinate} {'+'.join(sorted(need))}" for coordinate, need in EACH]


@pytest.fixture(scope="module")
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


def given(made: GraphQLSchema) -> set[str]:
    """The filters and orders that a contract has."""
    found = {name: made.type_map.get(name) for name in ("TicketFilter", "BoardFilter", "TicketOrder")}
    names = {
        name: type_.values if isinstance(type_, GraphQLEnumType) else cast("GraphQLInputObjectType", type_).fields
        for name, type_ in found.items()
        if type_ is not None
    }
    return {f"{type_}.{name}" for type_, each in names.items() for name in each}


def granted(need: frozenset[str], without: str | None = None) -> frozenset[str]:
    """What a partner is granted for a filter: lists, boards, and what it needs."""
    coordinates = {each for each in need if "." in each}
    return frozenset((LISTS - STATUS) | coordinates) - {without}


def test_the_table_names_every_filter_and_order_of_the_schema(core: GraphQLSchema) -> None:
    assert set(NEEDS) | ALWAYS == given(core)
    assert set(NEEDS) & ALWAYS == set()
    named = {each for _, need in EACH for each in need}
    assert named <= every_coordinate(core) | set(core.type_map)


@pytest.mark.parametrize(("coordinate", "need"), EACH, ids=IDS)
def test_a_filter_exists_where_its_fields_do_and_nowhere_else(
    core: GraphQLSchema, coordinate: str, need: frozenset[str]
) -> None:
    unread = any(each in RULES and Relation.PARTNER not in RULES[each].readers for each in need)

    assert (coordinate in given(contract(core, granted(need)))) is not unread
    for field in need:
        assert coordinate not in given(contract(core, granted(need, without=field))) or "." not in field


def test_who_is_granted_nothing_of_a_ticket_filters_and_sorts_by_nothing_of_it(core: GraphQLSchema) -> None:
    made = unfrozen(contract(core, LISTS - STATUS))

    assert given(made) == ALWAYS
    assert schema_errors(made) == []
    assert "filter" not in cast("GraphQLObjectType", made.query_type).fields["wallboard"].args


@pytest.mark.parametrize("name", ["assigneeId", "unassigned", "worklist"])
def test_what_is_forbidden_to_partners_stands_in_no_contract_of_theirs(core: GraphQLSchema, name: str) -> None:
    for coordinates in (standard_grants(), every_coordinate(core)):
        assert f"{name}:" not in print_schema(contract(core, coordinates)).split("input TicketFilter")[1].split("}")[0]


def test_a_narrowed_status_is_not_told_by_what_is_open(core: GraphQLSchema) -> None:
    found = given(contract(core, LISTS | {"TicketStatus.RESOLVED"}))

    assert "TicketFilter.status" in found
    assert "TicketFilter.open" not in found


def test_naming_a_filter_does_not_open_it(core: GraphQLSchema) -> None:
    named = LISTS | {"TicketFilter.search", "TicketFilter.worklist", "TicketFilter.status", "TicketOrder.RELEVANCE"}

    assert opening(core, named).problems == [
        Problem("TicketFilter.search", "GRANT_UNREAD", ("Ticket.body", "Ticket.title")),
        Problem("TicketFilter.worklist", "STAFF_FILTER"),
        Problem("TicketOrder.RELEVANCE", "GRANT_UNREAD", ("Ticket.body", "Ticket.title")),
    ]
    made = unfrozen(contract(core, named))
    assert given(made) == {"TicketFilter.status"}
    assert schema_errors(made) == []
    assert "orderBy" not in cast("GraphQLObjectType", made.query_type).fields["tickets"].args


async def test_a_partner_reads_the_short_name_where_it_is_granted(desk: Desk, core: GraphQLSchema, city: City) -> None:
    document = "{ agencies { shortName } }"

    without = validate(contract(core, standard_grants()), parse(document), hide_suggestions=True)
    told = await ran(desk, contract(core, frozenset({"Query.agencies", "Agency.shortName"})), city.partner, document)

    assert [error.message for error in without] == ["Cannot query field 'shortName' on type 'Agency'."]
    assert told.errors is None
    assert {"shortName": "Dinas Pekerjaan Umum"} in (told.data or {})["agencies"]


async def test_words_are_not_learned_by_counting(desk: Desk, core: GraphQLSchema, city: City) -> None:
    await make_ticket(TicketStatus.RECEIVED, title="Lampu padam", body="Kata rahasia di dalam isi.")
    document = '{ tickets(first: 1, filter: {search: "rahasia"}) { totalCount } }'
    counting = SMALL | {"TicketConnection.totalCount"}

    said = validate(contract(core, counting), parse(document), hide_suggestions=True)
    told = await ran(desk, contract(core, counting | {"Ticket.title", "Ticket.body"}), city.partner, document)

    (refusal,) = said
    assert refusal.message.startswith("Expected value of type 'TicketFilter' not to include unknown field 'search'")
    assert told.data == {"tickets": {"totalCount": 1}}
