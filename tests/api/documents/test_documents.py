"""Documents: what is refused before validation, what is kept, and what a call costs."""

from __future__ import annotations

from dataclasses import fields

import pytest
from graphql import GraphQLSchema, OperationType, build_schema, get_introspection_query

from api.documents.documents import FEWEST_ERRORS, MOST_ERRORS, DocumentLimits, Documents
from api.documents.formula import clamped
from api.documents.introspection_price import FIELDS_OF_A_POINT
from api.documents.refusals import DocumentRefused
from services.core.messages import LANGUAGES, say

SCHEMA = build_schema(
    """
    type Query { viewer: Viewer tickets(first: Int!, after: String): Tickets recent(first: Int = 40): [Ticket!]! }
    type Mutation { close(id: ID!): Ticket }
    type Subscription { changed: Ticket }
    type Viewer { name(first: Int): String friend: Viewer }
    type Tickets { nodes: [Ticket!]! }
    type Ticket { id: ID! title: String events(first: Int): [Ticket!]! }
    """
)


@pytest.fixture
def documents() -> Documents:
    return Documents(SCHEMA)


def reason(documents: Documents, source: str, **given: object) -> str:
    with pytest.raises(DocumentRefused) as refused:
        documents.prepare(source, **given)  # type: ignore[arg-type]
    return refused.value.errors[0].message


def limited(**limits: int) -> Documents:
    return Documents(SCHEMA, DocumentLimits(**limits))


def test_prepares_the_only_operation(documents: Documents) -> None:
    prepared = documents.prepare("query Who { viewer { name } }", None, {"a": 1})

    assert prepared.kind is OperationType.QUERY
    assert prepared.operation_name == "Who"
    assert prepared.variables == {"a": 1}
    assert not prepared.is_subscription


def test_chooses_an_operation_by_name(documents: Documents) -> None:
    source = 'query A { viewer { name } } mutation B { close(id: "1") { id } }'

    assert documents.prepare(source, "B").kind is OperationType.MUTATION
    assert reason(documents, source) == "document_operation_unnamed"
    assert reason(documents, source, operation_name="C") == "document_operation_unknown"


def test_knows_a_subscription(documents: Documents) -> None:
    assert documents.prepare("subscription { changed { id } }").is_subscription


def test_the_same_text_is_parsed_and_validated_once(documents: Documents) -> None:
    first = documents.prepare("{ viewer { name } }")
    second = documents.prepare("{ viewer { name } }")

    assert second.document is first.document
    assert second.digest == first.digest
    assert (documents.hits, documents.misses) == (1, 1)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first() -> None:
    documents = Documents(SCHEMA, most_kept=2)
    for name in ("A", "B", "A", "C"):
        documents.prepare(f"query {name} {{ viewer {{ name }} }}")

    assert len(documents) == 2
    documents.prepare("query A { viewer { name } }")
    documents.prepare("query B { viewer { name } }")
    assert (documents.hits, documents.misses) == (2, 4)


def test_long_documents_count_by_their_characters() -> None:
    documents = Documents(SCHEMA, most_characters=200)
    for name in "ABCD":
        documents.prepare(f"query {name} {{ viewer {{ name }} }} #{'x' * 60}")

    assert len(documents) == 2


def test_a_refused_document_is_not_kept(documents: Documents) -> None:
    reason(documents, "{ nothing }")

    assert len(documents) == 0


def test_introspection_is_within_the_limits(documents: Documents) -> None:
    assert documents.prepare(get_introspection_query()).kind is OperationType.QUERY


def test_introspection_has_a_budget_of_its_own() -> None:
    names = len(SCHEMA.type_map)
    source = "{ a: __schema { types { name } } b: __schema { types { name } } }"

    assert limited(introspection=2 * (1 + names)).prepare(source)
    assert reason(limited(introspection=2 * (1 + names) - 1), source) == "document_over_introspection"


def test_introspection_costs_a_point_for_so_many_fields() -> None:
    names = len(SCHEMA.type_map)

    assert (
        Documents(SCHEMA).prepare("{ __schema { types { name kind } } }").cost
        == 1 + (1 + 2 * names) // FIELDS_OF_A_POINT
    )


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("{ viewer { name " + "@include(if: true) " * 10 + "} }", "document_over_directives"),
        ("{ viewer { name " + "@a " * 20_000 + "} }", "document_over_tokens"),
        ("{" + " viewer { name }" * 400 + "}", "document_over_repeats"),
        ("{" + "".join(f" a{index}: viewer {{ name }}" for index in range(61)) + "}", "document_over_aliases"),
        ("{ viewer " + "{ friend " * 20 + "{ name }" + "}" * 20 + "}", "document_over_depth"),
        ("{ viewer { " + "... { " * 80 + "name" + "}" * 80 + "} }", "document_over_nesting"),
        (" ".join(f"query Q{index} {{ viewer {{ name }} }}" for index in range(21)), "document_over_operations"),
        (
            "query (" + "".join(f"$v{index}: Int " for index in range(51)) + ") { viewer { name } }",
            "document_over_variables",
        ),
        ("{ viewer { name } } #" + "x" * 100_000, "document_over_characters"),
        ("# \n" * 600 + "{ viewer { name } }", "document_over_tokens"),
        ("{ ...a } fragment a on Query {" + "viewer { name } " * 60 + "}", "document_over_repeats"),
    ],
)
def test_refuses_by_counting(documents: Documents, source: str, refusal: str) -> None:
    assert reason(documents, source) == refusal


def test_root_fields_are_counted_through_fragments() -> None:
    source = "{ ...a } fragment a on Query { one: viewer { name } two: viewer { name } three: viewer { name } }"

    assert reason(limited(root_fields=2), source) == "document_over_root_fields"
    assert limited(root_fields=3).prepare(source)


def chain(length: int) -> str:
    """Fragments that each spread the next one twice: written out, 2 ** length fields."""
    links = "".join(f" fragment f{i} on Viewer {{ ...f{i + 1} ...f{i + 1} }}" for i in range(length))
    return "{ viewer { ...f0 } }" + links + f" fragment f{length} on Viewer {{ name }}"


def test_fragment_chains_are_counted_once_per_fragment(documents: Documents) -> None:
    assert reason(documents, chain(150)) == "document_over_fragments"
    assert reason(documents, chain(15)) == "document_over_fields"
    assert documents.prepare(chain(8))


def test_a_long_chain_is_refused_by_depth_even_where_many_fragments_are_allowed() -> None:
    assert reason(limited(fragments=500), chain(150)) == "document_over_nesting"


def test_fragment_cycles_are_named_by_validation(documents: Documents) -> None:
    message = reason(documents, "{ viewer { ...a } } fragment a on Viewer { ...b ...b } fragment b on Viewer { ...a }")

    assert message == "Cannot spread fragment 'a' within itself via 'b'."


def test_unused_fragments_are_bounded_too(documents: Documents) -> None:
    source = "{ viewer { name } } fragment a on Viewer {" + " name" * 60 + "}"

    assert reason(documents, source) == "document_over_repeats"


def test_a_page_counts_as_often_as_it_has_rows() -> None:
    documents = limited(cost=100)  # tickets + nodes and id for each of the rows

    assert documents.prepare("{ tickets(first: 49) { nodes { id } } }")
    assert reason(documents, "{ tickets(first: 50) { nodes { id } } }") == "document_over_cost"


def test_page_sizes_come_from_variables_and_their_defaults() -> None:
    documents = limited(cost=100)
    source = "query ($n: Int! = 60) { tickets(first: $n) { nodes { id } } }"

    assert documents.prepare(source, None, {"n": 10})
    assert reason(documents, source) == "document_over_cost"
    assert reason(documents, source, variables={"n": 50}) == "document_over_cost"
    assert (documents.hits, documents.misses) == (2, 1)


def test_page_sizes_come_from_defaults_of_the_schema() -> None:
    source = "{ recent { id title } }"

    assert limited(cost=81).prepare(source)
    assert reason(limited(cost=80), source) == "document_over_cost"


def test_nested_pages_multiply() -> None:
    documents = limited(cost=1_000)
    source = "query ($n: Int!) { tickets(first: $n) { nodes { events(first: 10) { events(first: $n) { id } } } } }"

    assert documents.prepare(source, None, {"n": 5})
    assert reason(documents, source, variables={"n": 10}) == "document_over_cost"


def test_a_page_size_out_of_bounds_is_left_to_the_list_to_refuse(documents: Documents) -> None:
    source = "query ($n: Int!) { tickets(first: $n) { nodes { id } } }"

    for size in (0, -1, 1_000_000, 10**40, "many", None, True, 1.5):
        assert documents.prepare(source, None, {"n": size})


def test_too_many_given_variables_are_refused_unread(documents: Documents) -> None:
    given = {f"v{index}": index for index in range(100_000)}

    assert reason(documents, "{ viewer { name } }", variables=given) == "document_over_variables"


@pytest.mark.parametrize(
    "source", ["", "{", "{ viewer { name }", "\x00", '{ viewer(a: "\ud800") }', "type A { a: Int }", "{ vi\u202eewer }"]
)
def test_refuses_what_is_not_a_document(documents: Documents, source: str) -> None:
    assert reason(documents, source)


def test_offers_no_suggestions(documents: Documents) -> None:
    assert reason(documents, "{ viewr { name } }") == "Cannot query field 'viewr' on type 'Query'."


def test_never_lists_more_than_fifty_errors(documents: Documents) -> None:
    with pytest.raises(DocumentRefused) as refused:
        documents.prepare("{ viewer {" + "".join(f" x{index}" for index in range(500)) + "} }")

    assert len(refused.value.errors) == MOST_ERRORS + 1


def test_another_schema_has_documents_of_its_own() -> None:
    other: GraphQLSchema = build_schema("type Query { other: Int }")

    assert Documents(other).prepare("{ other }")
    assert reason(Documents(other), "{ viewer { name } }") == "Cannot query field 'viewer' on type 'Query'."


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("a\x00b", "text_nul"),
        (["ok", {"deep": ["a\x00b"]}], "text_nul"),
        ({"a\x00b": 1}, "text_nul"),
        ("half \ud800", "text_lone_surrogate"),
        (float("nan"), "number_not_finite"),
        ([1.5, float("-inf")], "number_not_finite"),
        (["x"] * 3_000, "variables_too_many_values"),
        ({f"k{index}": 1 for index in range(3_000)}, "variables_too_many_values"),
    ],
)
def test_variables_hold_only_what_can_be_kept(documents: Documents, value: object, refusal: str) -> None:
    assert reason(documents, "{ viewer { name } }", variables={"v": value}) == refusal


def test_variables_are_walked_without_recursion(documents: Documents) -> None:
    value: object = "x"
    for _ in range(10_000):
        value = [value]

    assert reason(documents, "{ viewer { name } }", variables={"v": value}) == "variables_too_deep"


ESCAPE = r"\u0000"


@pytest.mark.parametrize("text", ["é 🙂 Jalan Dhoho\n", "", "\\u0000", "x" * 50_000])
def test_variables_hold_any_other_text(documents: Documents, text: str) -> None:
    assert documents.prepare("{ viewer { name } }", None, {"v": text}).variables == {"v": text}


def test_a_nul_that_a_literal_spells_out_is_refused(documents: Documents) -> None:
    source = '{ tickets(first: 1, after: "%s") { nodes { id } } }'

    for spelled in (r"\u0000", r"\u{0}", r"\u{000}", r"\\\u0000"):
        assert reason(documents, source % spelled) == "text_nul"
    for harmless in (r"\\u0000", r"\\\\u0000", r"\u0001", "u0000"):
        assert documents.prepare(source % harmless)


def test_what_is_no_escape_is_no_nul(documents: Documents) -> None:
    fields = "{ nodes { id } }"

    assert documents.prepare(f'{{ tickets(first: 1, after: """{ESCAPE}""") {fields} }}')
    assert documents.prepare(f'# {ESCAPE}\n{{ tickets(first: 1, after: "x") {fields} }}')
    assert reason(documents, f'# {ESCAPE}\n{{ tickets(first: 1, after: "{ESCAPE}") {fields} }}') == "text_nul"


def test_every_limit_has_a_text_in_every_language() -> None:
    for limit in fields(DocumentLimits):
        if limit.name != "page":
            for language in LANGUAGES:
                assert "7" in say(f"document_over_{limit.name}", language, limit=7)


@pytest.mark.parametrize(
    ("given", "rows"), [(7, 7), (7.0, 7), (7.5, 100), (-2.0, 1), (1e300, 100), (float("inf"), 100)]
)
def test_a_page_size_is_priced_as_it_is_executed(given: float, rows: int) -> None:
    assert clamped(given, 100) == rows


def test_values_in_a_document_are_told_as_many_at_a_time_as_values_of_variables(documents: Documents) -> None:
    calls = " ".join(f'a{index}: tickets(first: "x") {{ nodes {{ id }} }}' for index in range(15))

    with pytest.raises(DocumentRefused) as refused:
        documents.prepare(f"{{ {calls} }}")

    assert [error.locations[0].column for error in refused.value.errors if error.locations] == [
        calls.index(f"a{index}:") + 3 + len(f"a{index}: tickets(first: ") for index in range(15)
    ]


def test_fewer_errors_of_a_long_document_are_told_as_each_walks_through_it(documents: Documents) -> None:
    calls = " ".join(f'a{index}: tickets(first: "x") {{ nodes {{ id }} }}' for index in range(15))

    with pytest.raises(DocumentRefused) as refused:
        documents.prepare(f"{{ {calls} }}" + "\n" * 90_000)

    assert len(refused.value.errors) == FEWEST_ERRORS + 1  # and one that says there are more
