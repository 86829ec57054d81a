"""The limits of documents on the real schema: what our own clients ask is well within, what nobody needs is not."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query, graphql_sync

from api.documents.documents import Documents
from api.documents.introspection_price import FIELDS_OF_A_POINT
from api.documents.refusals import DocumentRefused
from schema import build_schema

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


def test_tools_may_look_at_the_whole_schema(documents: Documents) -> None:
    assert documents.prepare(
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
        )
    )
