"""Screens, citizens and callers without a token have a schema with what each may use, and no name besides."""

from __future__ import annotations

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLSchema,
    execute,
    get_introspection_query,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from graphql import validate_schema as schema_errors

from api.documents.contracts import Contracts
from api.documents.documents import Documents
from api.documents.refusals import DocumentRefused
from models.enums import PrincipalKind
from schema import build_schema
from schema.feeds.sharing import root_field, subscription_key
from schema.partners.audiences import AUDIENCES, audience_contract
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import EdgeRefusal
from tests.root import ROOT
from tests.schema.conftest import City
from tests.schema.partners.test_granted import ran, unfrozen

KINDS = tuple(AUDIENCES)
OF_THE_DESK = {
    "Partner",
    "PartnerKey",
    "StaffAccount",
    "StaffAssignment",
    "Display",
    "RevealReporterPayload",
    "RevealedReporter",
    "FindReporterTicketsPayload",
}
WEB = ROOT / "web"
PAGES = {
    PrincipalKind.DISPLAY: ("wallboard/operations/wallboard", "wallboard/operations/board-choices"),
    PrincipalKind.CITIZEN: (
        "admin/operations/ticket-page",
        "admin/operations/ticket-timeline",
        "admin/operations/ticket-row",
        "admin/operations/ticket-list",
        "admin/operations/ticket-feed",
        "admin/operations/ticket-status-changed",
        "admin/operations/ticket-status-changes",
        "admin/operations/viewer",
    ),
    PrincipalKind.ANONYMOUS: (
        "admin/operations/submit-ticket",
        "admin/operations/start-citizen-session",
        "admin/operations/sign-in",
        "admin/operations/accept-invitation",
        "admin/operations/check-invitation",
        "admin/operations/viewer",
        "admin/operations/categories",
        "admin/operations/areas",
        "admin/operations/agencies",
        "wallboard/operations/office",
    ),
}
BOARD = "subscription { wallboard { total withheld } }"


@pytest.fixture(scope="module")
def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


@pytest.fixture
def contracts(core: GraphQLSchema) -> Contracts:
    async def unasked(digest: str) -> frozenset[str]:
        raise AssertionError(digest)

    return Contracts(core, Documents(core), unasked)


def names(made: GraphQLSchema) -> set[str]:
    """What introspection names: types, and everything under them."""
    answer = execute(made, parse(get_introspection_query()))
    assert isinstance(answer, ExecutionResult)
    assert answer.data is not None
    found = set()
    for type_ in answer.data["__schema"]["types"]:
        found.add(type_["name"])
        for under in ("fields", "inputFields", "enumValues"):
            found |= {f"{type_['name']}.{each['name']}" for each in type_[under] or ()}
    return found


def roots(made: GraphQLSchema) -> dict[str, list[str]]:
    types = (made.query_type, made.mutation_type, made.subscription_type)
    return {type_.name: sorted(type_.fields) for type_ in types if isinstance(type_, GraphQLObjectType)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_caller_has_a_valid_schema_without_the_desks_own_types(
    core: GraphQLSchema, kind: PrincipalKind
) -> None:
    made = unfrozen(audience_contract(core, kind))

    assert schema_errors(made) == []
    # Signing in answers with all of Viewer, own assignments too.
    assert names(made) & OF_THE_DESK == ({"StaffAssignment"} if kind is PrincipalKind.ANONYMOUS else set())
    assert names(made) < names(core)


def test_a_screen_has_its_board_and_what_that_needs(core: GraphQLSchema) -> None:
    made = audience_contract(core, PrincipalKind.DISPLAY)

    assert roots(made) == {
        "Query": ["agencies", "areas", "categories", "viewer", "wallboard"],
        "Subscription": ["wallboard"],
    }
    found = names(made)
    assert found & {"Ticket", "Officer", "Reporter", "AuditEntry", "Session", "TicketFilter", "Answer"} == set()
    assert {each for each in found if each.startswith("Viewer.")} == {
        "Viewer.agency",
        "Viewer.kind",
        "Viewer.name",
        "Viewer.roles",
        "Viewer.serverTime",
        "Viewer.sessionExpiresAt",
    }
    assert {each for each in found if each.startswith("BoardFilter.")} == {
        "BoardFilter.agencyCode",
        "BoardFilter.categoryCode",
        "BoardFilter.channel",
        "BoardFilter.kecamatanCode",
    }


def test_a_citizen_has_its_ticket_and_no_filter_of_staff(core: GraphQLSchema) -> None:
    made = audience_contract(core, PrincipalKind.CITIZEN)

    assert roots(made) == {
        "Query": [
            "agencies",
            "areas",
            "auditLog",
            "categories",
            "node",
            "ticket",
            "ticketStatusChanges",
            "tickets",
            "viewer",
        ],
        "Mutation": ["startCitizenSession"],
        "Subscription": ["ticketFeed", "ticketStatusChanged"],
    }
    found = names(made)
    assert {each for each in found if each in ("TicketFilter.search", "TicketFilter.status")} == {
        "TicketFilter.search",
        "TicketFilter.status",
    }
    assert found & {f"TicketFilter.{name}" for name in ("assigneeId", "unassigned", "worklist")} == set()
    assert found & {"Viewer.sessions", "Viewer.worklists", "Viewer.csrfToken", "Session", "Worklist"} == set()


def test_who_comes_without_a_token_reports_opens_and_signs_in(core: GraphQLSchema) -> None:
    assert roots(audience_contract(core, PrincipalKind.ANONYMOUS)) == {
        "Query": ["agencies", "areas", "categories", "node", "viewer"],
        "Mutation": ["acceptInvitation", "checkInvitation", "signIn", "startCitizenSession", "submitTicket"],
    }


@pytest.mark.parametrize(("kind", "page"), [(kind, page) for kind, pages in PAGES.items() for page in pages])
def test_the_stock_pages_are_served(core: GraphQLSchema, kind: PrincipalKind, page: str) -> None:
    text = (WEB / f"{page}.graphql").read_text("utf-8")

    assert validate(audience_contract(core, kind), parse(text), specified_rules) == []


async def test_all_screens_are_served_one_schema_and_make_one_group(
    contracts: Contracts, city: City, core: GraphQLSchema
) -> None:
    screens = [Scope(kind=PrincipalKind.DISPLAY, principal=f"client:{key}", client_id=key) for key in (1, 2)]

    documents = [await contracts.of(screen) for screen in screens]
    prepared = [each.prepare(BOARD) for each in documents]

    assert documents[0] is documents[1]
    assert documents[0].schema is not core
    assert (documents[0].misses, documents[0].hits) == (1, 1)
    root = [root_field(each) for each in prepared]
    assert root[0] is not None
    assert root[1] is not None
    assert subscription_key(prepared[0], root[0]) == subscription_key(prepared[1], root[1])
    assert screens[0].sight == screens[1].sight
    assert (contracts.built, len(contracts)) == (0, 0)


async def test_staff_have_the_desks_schema(contracts: Contracts, city: City, core: GraphQLSchema) -> None:
    assert (await contracts.of(city.officer)).schema is core


@pytest.mark.parametrize(
    "document",
    [
        "mutation { signOut { signedOut } }",
        "subscription { wallboard { total } }",
        "{ tickets(first: 1) { asOf } __schema { types { name } } }",
        '{ tickets(first: 1) { asOf } ...Names } fragment Names on Query { __type(name: "Ticket") { name } }',
    ],
)
async def test_who_is_not_signed_in_is_told_to(contracts: Contracts, city: City, document: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        (await contracts.of(city.anonymous)).prepare(document)

    (error,) = refused.value.errors
    assert isinstance(error.original_error, EdgeRefusal)
    assert error.original_error.code == "UNAUTHENTICATED"


async def test_a_query_of_who_is_not_signed_in_lacks_what_needs_it_alone(
    desk: Desk, contracts: Contracts, city: City
) -> None:
    prepared = (await contracts.of(city.anonymous)).prepare(
        "{ viewer { kind } tickets(first: 1) { asOf } areas { code } staff(first: 1) { edges { node { name } } } }"
    )

    answer = await ran(desk, prepared.schema, city.anonymous, print_ast(prepared.document))

    assert answer.data == {
        "viewer": {"kind": "ANONYMOUS"},
        "tickets": None,
        "areas": [{"code": "35.71.01.1001"}],
        "staff": None,
    }
    assert [str(error.original_error) for error in answer.errors or ()] == ["UNAUTHENTICATED: SIGN_IN"] * 2


@pytest.mark.parametrize("caller", ["display", "anonymous"])
async def test_what_nobody_has_is_unknown(contracts: Contracts, city: City, caller: str) -> None:
    with pytest.raises(DocumentRefused, match="Cannot query field 'secrets' on type 'Query'"):
        (await contracts.of(getattr(city, caller))).prepare("{ secrets }")


async def test_a_screen_is_not_told_what_it_could_have_as_somebody_else(contracts: Contracts, city: City) -> None:
    with pytest.raises(DocumentRefused, match="Cannot query field 'staff' on type 'Query'"):
        (await contracts.of(city.display)).prepare("{ staff(first: 1) { edges { node { name } } } }")


def test_introspection_of_an_audience_costs_the_same_whatever_was_asked_of_the_whole_schema_before() -> None:
    core, asked = build_schema()._schema, "{ __schema { types { name fields { name type { name } } } } }"
    early = audience_contract(core, PrincipalKind.DISPLAY)

    whole = Documents(core).prepare(asked).cost
    late = audience_contract(core, PrincipalKind.DISPLAY)

    costs = {Documents(made).prepare(asked).cost for made in (early, late)}
    assert len(costs) == 1
    assert costs.pop() < whole / 2
