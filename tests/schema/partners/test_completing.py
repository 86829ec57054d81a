"""What a grant lacks: all of it is named at once, and is added where that is asked for."""

from __future__ import annotations

import re

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema

from models import Grant
from schema.partners.completing import checker, completed
from schema.partners.contracts import contract
from schema.partners.coordinates import every_coordinate, opening
from schema.partners.texts import contract_text
from services.access.grants import standard_grants
from services.core.messages import say
from services.partners.terms import GrantRefused
from tests.schema.conftest import Ask, City

TICKETS = frozenset({"Query.tickets", "TicketConnection.edges", "TicketEdge.node"})
CHANGES = frozenset({"Query.ticketStatusChanges", "TicketStatusChangeConnection.edges", "TicketStatusChangeEdge.node"})
LEAVES = frozenset({"Ticket.number", "Ticket.status", "TicketStatusChange.to", "TicketStatusChange.at"})
FRAMES = frozenset(
    f"{frame}.cursor" for frame in ("TicketEntered", "TicketUpdated", "TicketLeft", "FeedReset", "FeedHeartbeat")
)
CREATE = """mutation ($coordinates: [String!]!, $complete: Boolean!) {
  createPartner(input: {name: "Mitra", purpose: "uji", coordinates: $coordinates, complete: $complete}) {
    partner { id version coordinates } errors { __typename code path message } } }"""
CHANGE = """mutation ($id: ID!, $coordinates: [String!]!) {
  changePartnerGrant(input: {id: $id, expectedVersion: 1, coordinates: $coordinates, complete: true}) {
    partner { coordinates } errors { code } } }"""


@pytest.fixture(scope="module")
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"Ticket.number"}, TICKETS),
        (LEAVES, TICKETS | CHANGES),
        ({"Query.tickets"}, TICKETS - {"Query.tickets"} | {"Ticket.id"}),
        ({"Ticket.number", "TicketFilter.channel"}, TICKETS | {"Ticket.channel"}),
        ({"Ticket.leadAgency", "Query.ticket"}, {"Agency.id"}),
        ({"PageInfo.endCursor"}, {"Query.tickets", "TicketConnection.pageInfo"}),
        ({"AgencyLoad.open"}, {"Query.wallboard", "WallboardSnapshot.byAgency"}),
        ({"Subscription.ticketFeed"}, FRAMES | {"Query.viewer", "Viewer.kind"}),
        ({"TicketUpdated.cursor"}, FRAMES | {"Subscription.ticketFeed", "Query.viewer", "Viewer.kind"}),
        (TICKETS | {"Ticket.number"}, set()),
        (standard_grants(), set()),
        (set(), set()),
    ],
)
def test_what_is_lacking_is_the_shortest_way_and_the_least_below(
    core: GraphQLSchema, given: frozenset[str], lacking: frozenset[str]
) -> None:
    assert completed(core, given) - given == lacking - given


@pytest.mark.slow
def test_every_coordinate_alone_can_be_completed(core: GraphQLSchema) -> None:
    for coordinate in every_coordinate(core):
        whole = completed(core, {coordinate})
        assert opening(core, whole).problems == [], coordinate
        assert not {each for each in whole if each.startswith("Mutation.")} - {coordinate}, coordinate


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_refusal_names_all_that_is_missing_at_once(core: GraphQLSchema, language: str) -> None:
    with pytest.raises(GrantRefused) as refused:
        checker(core)(LEAVES | {"Ticket.leadAgency"})

    for reason in refused.value.reasons:
        named = set(re.findall(r"[A-Z]\w+\.\w+", say(reason.code, language, **reason.params)))
        assert named >= TICKETS | CHANGES | {"Agency.id"}
    assert {reason.code for reason in refused.value.reasons} == {"GRANT_EMPTY_TYPE", "GRANT_NO_QUERY"}


async def test_a_mutation_tells_all_reasons_and_writes_nothing(ask: Ask, city: City) -> None:
    wrong = ["Query.tickets", "Ticket.nothing", "Agency.nowhere"]
    answer = (await ask(city.admin, CREATE, coordinates=wrong, complete=True)).data["createPartner"]

    assert answer["partner"] is None
    assert [(each["code"], each["path"], each["message"]) for each in answer["errors"]] == [
        ("GRANT_UNKNOWN", ["coordinates"], "Agency.nowhere is not in the schema."),
        ("GRANT_UNKNOWN", ["coordinates"], "Ticket.nothing is not in the schema."),
    ]
    assert await Grant.all().count() == 0


async def test_a_mutation_adds_what_its_fields_need_where_it_is_asked_to(ask: Ask, city: City) -> None:
    refused = (await ask(city.admin, CREATE, coordinates=sorted(LEAVES), complete=False)).data["createPartner"]
    made = (await ask(city.admin, CREATE, coordinates=sorted(LEAVES), complete=True)).data["createPartner"]
    changed = await ask(city.admin, CHANGE, id=made["partner"]["id"], coordinates=["Ticket.title"])

    assert [each["code"] for each in refused["errors"]] == ["GRANT_NO_QUERY"]
    assert made["errors"] == []
    assert set(made["partner"]["coordinates"]) == LEAVES | TICKETS | CHANGES
    assert set(changed.data["changePartnerGrant"]["partner"]["coordinates"]) == TICKETS | {"Ticket.title"}


async def test_nobody_else_has_a_grant_completed(ask: Ask, city: City) -> None:
    answer = (await ask(city.coordinator, CREATE, coordinates=["Ticket.title"], complete=True)).data["createPartner"]

    assert [each["__typename"] for each in answer["errors"]] == ["Forbidden"]
    assert await Grant.all().count() == 0


def test_the_text_of_a_contract_says_what_is_null_only_beside_an_error(core: GraphQLSchema) -> None:
    text = contract_text(contract(core, TICKETS | {"Ticket.number", "Query.ticket"}))
    roots = text.split("type Query {")[1].split("\n}")[0]

    assert "directive @semanticNonNull(levels: [Int!]! = [0]) on FIELD_DEFINITION" in text
    assert re.findall(r"^  (\w+)\(.*?\): \w+( @semanticNonNull)?$", roots, re.M) == [
        ("ticket", ""),
        ("tickets", " @semanticNonNull"),
    ]
    assert build_schema(text).query_type is not None
