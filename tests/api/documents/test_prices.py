"""The price of an operation: every list by its length, every statement once, counts and searches by what they take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_object_type,
    is_union_type,
    parse,
)

from api.documents.contracts import Contracts
from api.documents.documents import DocumentLimits, Documents
from api.documents.formula import Known
from api.documents.limits import measure
from api.documents.prices import (
    COUNT,
    ERRORS,
    OPERATION,
    SEARCHES,
    SIZES,
    STATEMENT,
    STATEMENTS,
    points_of,
    size_of,
)
from api.documents.refusals import DocumentRefused
from models.enums import PrincipalKind
from schema import build_schema
from services.access.grants import STANDARD_BUDGET, contract_digest, standard_grants
from services.access.predicates import Anything
from services.access.scopes import Granted, Scope
from tests.clients import documents as admin
from tests.clients.node import WEB

CORE = build_schema()._schema
PAGE = 7
SEARCH = SEARCHES["Query.tickets"]
KNOWN = Known({}, 100)


def is_page(schema: GraphQLSchema, type_: str, field: str) -> bool:
    return not {"first", "last"}.isdisjoint(schema.type_map[type_].fields[field].args)  # type: ignore[attr-defined]


def lists() -> Iterator[str]:
    """The lists of objects of the schema; the edges of a page are counted with the page."""
    for name, type_ in sorted(CORE.type_map.items()):
        if name.startswith("__") or not (is_object_type(type_) or is_interface_type(type_)):
            continue
        for field, definition in type_.fields.items():
            inner = get_named_type(definition.type)
            composite = is_object_type(inner) or is_interface_type(inner)
            if is_list_type(get_nullable_type(definition.type)) and composite and field != "edges":
                yield f"{name}.{field}"


LISTS = sorted(lists())


def kinds(type_: GraphQLNamedType) -> list[str]:
    """A type's name, and those of what may stand for it."""
    abstract = is_interface_type(type_) or is_union_type(type_)
    return [type_.name, *(each.name for each in (CORE.get_possible_types(type_) if abstract else ()))]


def way_to(wanted: str) -> list[tuple[str, str]]:
    """The shortest way from a root to a type, as pairs of type and field; an interface is reached by its kinds."""
    roots = [CORE.query_type, CORE.mutation_type, CORE.subscription_type]
    waiting = deque((root.name, ()) for root in roots if root)
    seen = set()
    while waiting:
        name, way = waiting.popleft()
        if name == wanted:
            return list(way)
        if name in seen:
            continue
        seen.add(name)
        for field, definition in getattr(CORE.type_map[name], "fields", {}).items():
            waiting.extend((each, (*way, (name, field))) for each in kinds(get_named_type(definition.type)))
    raise AssertionError(wanted)


def asked(way: list[tuple[str, str]], last: str) -> str:
    """An operation that goes this way; pages of PAGE rows. Fragments stand wherever a type is asked for by its name."""
    text = last
    for type_, field in reversed(way):
        page = f"(first: {PAGE})" if is_page(CORE, type_, field) else ""
        text = f"... on {type_} {{ {field}{page} {{ {text} }} }}"
    kind = way[0][0].lower()
    return f"{kind} {{ {text} }}"


def price(text: str) -> tuple[int, int]:
    """Fields and points of the only operation, though its arguments may be missing."""
    limits = DocumentLimits(cost=10**9, statements=10**9, nesting=200, depth=50)
    (found,) = measure(CORE, parse(text), limits).values()
    return found.fields(KNOWN), found.due_once(KNOWN)


def rows(type_: str, field: str) -> int:
    return PAGE if is_page(CORE, type_, field) else size_of(type_, field)


def test_every_list_of_objects_has_a_size() -> None:
    assert set(LISTS) - {each for each in LISTS if each.endswith(".errors")} == set(SIZES)
    assert min(*SIZES.values(), ERRORS) > 1


@pytest.mark.parametrize("coordinate", LISTS)
def test_a_list_counts_as_often_as_it_has_rows(coordinate: str) -> None:
    type_, field = coordinate.split(".")
    way = [*way_to(type_), (type_, field)]

    one, two = (price(asked(way, leaves)) for leaves in ("... on T { a }", "... on T { a b }"))

    expected = 1
    for step in way:
        expected *= rows(*step)
    assert two[0] - one[0] == expected
    assert two[1] == one[1]


@pytest.mark.parametrize("coordinate", sorted(each for each in STATEMENTS if "." in each))
def test_a_statement_is_priced_once_for_all_rows(coordinate: str) -> None:
    type_, field = coordinate.split(".")
    way = way_to(type_) if type_ not in ("Query", "Subscription") else []
    around = sum(points_of(*step) for step in way)

    _, points = price(asked([*way, (type_, field)], "... on T { a }"))

    assert points - around == STATEMENTS[coordinate] * STATEMENT


def test_every_priced_field_is_there() -> None:
    for coordinate in (*SIZES, *SEARCHES, *(each for each in STATEMENTS if "." in each)):
        type_, field = coordinate.split(".")
        assert field in CORE.type_map[type_].fields  # type: ignore[attr-defined]
    assert isinstance(CORE.type_map["Mutation"], GraphQLObjectType)


LIST = STATEMENT


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ tickets(first: 5) { edges { node { id } } } }", {}, LIST),
        ("{ tickets(first: 5) { totalCount } }", {}, LIST + COUNT),
        ("{ tickets(first: 5) { a: totalCount b: totalCount } }", {}, LIST + 2 * COUNT),
        ('{ tickets(first: 5, filter: {search: "x"}) { asOf } }', {}, LIST + SEARCH),
        ('{ tickets(first: 5, filter: {search: "x"}) { totalCount } }', {}, LIST + COUNT + 2 * SEARCH),
        ('{ tickets(first: 5, filter: {search: " "}) { totalCount } }', {}, LIST + COUNT),
        ("{ tickets(first: 5, filter: {search: null}) { totalCount } }", {}, LIST + COUNT),
        ("{ tickets(first: 5, filter: {open: true}) { totalCount } }", {}, LIST + COUNT),
        (
            "query ($s: String) { tickets(first: 5, filter: {search: $s}) { totalCount } }",
            {"s": "x"},
            LIST + COUNT + 2 * SEARCH,
        ),
        ("query ($s: String) { tickets(first: 5, filter: {search: $s}) { totalCount } }", {"s": None}, LIST + COUNT),
        (
            'query ($s: String = "x") { tickets(first: 5, filter: {search: $s}) { totalCount } }',
            {},
            LIST + COUNT + 2 * SEARCH,
        ),
        (
            "query ($f: TicketFilter) { tickets(first: 5, filter: $f) { totalCount } }",
            {"f": {"search": "x"}},
            LIST + COUNT + 2 * SEARCH,
        ),
        ("query ($f: TicketFilter) { tickets(first: 5, filter: $f) { totalCount } }", {"f": {}}, LIST + COUNT),
        (
            'query ($f: TicketFilter = {search: "x"}) { tickets(first: 5, filter: $f) { totalCount } }',
            {},
            LIST + COUNT + 2 * SEARCH,
        ),
        (
            'query { ...A } fragment A on Query { tickets(first: 5, filter: {search: "x"}) { ...B } }'
            " fragment B on TicketConnection { totalCount }",
            {},
            LIST + COUNT + 2 * SEARCH,
        ),
        ("{ tickets(first: 50) { edges { node { answers { id } reporter { name } } } } }", {}, LIST + 2 * STATEMENT),
        ("query ($n: Int!) { tickets(first: $n) { edges { node { answers { id } } } } }", {"n": 9}, LIST + STATEMENT),
        ("subscription { ticketStatusChanged(filter: {open: true}) { at } }", {}, 0),
    ],
)
def test_counts_and_searches_cost_what_they_take(text: str, variables: dict[str, object], points: int) -> None:
    assert Documents(CORE).prepare(text, None, variables).statements == points


def test_twenty_searches_with_their_counts_are_too_many_in_one() -> None:
    fields = " ".join(
        f'a{place}: tickets(first: 1, filter: {{search: "{place}"}}) {{ totalCount }}' for place in range(20)
    )

    with pytest.raises(DocumentRefused) as refused:
        Documents(CORE).prepare(f"{{ {fields} }}")

    assert refused.value.errors[0].message == "document_over_statements"


def test_a_list_of_master_data_counts_its_real_size() -> None:
    text = "{ agencies { id code } }"

    assert Documents(CORE).prepare(text).cost == 1 + 2 * SIZES["Query.agencies"] + STATEMENT
    assert Documents(CORE, sizes=lambda: {"Query.agencies": 345}).prepare(text).cost == 1 + 2 * 345 + STATEMENT


def test_a_list_that_no_page_bounds_can_be_too_long() -> None:
    fields = " ".join(f"a{place}: agencies {{ id code name kind parent {{ id code name }} }}" for place in range(20))

    with pytest.raises(DocumentRefused) as refused:
        Documents(CORE).prepare(f"{{ {fields} }}")

    assert refused.value.errors[0].message == "document_over_cost"


async def test_partners_and_screens_have_the_same_prices_and_sizes() -> None:
    coordinates = standard_grants()

    async def granted(_: str) -> frozenset[str]:
        return coordinates

    contracts = Contracts(CORE, Documents(CORE, sizes=lambda: {"Query.agencies": 345}), granted)
    digest = contract_digest(coordinates)
    partner = Scope(
        kind=PrincipalKind.PARTNER,
        principal="client:1",
        client_id=1,
        granted=Granted(digest, digest, STANDARD_BUDGET, Anything()),
    )
    for scope in (partner, Scope(kind=PrincipalKind.ANONYMOUS, principal="address:1")):
        documents = await contracts.of(scope)
        assert documents.prepare("{ agencies { code } }").cost == 1 + 345 + STATEMENT


def test_what_our_own_clients_ask_is_within_the_limits_with_room() -> None:
    documents, limits = Documents(CORE), DocumentLimits()
    texts = [path.read_text("utf-8") for path in sorted((WEB / "wallboard" / "operations").glob("*.graphql"))]
    texts += [admin.text(name) for name in admin.NAMES]
    whole = {"first": 100, "entries": 100, "last": 100, "filter": {"search": "lampu"}, "search": "lampu"}

    found = [documents.prepare(text, None, whole) for text in texts]

    assert max(each.cost - each.statements for each in found) * 2 < limits.cost
    assert max(each.statements for each in found) * 2 < limits.statements
    assert max(each.cost for each in found) + OPERATION < STANDARD_BUDGET.points / 5


def test_an_introspection_costs_more_than_a_page_of_a_list() -> None:
    page = Documents(CORE).prepare("{ tickets(first: 50) { edges { node { id number status title } } } }")

    assert Documents(CORE).prepare(get_introspection_query()).cost > 5 * page.cost
