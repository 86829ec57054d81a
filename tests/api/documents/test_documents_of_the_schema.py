"""The limits of documents on the real schema: what our own clients ask is well within, what nobody needs is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, get_introspection_query, graphql_sync, parse

from api.documents import limits as counting
from api.documents.documents import DocumentLimits, Documents
from api.documents.formula import Known
from api.documents.introspection_price import FIELDS_OF_A_POINT
from api.documents.refusals import DocumentRefused
from schema import build_schema
from tests.clients.node import WEB
from tests.root import ROOT

ROW = """
  id number version title body status classification channel anonymous confidential supervisory
  category { id code name parent { id code name } } reportedAgency { id code name } leadAgency { id code name kind }
  supportingAgencies { id code name } assignee { id name agency { id code name } } hidden { field reason }
  location { kelurahanCode kelurahan kecamatan address latitude longitude } reporter { name phone email }
  receivedAt updatedAt holdUntil mergedInto { id number } returnCount reopenCount
  allowedMoves { to by needs reasonCodes }
"""
PAGE = (
    "edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount feedCursor"
)
TIMELINE = "timeline(last: %s) { edges { node { id at kind from to text actor { kind name agency { id name } } } } }"


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents(build_schema()._schema)


def test_a_full_page_of_whole_tickets_is_allowed(documents: Documents) -> None:
    assert documents.prepare("query ($n: Int!) { tickets(first: $n) { %s } }" % (PAGE % ROW), None, {"n": 100})


def test_a_ticket_page_with_its_whole_timeline_is_allowed(documents: Documents) -> None:
    assert documents.prepare(f'{{ ticket(number: "KDR-2026-000001") {{ {ROW} {TIMELINE % 100} }} }}')


def test_full_timelines_of_a_full_page_are_not(documents: Documents) -> None:
    with pytest.raises(DocumentRefused) as refused:
        documents.prepare("{ tickets(first: 100) { %s } }" % (PAGE % (TIMELINE % 100)))

    assert refused.value.errors[0].message == "document_over_cost"


def answered(value: object) -> int:
    """The fields in an answer."""
    if isinstance(value, dict):
        return sum(1 + answered(each) for each in value.values())
    return sum(answered(each) for each in value) if isinstance(value, list) else 0


@pytest.mark.parametrize(
    "source",
    [
        get_introspection_query(),
        "{ __schema { types { name } } }",
        "{ __schema { types { name fields { name args { name } type { name } } enumValues { name } } } }",
        "{ __schema { types { possibleTypes { name } interfaces { name } inputFields { name } } } }",
    ],
)
def test_introspection_is_priced_by_what_it_answers(documents: Documents, source: str) -> None:
    fields = answered(graphql_sync(documents.schema, source).data)

    assert documents.prepare(source).cost * FIELDS_OF_A_POINT == pytest.approx(fields, rel=0.25, abs=100)


def test_twenty_looks_at_the_whole_schema_are_too_many_in_one(documents: Documents) -> None:
    inner = "types { name fields { name args { name } type { name } } enumValues { name } inputFields { name } }"
    with pytest.raises(DocumentRefused) as refused:
        documents.prepare("{" + " ".join(f"a{place}: __schema {{ {inner} }}" for place in range(20)) + "}")

    assert refused.value.errors[0].message == "document_over_introspection"


WHOLE_SCHEMA = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
)


def test_tools_may_look_at_the_whole_schema(documents: Documents) -> None:
    assert documents.prepare(WHOLE_SCHEMA)


def test_levels_of_types_are_no_levels_of_fields(documents: Documents) -> None:
    wrapped = "ofType { " * 20 + "name" + " }" * 20

    assert documents.prepare(f"{{ __schema {{ types {{ fields {{ type {{ {wrapped} }} }} }} }} }}")


INPUTS = "{ fields { args { type { ofType { inputFields { name } } } } } }"


def test_a_type_that_is_chosen_by_name_is_priced_as_the_largest(documents: Documents) -> None:
    """What mutations take are the largest inputs; on average a field takes hardly anything."""
    one = f'{{ __type(name: "Mutation") {INPUTS} }}'
    fields = answered(graphql_sync(documents.schema, one).data)

    assert documents.prepare(one).cost * FIELDS_OF_A_POINT >= fields > 300
    with pytest.raises(DocumentRefused) as refused:
        documents.prepare("{" + " ".join(f'a{place}: __type(name: "Mutation") {INPUTS}' for place in range(20)) + "}")
    assert refused.value.errors[0].message == "document_over_introspection"


LIMITS = (ROOT / "api" / "documents" / "limits.py").read_text("utf-8")
PAGE_OF_LIMITS = (ROOT / "docs" / "security.md").read_text("utf-8")
PAGES = {"first": 100, "entries": 100, "last": 100, "filter": {"search": "lampu"}, "search": "lampu"}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def counted(schema: GraphQLSchema, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """What the documents are compared with each limit by, with whole pages and a search where they can be asked for."""
    limits, known = DocumentLimits(), Known(PAGES, DocumentLimits().page)
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(counting, "_at_most", lambda name, count, _: found.append((name, count)))
    for text in texts:
        document = parse(text)
        yield "characters", len(text)
        yield "tokens", document.token_count - 1  # without the end of the text
        for price in counting.measure(schema, document, limits).values():
            yield "cost", price.fields(known)
            yield "statements", price.due_once(known)
    yield from found


def test_the_most_that_ours_have_is_what_code_and_page_say(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [path.read_text("utf-8") for path in sorted(WEB.glob("*/operations/*.graphql"))]
    most: dict[str, int] = {}
    for name, count in counted(documents.schema, [*texts, WHOLE_SCHEMA], monkeypatch):
        most[name] = max(count, most.get(name, 0))
    in_code = re.findall(r"^    (\w+): int = \w+  # \((some )?([\d,]+)\)", LIMITS, re.MULTILINE)
    on_page = re.findall(r"`DocumentLimits\.(\w+)` .*; ours have (some )?([\d,]+) \|", PAGE_OF_LIMITS)

    assert on_page == in_code
    assert {name: number(count) for name, some, count in in_code if not some} == {
        name: count for name, count in most.items() if name not in ("introspection", "nesting")
    }
    assert [(name, some) for name, some, _ in in_code if some] == [("introspection", "some ")]
    assert number(in_code[-1][2]) == pytest.approx(most["introspection"], rel=0.1)  # it grows with each new field


def test_limits_leave_the_room_that_they_promise(documents: Documents) -> None:
    inputs = [each for each in documents.schema.type_map.values() if isinstance(each, GraphQLInputObjectType)]
    most = {
        name: number(count) for name, count in re.findall(r"`DocumentLimits\.(\w+)` .* ([\d,]+) \|", PAGE_OF_LIMITS)
    }
    limits = DocumentLimits()

    assert max(len(each.fields) for each in inputs) < limits.variables
    assert most["introspection"] * 2 <= limits.introspection
    assert most["fields"] * 4 <= limits.fields
    assert most["depth"] * 2 <= limits.depth
