"""What is told by its number alone is told nothing else of by GraphQL, however the fields are asked for."""

from __future__ import annotations

from dataclasses import replace

from models.enums import Classification, Role, TicketStatus, Visibility
from services.core.desk import Desk
from services.tickets.answers import Draft, Review, Send, review, save_draft, send
from services.tickets.editing import Note, add_note
from tests.factories import make_scope, make_ticket
from tests.schema.conftest import Ask, City

WHOLE = """
  number version title body status classification channel anonymous confidential supervisory holdUntil
  returnCount reopenCount
  category { code } reportedAgency { code } leadAgency { code } supportingAgencies { code } assignee { name }
  location { kelurahanCode address latitude } receivedAt updatedAt allowedMoves { to } reporter { name phone }
  mergedInto { number } answers { text } timeline(first: 50) { edges { node { kind text actor { name } } } }"""
LIST = f"""{{ tickets(filter: {{worklist: NEEDS_ATTENTION}}, first: 10) {{ totalCount edges {{ node {{ {WHOLE} }} }} }}
  viewer {{ worklists {{ worklist count }} }} }}"""
PLAIN = """{ tickets(filter: {worklist: NEEDS_ATTENTION}, first: 10, order: RECENTLY_CHANGED) {
  edges { node { number status classification leadAgency { code } updatedAt title } } } }"""
BLANK = {
    "version": 1,
    "status": "RECEIVED",
    "channel": "OTHER",
    "supervisory": False,
    "returnCount": 0,
    "reopenCount": 0,
    "supportingAgencies": [],
    "allowedMoves": [],
    "answers": [],
    "receivedAt": "1970-01-01T00:00:00+00:00",
    "updatedAt": "1970-01-01T00:00:00+00:00",
    "timeline": {"edges": []},
}


async def test_a_list_of_numbers_holds_nothing_else(ask: Ask, city: City, desk: Desk) -> None:
    handler = await make_scope(Role.LIAISON, city.roads)
    ticket = await make_ticket(
        TicketStatus.IN_PROGRESS,
        lead=city.roads,
        supporting=(city.health,),
        supervisory=True,
        reported_agency_id=city.inspector.agency_id,
        anonymous=False,
        classification=Classification.COMPLAINT,
        category_id=city.drains.id,
        kelurahan_id="35.71.01.1001",
        address="Jalan Contoh 1",
        assignee_id=handler.officer_id,
        return_count=3,
        reporter={"name": "Sekar Warga", "phone": "+62812077618836"},
    )
    draft = await save_draft(desk, handler, Draft(ticket.id, "Sudah kami periksa.", submit=True))
    await review(desk, handler, Review(draft.id, draft.version, approve=True))
    await send(desk, handler, Send(ticket.id, 1, draft.id))
    await add_note(desk, handler, Note(ticket.id, "Catatan untuk umum.", Visibility.PUBLIC))
    admin = replace(city.admin, unattended=(city.inspector.agency_id or 0,))

    whole, plain = await ask(admin, LIST), await ask(admin, PLAIN)

    assert (whole.errors, plain.errors) == (None, None)
    [edge] = whole.data["tickets"]["edges"]
    assert {name: value for name, value in edge["node"].items() if value is not None} == {
        **BLANK,
        "number": ticket.number,
    }
    [edge] = plain.data["tickets"]["edges"]
    assert edge["node"] == {
        "number": ticket.number,
        "status": "RECEIVED",
        "classification": None,
        "leadAgency": None,
        "updatedAt": BLANK["updatedAt"],
        "title": None,
    }
    assert whole.data["tickets"]["totalCount"] == 1
    assert {"worklist": "NEEDS_ATTENTION", "count": 1} in whole.data["viewer"]["worklists"]
    assert (await ask(city.admin, LIST)).data["tickets"]["totalCount"] == 0
