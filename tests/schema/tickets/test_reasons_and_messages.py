"""An entry of a timeline gives staff its reason, and the reporter a sentence in the caller's language."""

import pytest
from graphql import ExecutionResult
from tortoise.transactions import in_transaction

from models import Event, TicketText
from models.enums import ActorKind, EventKind, Role, TicketStatus, Visibility
from realtime import log
from services.access.states import ticket_state
from services.core.nodes import node_id
from services.tickets.moves import ChangeStatus, Dispatch, Return, change_status, dispatch, return_
from tests.factories import MOMENT, citizen_scope, latest, make_scope, make_ticket

S = TicketStatus
TIMELINE = """query ($id: ID!) { ticket(id: $id) { timeline(last: 9) { edges { node {
  id kind reasonCode publicMessage text } } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { ... on TicketEvent { reasonCode publicMessage } } }"
INCOMPLETE = "Laporan Anda perlu dilengkapi"


def entries(answer: ExecutionResult) -> list[dict]:
    assert answer.errors is None
    return [edge["node"] for edge in answer.data["ticket"]["timeline"]["edges"]]


async def left(ticket, kind, reason):
    """An entry that another release, or the desk by itself, left on a ticket."""
    after = ticket_state(ticket)
    event = log.NewEvent(
        kind=kind,
        visibility=Visibility.PUBLIC,
        at=MOMENT,
        actor_kind=ActorKind.SYSTEM,
        ticket_id=ticket.id,
        version=1,
        before={**after, "status": "RECEIVED"} if kind is EventKind.STATUS_CHANGED else after,
        after=after,
        details={"reason": reason},
    )
    async with in_transaction() as connection:
        await log.append(connection, [event])


@pytest.fixture
async def returned(desk, city):
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads)
    await return_(desk, city.officer, Return(ticket.id, 1, "OUTSIDE_CITY", "Jalan provinsi."))
    return ticket


async def test_staff_read_the_reason_of_a_return_and_nobody_else_does(ask, city, returned):
    key = node_id("Ticket", returned.id)
    read = {
        name: entries(await ask(scope, TIMELINE, id=key))[-1]["reasonCode"]
        for name, scope in {
            "coordinator": city.coordinator,
            "leader": city.leader,
            "reporter": citizen_scope(returned),
            "partner": city.partner,
            "display": city.display,
        }.items()
    }

    staff, others = ("coordinator", "leader"), ("reporter", "partner", "display")
    assert read == dict.fromkeys(staff, "OUTSIDE_CITY") | dict.fromkeys(others)


async def test_an_entry_of_before_has_its_reason_from_the_log(ask, city):
    ticket = await make_ticket(S.ARCHIVED)
    # As earlier releases left it: a code that no list offers any more.
    await left(ticket, EventKind.STATUS_CHANGED, "REPORTER_UNREACHABLE")

    [_, entry] = entries(await ask(city.coordinator, TIMELINE, "id", id=node_id("Ticket", ticket.id)))

    assert entry["reasonCode"] == "REPORTER_UNREACHABLE"
    assert "Kami belum berhasil menghubungi Anda." in entry["publicMessage"]


async def test_a_reason_that_the_desk_gave_by_itself_is_no_reason_of_a_move(ask, city):
    ticket = await make_ticket(S.DISPATCHED, lead=city.roads)
    await left(ticket, EventKind.ASSIGNED, "OFFICER_LEFT")

    [_, entry] = entries(await ask(city.coordinator, TIMELINE, id=node_id("Ticket", ticket.id)))

    assert (entry["reasonCode"], entry["publicMessage"]) == (None, None)


async def test_the_sentence_is_in_the_language_of_the_caller_by_list_and_by_node(ask, city, returned):
    citizen, key = citizen_scope(returned), node_id("Ticket", returned.id)
    told = {}
    for language in ("id", "en"):
        entry = entries(await ask(citizen, TIMELINE, language, id=key))[-1]
        node = (await ask(citizen, NODE, language, id=entry["id"])).data["node"]
        assert node["publicMessage"] == entry["publicMessage"]
        told[language] = entry["publicMessage"]

    assert told == {
        "id": "Laporan Anda sedang kami periksa kembali untuk diteruskan ke instansi yang tepat.",
        "en": "We are checking your report again, to pass it on to the right agency.",
    }


async def test_the_note_is_in_the_sentence_until_it_is_erased(desk, ask, city):
    ticket = await make_ticket(S.RECEIVED)
    await change_status(desk, city.coordinator, ChangeStatus(ticket.id, 1, S.INCOMPLETE, note="Di RT berapa?"))
    key, citizen = node_id("Ticket", ticket.id), citizen_scope(ticket)

    before = entries(await ask(citizen, TIMELINE, "id", id=key))[-1]["publicMessage"]
    await TicketText.filter(ticket_id=ticket.id).update(body=None)
    after = entries(await ask(citizen, TIMELINE, "id", id=key))[-1]["publicMessage"]

    assert before.startswith(f"{INCOMPLETE}: Di RT berapa? Mohon dilengkapi melalui meja pengaduan")
    assert after.startswith(f"{INCOMPLETE}. Mohon dilengkapi melalui meja pengaduan")


async def test_a_screen_reads_no_sentence_and_a_note_for_agencies_stays_with_them(desk, ask, city):
    ticket = await make_ticket(S.VERIFIED)
    await dispatch(desk, city.coordinator, Dispatch(ticket.id, 1, "pupr", note="Hati-hati, pelapor marah."))
    key = node_id("Ticket", ticket.id)

    display = entries(await ask(city.display, TIMELINE, id=key))[-1]
    citizen = entries(await ask(citizen_scope(ticket), TIMELINE, "id", id=key))[-1]

    assert (display["publicMessage"], display["reasonCode"]) == (None, None)
    assert citizen["publicMessage"] == "Laporan Anda kami teruskan ke Dinas Pekerjaan Umum."
    assert citizen["text"] is None


async def test_the_reporter_of_a_supervisory_report_is_told_of_no_agency(desk, ask, city):
    ticket = await make_ticket(S.VERIFIED)
    await dispatch(desk, city.coordinator, Dispatch(ticket.id, 1, "pupr"))
    citizen, key = citizen_scope(ticket), node_id("Ticket", ticket.id)
    liaison = await make_scope(Role.LIAISON, city.roads)
    await change_status(desk, liaison, ChangeStatus(ticket.id, 2, S.IN_PROGRESS))

    ordinary = [entry["publicMessage"] for entry in entries(await ask(citizen, TIMELINE, "id", id=key))[-2:]]
    await type(ticket).filter(id=ticket.id).update(supervisory=True)
    guarded = [entry["publicMessage"] for entry in entries(await ask(citizen, TIMELINE, "id", id=key))[-2:]]

    assert [city.roads.name in text for text in ordinary] == [True, True]
    assert guarded == [
        "Laporan Anda kami teruskan ke instansi yang berwenang.",
        "Laporan Anda sedang ditangani oleh instansi yang berwenang.",
    ]
    assert (await latest(Event.filter(ticket_id=ticket.id))).after["supervisory"] is False
