"""Anything by its global id, and the pick-lists: who gets what, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from models import Answer, Assignment, Category, Event, Officer, TicketText
from models.enums import AgencyKind, AnswerState, Role, TicketStatus, Visibility
from services.core.nodes import node_id, read_node_id
from services.tickets.editing import Note, add_note
from tests.conftest import Statements
from tests.factories import MOMENT, make_agency, make_officer, make_ticket, seq_of
from tests.schema.conftest import Ask, City

NODE = """query ($id: ID!) { node(id: $id) {
  __typename id
  ... on Ticket { number } ... on Agency { code } ... on Officer { name } ... on Category { code }
  ... on Answer { text } ... on TicketEvent { text kind }
} }"""


async def node(ask: Ask, scope: Any, key: str) -> Any:
    result = await ask(scope, NODE, id=key)
    assert result.errors is None
    return result.data["node"]


async def test_finds_every_kind_of_thing(ask: Ask, city: City) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    event = await Event.filter(ticket_id=ticket.id).get()

    found = [
        await node(ask, city.officer, node_id(kind, key))
        for kind, key in (
            ("Ticket", ticket.id),
            ("Agency", city.roads.id),
            ("Officer", city.officer.officer_id or 0),
            ("Category", city.drains.id),
            ("TicketEvent", event.seq),
        )
    ]

    assert [each["__typename"] for each in found] == ["Ticket", "Agency", "Officer", "Category", "TicketEvent"]


@pytest.mark.parametrize("name", ["partner", "display", "anonymous"])
async def test_officers_are_nobodys_business_but_staffs(ask: Ask, city: City, name: str) -> None:
    scope = getattr(city, name)

    assert await node(ask, scope, node_id("Officer", city.officer.officer_id or 0)) is None
    listed = await ask(scope, "{ officers(first: 5) { edges { node { name } } } }")
    assert listed.errors[0].original_error.code in ("FORBIDDEN", "UNAUTHENTICATED")


async def test_drafts_and_inner_notes_are_reached_by_no_id(ask: Ask, city: City, desk: Any) -> None:
    ticket = await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, supporting=(city.health,))
    draft = await Answer.create(ticket=ticket, state=AnswerState.DRAFT, text="Konsep.", updated_at=MOMENT)
    done = await add_note(desk, city.officer, Note(ticket.id, "Hanya untuk kami.", Visibility.INTERNAL))

    assert (await node(ask, city.officer, node_id("Answer", draft.id)))["text"] == "Konsep."
    assert (await node(ask, city.officer, node_id("TicketEvent", await seq_of(done))))["text"] == "Hanya untuk kami."
    for scope in (city.partner, city.leader, city.display):
        assert await node(ask, scope, node_id("Answer", draft.id)) is None
        assert await node(ask, scope, node_id("TicketEvent", await seq_of(done))) is None
    assert await node(ask, city.stranger, node_id("TicketEvent", await seq_of(done))) is None


async def test_hidden_and_absent_things_cost_the_same_statements(
    ask: Ask, city: City, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    event = await Event.filter(ticket_id=ticket.id).get()
    answer = await Answer.create(ticket=ticket, state=AnswerState.DRAFT, text="Konsep.", updated_at=MOMENT)
    await node(ask, city.stranger, node_id("Ticket", 1))

    for kind, hidden in (("Ticket", ticket.id), ("TicketEvent", event.seq), ("Answer", answer.id)):
        with count_queries() as of_hidden:
            assert await node(ask, city.stranger, node_id(kind, hidden)) is None
        with count_queries() as of_absent:
            assert await node(ask, city.stranger, node_id(kind, 987_654)) is None
        assert of_hidden.texts == of_absent.texts


@pytest.mark.parametrize("given", [{}, {"id": "x", "number": "y"}])
async def test_a_ticket_is_asked_for_by_exactly_one_key(ask: Ask, city: City, given: dict[str, str]) -> None:
    result = await ask(
        city.officer, "query ($id: ID, $number: String) { ticket(id: $id, number: $number) { id } }", **given
    )

    assert result.errors[0].original_error.code == "BAD_INPUT"


async def test_outside_agencies_are_left_out_of_pick_lists_unless_asked_for(ask: Ask, city: City) -> None:
    await make_agency("chicago-311", kind=AgencyKind.EXTERNAL)

    usual = (await ask(city.coordinator, "{ agencies { code } }")).data["agencies"]
    outside = (await ask(city.coordinator, "{ agencies(kinds: [EXTERNAL]) { code } }")).data["agencies"]

    assert {agency["code"] for agency in usual} == {"diskominfo", "pupr", "dinkes", "inspektorat"}
    assert outside == [{"code": "chicago-311"}]


async def test_an_officer_of_two_agencies_is_listed_in_both(ask: Ask, city: City) -> None:
    officer = await make_officer(city.health, name="Rangkap Uji")
    await Assignment.create(officer=officer, agency=city.roads, role=Role.LIAISON, valid_from=date(2026, 1, 1))
    await make_agency("baru")  # the master data is read anew after it
    listed = """query ($code: String) {
      officers(first: 9, agencyCode: $code, search: "rangkap") { edges { node { name } } } }"""

    for code, found in (("dinkes", 1), ("pupr", 1), ("diskominfo", 0)):
        answer = await ask(city.coordinator, listed, code=code)
        assert len(answer.data["officers"]["edges"]) == found


async def test_officers_page_by_name_within_an_agency(ask: Ask, city: City) -> None:
    for name in ("Cahya", "Ayu", "Budi"):
        await make_officer(city.health, name=name)
    await make_officer(city.health, name="Ayub", active=False)
    document = """query ($after: Cursor, $search: String) {
      officers(first: 2, agencyCode: "dinkes", search: $search, after: $after) {
        edges { cursor node { name agency { code } } } pageInfo { hasNextPage endCursor } } }"""

    first = (await ask(city.coordinator, document)).data["officers"]
    second = (await ask(city.coordinator, document, after=first["pageInfo"]["endCursor"])).data["officers"]
    searched = (await ask(city.coordinator, document, search="aYU")).data["officers"]

    names = [edge["node"]["name"] for page in (first, second) for edge in page["edges"]]
    assert names == ["Ayu", "Budi", "Cahya", city.stranger.name]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert [edge["node"]["name"] for edge in searched["edges"]] == ["Ayu"]


@pytest.mark.parametrize(
    ("root", "search"),
    [(root, search) for root in ("staff", "officers") for search in ("andre", "ANDR\u00c9", "\uff21ndre")]
    + [("staff", "<andre@contoh.invalid>")],
)
async def test_a_name_is_found_without_its_marks_and_an_account_by_its_address(
    ask: Ask, city: City, root: str, search: str
) -> None:
    officer = await make_officer(city.health, name="Andr\u00e9")
    await Officer.filter(id=officer.id).update(email="andre@contoh.invalid")
    document = f"query ($s: String) {{ {root}(first: 9, search: $s) {{ edges {{ node {{ name }} }} }} }}"

    found = await ask(city.admin, document, s=search)

    assert [edge["node"]["name"] for edge in found.data[root]["edges"]] == ["Andr\u00e9"]


@pytest.mark.parametrize(
    "document",
    [
        "{ agencies { code parent { code } } }",
        "{ categories { code parent { code } } }",
        "{ areas { code kecamatan } }",
        "{ officers(first: 100) { edges { node { name agency { name } } } } }",
    ],
)
async def test_pick_lists_cost_one_statement_however_long(
    ask: Ask, city: City, document: str, count_queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    for _ in range(20):
        await make_officer(city.health)
    await ask(city.coordinator, document)

    with count_queries() as statements:
        result = await ask(city.coordinator, document)

    assert result.errors is None
    assert statements.count == 1


async def test_timelines_page_both_ways_and_sort_by_time_then_place(ask: Ask, city: City, desk: Any) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    for i in range(5):
        await add_note(desk, city.officer, Note(ticket.id, f"Catatan {i}", Visibility.PUBLIC))
    document = """query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) { ticket(id: $id) {
      timeline(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { text } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def part(**window: Any) -> Any:
        result = await ask(city.officer, document, id=node_id("Ticket", ticket.id), **window)
        assert result.errors is None
        return result.data["ticket"]["timeline"]

    first = await part(first=3)
    rest = await part(first=9, after=first["pageInfo"]["endCursor"])
    last = await part(last=2)
    earlier = await part(last=9, before=last["pageInfo"]["startCursor"])

    texts = [None, *(f"Catatan {i}" for i in range(5))]
    assert [edge["node"]["text"] for edge in first["edges"] + rest["edges"]] == texts
    assert [edge["node"]["text"] for edge in earlier["edges"] + last["edges"]] == texts
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert (last["pageInfo"]["hasPreviousPage"], earlier["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert await TicketText.all().count() == 5


@pytest.mark.parametrize("window", ["", "first: 0", "first: 101", "first: 1, last: 1", 'first: 1, after: "x"'])
async def test_timelines_refuse_windows_that_mean_nothing(ask: Ask, city: City, window: str) -> None:
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=city.roads)
    arguments = f"({window})" if window else ""

    result = await ask(
        city.officer,
        f'{{ ticket(id: "{node_id("Ticket", ticket.id)}") {{ timeline{arguments} {{ edges {{ cursor }} }} }} }}',
    )

    assert result.errors[0].original_error.code in ("BAD_INPUT", "BAD_CURSOR")


@pytest.mark.parametrize("text", ["", "x", "VGlja2V0", "VGlja2V0OjA", "VGlja2V0Oi0x", "VGlja2V0OjEy=", "é", "A" * 65])
def test_reads_no_id_that_it_never_gave_out(text: str) -> None:
    assert read_node_id(text) is None


PAGE = """query ($after: Cursor) { page: %s(first: 2, after: $after) {
  edges { node { name } } pageInfo { hasNextPage endCursor } } }"""


async def test_pick_lists_go_by_name_whatever_its_case_and_page_by_page(ask: Ask, city: City) -> None:
    names = ["Agus", "ahmad", "bambang", "Éka", "Eko", "eko", "Zainal"]
    for name in ("Zainal", "Eko", "ahmad", "Éka", "bambang", "eko", "Agus"):
        await make_officer(city.health, name=name)

    for caller, field in ((city.coordinator, "officers"), (city.admin, "staff")):
        found: list[str] = []
        more, after = True, None
        while more:
            page = (await ask(caller, PAGE % field, after=after)).data["page"]
            found += [edge["node"]["name"] for edge in page["edges"]]
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
        assert [name for name in found if name in names] == names
        assert len(found) == len(set(found))


async def test_an_agency_without_a_short_name_is_called_by_its_name(ask: Ask, city: City) -> None:
    await make_agency("dishub", name="Dinas Perhubungan", short_name="Dishub")

    found = (await ask(city.coordinator, "{ agencies { code name shortName } }")).data["agencies"]

    assert {row["code"]: row["shortName"] for row in found} == {
        row["code"]: "Dishub" if row["code"] == "dishub" else row["name"] for row in found
    }


async def test_agencies_and_categories_go_by_name_too(ask: Ask, city: City) -> None:
    names = ["Alun-alun", "badan", "zona"]
    for code in ("zona", "Alun-alun", "badan"):
        await make_agency(code, name=code)
        await Category.create(code=code, name=code)

    found = (await ask(city.coordinator, "{ agencies { name } categories { name } }")).data

    assert [row["name"] for row in found["agencies"] if row["name"] in names] == names
    assert [row["name"] for row in found["categories"] if row["name"] in names] == names
