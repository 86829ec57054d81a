"""A partner's schema is its grants: what they open, what they do not, and what answers from it."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLSchema, execute, get_introspection_query, parse, print_schema, validate
from graphql import validate_schema as schema_errors

from models.enums import TicketStatus
from schema.core.context import context_for
from schema.execution.plans import KEY, PlanExecutionContext
from schema.partners.contracts import contract
from schema.partners.coordinates import Problem, every_coordinate, opening
from services.access.grants import standard_grants
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.nodes import node_id
from tests.factories import make_ticket
from tests.schema.conftest import City, OpenGate

SMALL = frozenset(
    {
        "Query.tickets",
        "Query.node",
        "TicketConnection.edges",
        "TicketEdge.node",
        "Node.id",
        "Ticket.id",
        "Ticket.number",
        "Ticket.status",
    }
)
NARROW = SMALL | {"Query.tickets(filter:)", "TicketFilter.status", "TicketStatus.RESOLVED", "TicketStatus.RECEIVED"}


@pytest.fixture(scope="module")
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


def unfrozen(made: GraphQLSchema) -> GraphQLSchema:
    """A contract is made without validation, as a grant was checked; here it is validated."""
    made.assume_valid, made._validation_errors = False, None
    return made


@pytest.mark.parametrize("coordinates", [SMALL, NARROW, standard_grants()], ids=["small", "narrow", "standard"])
def test_every_contract_is_a_valid_schema(core: GraphQLSchema, coordinates: frozenset[str]) -> None:
    assert opening(core, coordinates).problems == []
    assert schema_errors(unfrozen(contract(core, coordinates))) == []


def test_all_grants_together_are_the_desks_schema(core: GraphQLSchema) -> None:
    made = unfrozen(contract(core, every_coordinate(core)))

    assert schema_errors(made) == []
    assert every_coordinate(made) == every_coordinate(core)


def test_introspection_shows_exactly_the_grant(core: GraphQLSchema) -> None:
    made = contract(core, NARROW)

    answer = execute(made, parse(get_introspection_query()))

    assert isinstance(answer, ExecutionResult)
    assert answer.data is not None
    types = {type_["name"]: type_ for type_ in answer.data["__schema"]["types"] if not type_["name"].startswith("__")}
    named = {name for name, type_ in types.items() if type_["kind"] != "SCALAR"}
    assert named == {"Query", "TicketConnection", "TicketEdge", "Node", "Ticket", "TicketFilter", "TicketStatus"}
    assert [field["name"] for field in types["Ticket"]["fields"]] == ["id", "number", "status"]
    tickets = next(field for field in types["Query"]["fields"] if field["name"] == "tickets")
    assert [argument["name"] for argument in tickets["args"]] == ["first", "filter"]  # first is required
    assert [given["name"] for given in types["TicketFilter"]["inputFields"]] == ["status"]
    assert [value["name"] for value in types["TicketStatus"]["enumValues"]] == ["RECEIVED", "RESOLVED"]
    assert answer.data["__schema"]["mutationType"] is None
    assert answer.data["__schema"]["subscriptionType"] is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{ tickets(first: 1) { edges { node { titel } } } }", "Cannot query field 'titel' on type 'Ticket'."),
        ("{ tickets(first: 1) { edges { node { title } } } }", "Cannot query field 'title' on type 'Ticket'."),
        ("{ viewer { name } }", "Cannot query field 'viewer' on type 'Query'."),
        ('{ tickets(first: 1, after: "x") { edges { node { id } } } }', "Unknown argument 'after' on field"),
        (
            "{ tickets(first: 1, filter: {open: true}) { edges { node { id } } } }",
            "Expected value of type 'TicketFilter' not to",
        ),
        (
            "{ tickets(first: 1, filter: {status: VERIFIED}) { edges { node { id } } } }",
            "Value 'VERIFIED' does not exist in 'TicketStatus' enum.",
        ),
        ("{ node(id: 1) { ... on Officer { id } } }", "Unknown type 'Officer'."),
    ],
)
def test_what_is_not_granted_does_not_exist(core: GraphQLSchema, document: str, said: str) -> None:
    errors = validate(contract(core, NARROW), parse(document), hide_suggestions=True)

    assert len(errors) == 1
    assert errors[0].message.startswith(said)
    assert "Did you mean" not in errors[0].message


def test_names_what_opens_nothing(core: GraphQLSchema) -> None:
    asked = SMALL | {"Query.nothing", "Ticket.leadAgency", "Subscription.ticketFeed", "TicketLeft.cursor", "nonsense"}

    assert opening(core, asked).problems == [
        Problem("Query.nothing", "GRANT_UNKNOWN"),
        Problem("nonsense", "GRANT_UNKNOWN"),
        Problem(
            "Subscription.ticketFeed",
            "GRANT_NOT_WHOLE",
            ("FeedHeartbeat", "FeedReset", "TicketEntered", "TicketUpdated"),
        ),
        Problem("Ticket.leadAgency", "GRANT_EMPTY_TYPE", ("Agency",)),
    ]
    assert print_schema(contract(core, asked)) == print_schema(contract(core, SMALL | {"TicketLeft.cursor"}))


def test_a_grant_without_a_query_is_none(core: GraphQLSchema) -> None:
    assert [problem.reason for problem in opening(core, {"Ticket.id"}).problems] == ["GRANT_NO_QUERY"]


async def test_answers_lists_nodes_and_enums(desk: Desk, core: GraphQLSchema, city: City) -> None:
    ticket = await make_ticket(TicketStatus.RECEIVED, lead=city.roads)
    made = contract(core, NARROW)
    document = "query ($id: ID!) { tickets(first: 5) { edges { node { number status } } } node(id: $id) { id } }"

    answer = await ran(desk, made, city.partner, document, id=node_id("Ticket", ticket.id))

    assert answer.errors is None
    node = {"number": ticket.number, "status": "RECEIVED"}
    assert answer.data == {"tickets": {"edges": [{"node": node}]}, "node": {"id": node_id("Ticket", ticket.id)}}
    assert made.extensions[KEY] is not core.extensions.get(KEY)


async def test_a_node_of_a_type_that_is_not_granted_is_absent(desk: Desk, core: GraphQLSchema, city: City) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"

    answer = await ran(desk, contract(core, SMALL), city.partner, document, id=node_id("Agency", city.roads.id))

    assert answer.errors is None
    assert answer.data == {"node": None}


async def test_a_value_that_is_not_granted_is_refused(desk: Desk, core: GraphQLSchema, city: City) -> None:
    await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    document = "{ tickets(first: 5) { edges { node { number status } } } }"

    answer = await ran(desk, contract(core, NARROW), city.partner, document)

    assert answer.data == {"tickets": None}
    assert [str(error.original_error) for error in answer.errors or ()] == ["FORBIDDEN: VALUE_NOT_GRANTED"]


async def test_typed_errors_of_mutations_work(desk: Desk, core: GraphQLSchema, city: City) -> None:
    document = """mutation { submitTicket(input: {title: "", body: "x", channel: PARTNER}) {
        ticket { id } errors { __typename code ... on InvalidInput { path } } } }"""

    answer = await ran(desk, contract(core, standard_grants()), city.partner, document)

    assert answer.errors is None
    assert answer.data is not None
    assert answer.data["submitTicket"]["ticket"] is None
    assert answer.data["submitTicket"]["errors"][0]["__typename"] == "InvalidInput"


async def ran(desk: Desk, made: GraphQLSchema, scope: Scope, document: str, **variables: Any) -> ExecutionResult:
    parsed = parse(document)
    assert validate(made, parsed) == []
    result = execute(
        made,
        parsed,
        context_value=context_for(desk, scope, "en", "test", OpenGate()),
        variable_values=variables,
        executor_class=PlanExecutionContext,
    )
    return result if isinstance(result, ExecutionResult) else await result
