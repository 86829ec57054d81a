"""A reporter is shown only to those who may know, and never without a trace."""

from __future__ import annotations

import pytest

from models import Agency, Event, LogHead, Ticket, TicketText
from models.enums import EventKind, Role, SubjectKind, TicketStatus, Visibility
from services.access.filters.filters import TicketFilter
from services.access.scopes import Scope
from services.core.desk import Desk
from services.core.refusals import Forbidden, InvalidInput, NotFound
from services.feeds import pull
from services.queries import timelines
from services.reporters.reporters import Identity, Lookup, Reveal, find, reveal
from tests.factories import citizen_scope, make_agency, make_client_scope, make_scope, make_ticket

PERSON = {"name": "Sekar Warga", "phone": "+62812077618834", "nik": "3571990000000001"}
AUDIT = (EventKind.REPORTER_REVEALED, EventKind.REPORTER_SOUGHT)


@pytest.fixture
async def roads(database: object) -> Agency:
    return await make_agency("pupr")


@pytest.fixture
async def desk_agency(database: object) -> Agency:
    return await make_agency("diskominfo")


async def told(roads: Agency, **flags: object) -> Ticket:
    given = {"anonymous": True, **flags}
    return await make_ticket(TicketStatus.DISPATCHED, lead=roads, reporter=PERSON, **given)


async def refused(desk: Desk, scope: Scope, ticket: Ticket, error: type[Exception]) -> None:
    with pytest.raises(error):
        await reveal(desk, scope, Reveal(ticket.id, "Perlu dihubungi."))
    assert await Event.filter(kind__in=AUDIT).count() == 0
    assert await TicketText.all().count() == 0


async def test_the_coordinator_reveals_for_a_reason_that_stays(desk: Desk, roads: Agency, desk_agency: Agency) -> None:
    scope, ticket = await make_scope(Role.COORDINATOR, desk_agency), await told(roads)

    shown = await reveal(desk, scope, Reveal(ticket.id, " Perlu dihubungi. ", client_mutation_id="mine"))

    assert shown == Identity("Sekar Warga", "+62812077618834", None, "3571990000000001")
    event, reason = await Event.get(kind=EventKind.REPORTER_REVEALED), await TicketText.get()
    assert (event.ticket_id, event.actor_officer_id, event.visibility) == (ticket.id, scope.officer_id, "INTERNAL")
    assert (event.text_id, reason.body, event.client_mutation_id) == (
        reason.id,
        "Perlu dihubungi.",
        desk.keys.mutation_digest(ticket.id, "mine"),
    )
    assert bytes(event.text_digest or b"") == desk.keys.text_digest("Perlu dihubungi.")
    assert event.before == event.after
    await ticket.refresh_from_db()
    assert ticket.version == 1


async def test_whether_anything_is_stored_is_told_by_the_answer_alone(
    desk: Desk, roads: Agency, desk_agency: Agency
) -> None:
    scope = await make_scope(Role.COORDINATOR, desk_agency)
    ticket = await make_ticket(TicketStatus.DISPATCHED, lead=roads, anonymous=True)

    assert await reveal(desk, scope, Reveal(ticket.id, "Perlu dihubungi.")) == Identity()
    assert await Event.filter(kind=EventKind.REPORTER_REVEALED).count() == 1


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON])
async def test_no_officer_reveals_whatever_the_flags(desk: Desk, roads: Agency, role: Role) -> None:
    await refused(desk, await make_scope(role, roads), await told(roads, anonymous=False), Forbidden)


@pytest.mark.parametrize("role", [Role.LEADER, Role.ADMIN, Role.INSPECTOR])
async def test_nobody_else_reveals_an_ordinary_ticket(
    desk: Desk, roads: Agency, desk_agency: Agency, role: Role
) -> None:
    error = NotFound if role is Role.INSPECTOR else Forbidden
    await refused(desk, await make_scope(role, desk_agency), await told(roads), error)


async def test_partners_and_citizens_do_not_reveal(desk: Desk, roads: Agency) -> None:
    ticket = await told(roads)

    for scope in (await make_client_scope(), citizen_scope(ticket)):
        await refused(desk, scope, ticket, Forbidden)


async def test_the_inspector_reveals_what_is_supervisory(desk: Desk, roads: Agency, desk_agency: Agency) -> None:
    scope = await make_scope(Role.INSPECTOR, await make_agency("inspektorat"))
    ticket = await told(roads, supervisory=True, reported_agency_id=desk_agency.id)

    assert (await reveal(desk, scope, Reveal(ticket.id, "Pemeriksaan."))).name == "Sekar Warga"


async def test_a_coordinator_of_the_reported_agency_never_reveals(
    desk: Desk, roads: Agency, desk_agency: Agency
) -> None:
    scope = await make_scope(Role.COORDINATOR, desk_agency)

    await refused(desk, scope, await told(roads, supervisory=True, reported_agency_id=desk_agency.id), NotFound)
    await refused(desk, scope, await told(roads, supervisory=True), Forbidden)  # unknown: every agency counts
    await refused(desk, scope, await told(roads, reported_agency_id=desk_agency.id), Forbidden)


async def test_a_reason_is_needed(desk: Desk, roads: Agency, desk_agency: Agency) -> None:
    scope, ticket = await make_scope(Role.COORDINATOR, desk_agency), await told(roads)

    with pytest.raises(InvalidInput, match="EMPTY"):
        await reveal(desk, scope, Reveal(ticket.id, "  "))
    assert await Event.filter(kind__in=AUDIT).count() == 0


async def test_a_reveal_shows_in_no_timeline_and_no_feed(desk: Desk, roads: Agency, desk_agency: Agency) -> None:
    scope, ticket = await make_scope(Role.COORDINATOR, desk_agency), await told(roads)
    await reveal(desk, scope, Reveal(ticket.id, "Perlu dihubungi."))
    event = await Event.get(kind=EventKind.REPORTER_REVEALED)

    part = timelines.window(10, None, None, None)
    page = (await timelines.timelines(desk, await desk.reference(), scope.sight, [ticket.id], part))[ticket.id]
    pulled = await pull.status_changes(desk, scope, TicketFilter(), 10, desk.cursors.seal_feed(await epoch(), 0))

    assert [shown.kind for shown in page.events] == [EventKind.SUBMITTED]
    assert await timelines.event_by_seq(event.seq) is None
    assert [change.event.kind for change in pulled.changes] == [EventKind.SUBMITTED]


async def epoch() -> str:

    return (await LogHead.get()).epoch


async def test_the_coordinator_finds_open_reporters_by_phone_or_nik(
    desk: Desk, roads: Agency, desk_agency: Agency
) -> None:
    scope = await make_scope(Role.COORDINATOR, desk_agency)
    known = await told(roads, anonymous=False)
    await told(roads, anonymous=True)
    await told(roads, anonymous=None)
    await told(roads, anonymous=False, supervisory=True)
    await told(roads, anonymous=False, supervisory=True, reported_agency_id=desk_agency.id)

    by_phone = await find(desk, scope, Lookup(phone="0812-0776-18834", client_mutation_id="mine"))
    by_nik = await find(desk, scope, Lookup(nik="3571990000000001"))
    nobody = await find(desk, scope, Lookup(phone="081200000000"))

    assert [[view.pk for view in found] for found in (by_phone, by_nik, nobody)] == [[known.id], [known.id], []]
    events = await Event.filter(kind=EventKind.REPORTER_SOUGHT).order_by("seq")
    assert [event.details for event in events] == [
        {"by": "phone", "found": 1},
        {"by": "nik", "found": 1},
        {"by": "phone", "found": 0},
    ]
    assert {(event.subject_kind, event.subject_id) for event in events} == {(SubjectKind.OFFICER, scope.officer_id)}
    assert {event.visibility for event in events} == {Visibility.INTERNAL}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.INSPECTOR, Role.ADMIN])
async def test_nobody_else_finds_reporters(desk: Desk, roads: Agency, role: Role) -> None:
    await told(roads, anonymous=False)

    with pytest.raises(Forbidden):
        await find(desk, await make_scope(role, roads), Lookup(phone="0812077618834"))
    assert await Event.filter(kind__in=AUDIT).count() == 0


@pytest.mark.parametrize(
    "order", [Lookup(), Lookup(phone="0812", nik="3571990000000001"), Lookup(phone=" "), Lookup(nik="3571")]
)
async def test_a_look_up_names_exactly_one_value(desk: Desk, desk_agency: Agency, order: Lookup) -> None:
    with pytest.raises(InvalidInput):
        await find(desk, await make_scope(Role.COORDINATOR, desk_agency), order)
