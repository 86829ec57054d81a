"""Ticket.extensions, its node and its worklist: who reads what of an extension, on every path."""

from __future__ import annotations

import pytest

from models import Extension, Ticket, TicketText
from models.enums import ClockKind, DeadlineUnit, ExtensionState, Role, TextKind, TicketStatus
from services.access.states import ticket_state
from services.core.nodes import node_id
from tests.factories import MOMENT, citizen_scope, make_scope, make_ticket
from tests.schema.conftest import Ask, City

READ = """query ($id: ID!) { ticket(id: $id) { hidden { field } extensions {
  id clock amount state reason note requestedBy { name } decidedBy { name }
} } }"""
ONE = "query ($id: ID!) { node(id: $id) { id ... on Extension { state reason } } }"
LIST = "{ tickets(filter: { worklist: EXTENSIONS }, first: 10) { totalCount edges { node { number } } } }"
COUNT = "{ viewer { worklists { worklist count } } }"


async def ticket_of(city: City, *, supervisory: bool = False) -> Ticket:
    """A ticket with one extension in each state; the last of them waits."""
    asker = city.officer.officer_id
    ticket = await make_ticket(
        TicketStatus.IN_PROGRESS, lead=city.roads, extension_askers=[asker], supervisory=supervisory
    )
    for state in (ExtensionState.REFUSED, ExtensionState.GRANTED, ExtensionState.LAPSED, ExtensionState.WAITING):
        reason = await TicketText.create(ticket=ticket, kind=TextKind.REASON, body=f"Alasan {state}.")
        await Extension.create(
            ticket=ticket,
            clock=ClockKind.RESOLUTION,
            amount=7,
            unit=DeadlineUnit.WORKING_DAYS,
            state=state,
            reason_id=reason.id,
            requested_by_id=asker,
            requested_at=MOMENT,
        )
    return ticket


async def test_staff_read_all_of_them_oldest_first(ask: Ask, city: City) -> None:
    ticket = await ticket_of(city)

    for caller in (city.officer, city.coordinator):
        found = (await ask(caller, READ, id=node_id("Ticket", ticket.id))).data["ticket"]["extensions"]
        assert [each["state"] for each in found] == ["REFUSED", "GRANTED", "LAPSED", "WAITING"]
        assert found[0]["reason"] == "Alasan REFUSED."
        assert (found[0]["clock"], found[0]["amount"], found[0]["decidedBy"]) == ("RESOLUTION", 7, None)
        assert found[0]["requestedBy"] is not None


async def test_the_reporter_reads_what_was_granted_without_words_and_names(ask: Ask, city: City) -> None:
    ticket = await ticket_of(city)

    [only] = (await ask(citizen_scope(ticket), READ, id=node_id("Ticket", ticket.id))).data["ticket"]["extensions"]

    assert (only["state"], only["amount"]) == ("GRANTED", 7)
    assert (only["reason"], only["note"], only["requestedBy"], only["decidedBy"]) == (None, None, None, None)


async def test_a_node_is_found_by_who_reads_it_in_its_ticket(ask: Ask, city: City) -> None:
    ticket = await ticket_of(city)
    rows = {row.state: node_id("Extension", row.id) for row in await Extension.all()}
    reporter, stranger = citizen_scope(ticket), await make_scope(Role.OFFICER)

    async def state(caller: object, key: str) -> str | None:
        node = (await ask(caller, ONE, id=key)).data["node"]
        return None if node is None else node["state"]

    assert await state(city.officer, rows[ExtensionState.WAITING]) == "WAITING"
    assert await state(reporter, rows[ExtensionState.GRANTED]) == "GRANTED"
    assert await state(reporter, rows[ExtensionState.WAITING]) is None
    assert await state(stranger, rows[ExtensionState.GRANTED]) is None


async def test_a_text_that_was_erased_is_gone(ask: Ask, city: City) -> None:
    ticket = await ticket_of(city)
    await TicketText.all().update(body=None)

    found = (await ask(city.officer, READ, id=node_id("Ticket", ticket.id))).data["ticket"]["extensions"]

    assert [each["reason"] for each in found] == [None] * 4


async def test_the_worklist_holds_what_somebody_else_asked_for(ask: Ask, city: City) -> None:
    ticket = await ticket_of(city)
    own = await make_ticket(TicketStatus.IN_PROGRESS, lead=city.roads, extension_askers=[city.coordinator.officer_id])

    async def listed(caller: object) -> tuple[list[str], int]:
        page = (await ask(caller, LIST)).data["tickets"]
        counts = (await ask(caller, COUNT)).data["viewer"]["worklists"]
        numbers = [edge["node"]["number"] for edge in page["edges"]]
        return numbers, next(each["count"] for each in counts if each["worklist"] == "EXTENSIONS")

    assert await listed(city.coordinator) == ([ticket.number], 1)
    assert await listed(city.officer) == ([], 0)
    assert ticket_state(own)["askers"] == [city.coordinator.officer_id]


@pytest.mark.parametrize("supervisory", [True, False])
async def test_the_inspector_decides_of_supervisory_tickets_alone(ask: Ask, city: City, supervisory: bool) -> None:
    inspector = await make_scope(Role.INSPECTOR)
    await ticket_of(city, supervisory=supervisory)

    page = (await ask(inspector, LIST)).data["tickets"]

    assert len(page["edges"]) == int(supervisory)
