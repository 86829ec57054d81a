"""No operation answers more fields, or sends more statements, than its price says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from api.documents.documents import Documents
from api.documents.prices import STATEMENT, real_sizes
from models.enums import Role, Visibility
from schema import build_schema
from services.access.scopes import Scope
from services.core.desk import Desk
from services.tickets.editing import Note, add_note
from tests.factories import make_agency, make_area, make_category, make_scope, make_ticket
from tests.schema.conftest import Ask, City

Count = Callable[[], AbstractContextManager[Any]]
ROW = """id number title status hidden { field reason } supportingAgencies { id code } answers { id text }
  allowedMoves { to by needs } reporter { name } mergedInto { id } timeline(last: 5) { edges { node { id at } } }
  unresolvedCases { id decision } sp4n { trackingId }
  dueAt standing handlingClass deadlines { clock used left verdicts { at } }"""
STAFF = (
    "{ viewer { kind worklists { worklist count } sessions { id } } }",
    "{ escalationRules { code statuses } }",
    "{ tickets(first: 10) { edges { node { id escalations { id level notified { id } } } } } }",
    "{ agencies { id } }",
    "{ categories { id } }",
    "{ areas { code } }",
    "{ agencies { id code name kind parent { id code } } }",
    "{ categories { id code name parent { id code } } }",
    "{ areas { code name kecamatan } }",
    "{ tickets(first: 50) { totalCount edges { node { %s } } } }" % ROW,  # noqa: UP031
    '{ tickets(first: 50, filter: {search: "lampu"}) { totalCount edges { node { id } } } }',
    '{ ticket(number: "KDR-2026-000001") { %s } }' % ROW,  # noqa: UP031
    '{ ticket(number: "KDR-2026-000001") { deadlines { clock explanation { text segments { days } } } } }',
    "{ officers(first: 50) { edges { node { id name } } } }",
    '{ officers(first: 50, search: "a") { edges { node { id name } } } }',
    "{ staff(first: 50) { edges { node { id assignments { role agency { code } } } } } }",
    "{ unresolvedCases(first: 50) { totalCount edges { node { decision ticket { %s } } } } }" % ROW,  # noqa: UP031
    "{ auditLog(first: 50) { edges { node { kind details { name value } } } } }",
    "{ displays { id name } }",
    "{ partners { id coordinates keys { id networks } documents { name } deprecated { coordinate } } }",
    """{ ticketStatusChanges(first: 50) { edges { node { at
      ticket { id timeline(last: 5) { edges { node { id } } } } } } } }""",
    """{ wallboard { links { link } byStatus { status count } byAgency { open agency { code } }
      byLateness { overdue dueSoon agency { code shortName } } byCategory { count category { code } }
      byKecamatan { code } trend { day received resolved dispatched workingDay dayOff } oldestOpen { number }
      dueFirst { number status standing dueOn workingDaysLeft holdUntil agency { code } category { code } }
      latest { number } } }""",
)
WARM = "{ agencies { id } }"  # the master data is read anew after it has changed, for all callers together
PRICED_ONCE = "{ tickets(first: %s) { edges { node { timeline(last: 3) { edges { node { id } } } answers { id } } } } }"


@pytest.fixture
async def documents(city: City, desk: Desk) -> Documents:
    """The documents of a city with more of everything than the shipped sizes say, and a busy desk."""
    for number in range(130):
        await make_agency(f"instansi-{number}")
        await make_category(f"kategori-{number}")
        await make_area(f"35.71.03.{2000 + number}", kecamatan="Kota")
    for number in range(30):
        ticket = await make_ticket(lead=city.roads, at=desk.now() - timedelta(hours=number), reporter={"name": "Sekar"})
        await add_note(desk, city.coordinator, Note(ticket.id, "words", Visibility.PUBLIC))
    await desk.reference()
    return Documents(build_schema()._schema, sizes=lambda: real_sizes(desk.references.held))


@pytest.fixture
async def everything(city: City) -> Scope:
    """Somebody who may ask for all of it."""
    return await make_scope(Role.ADMIN, city.desk_agency, Role.COORDINATOR)


def answered(value: object) -> int:
    """The fields in an answer."""
    if isinstance(value, dict):
        return sum(1 + answered(each) for each in value.values())
    return sum(answered(each) for each in value) if isinstance(value, list) else 0


@pytest.mark.slow
async def test_an_answer_has_no_more_than_what_is_paid(
    ask: Ask, documents: Documents, everything: Scope, count_queries: Count
) -> None:
    await ask(everything, WARM)

    for text in STAFF:
        prepared = documents.prepare(text)
        with count_queries() as statements:
            result = await ask(everything, text)
        assert result.errors is None, text
        assert answered(result.data) <= prepared.cost - prepared.statements, text
        assert statements.count * STATEMENT <= prepared.statements, text

    for size in (1, 30):
        with count_queries() as statements:
            await ask(everything, PRICED_ONCE % size)
        assert statements.count * STATEMENT <= documents.prepare(PRICED_ONCE % size).statements == 3 * STATEMENT


SUBMIT = """mutation { submitTicket(input: {title: "Lampu", body: "Lampu mati.", channel: PARTNER, anonymous: false,
  confidential: false, externalId: "1", reporter: {name: "Sekar", phone: "0812077618834"}}) {
    ticket { number } errors { code } } }"""


async def test_a_report_takes_no_more_statements_than_its_price(ask: Ask, city: City, count_queries: Count) -> None:
    prepared = Documents(build_schema()._schema).prepare(SUBMIT)
    await ask(city.coordinator, WARM)

    with count_queries() as statements:
        result = await ask(city.partner, SUBMIT)

    assert result.data["submitTicket"]["errors"] == []
    assert statements.count * STATEMENT <= prepared.statements
