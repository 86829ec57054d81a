"""The class of a ticket: chosen at verification, changed with a reason by those who verify, never to supervisory."""

from datetime import UTC, datetime

import pytest

from models import Event, Ticket, TicketText
from models.enums import Classification, EventKind, HandlingClass, Role, TicketStatus
from services.clocks.handling_class import ClassChange, change_class
from services.core.refusals import Forbidden, InvalidInput, VersionConflict
from services.tickets.moves import Verify, verify
from services.tickets.workflow import IllegalTransition
from tests.factories import make_agency, make_scope, make_ticket

S, C = TicketStatus, HandlingClass
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
async def pupr(desk):
    return await make_agency("dinas-pupr")


@pytest.fixture
async def coordinator(desk):
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


def change(ticket, wanted=C.LIGHT, **more):
    return ClassChange(ticket.id, ticket.version, wanted, more.pop("reason", "Hanya lampu."), **more)


async def rows():
    return (
        await Ticket.all().order_by("id").values(),
        await TicketText.all().order_by("id").values(),
        await Event.all().order_by("seq").values("seq"),
    )


@pytest.mark.parametrize(("given", "stored"), [(None, C.ORDINARY), (C.NORMATIVE, C.NORMATIVE), (C.LIGHT, C.LIGHT)])
async def test_verification_chooses_the_class(desk, coordinator, given, stored):
    ticket = await make_ticket(S.RECEIVED)

    done = await verify(desk, coordinator, Verify(ticket.id, 1, Classification.COMPLAINT, handling_class=given))

    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.VERIFIED).get()
    assert (done.ticket.handling_class, (await Ticket.get(id=ticket.id)).handling_class) == (stored, stored)
    assert event.after["handling_class"] == stored
    assert ("handlingClass" in event.changed) is (stored is not C.ORDINARY)


async def test_the_supervisory_class_is_chosen_by_nobody(desk, coordinator):
    ticket = await make_ticket(S.RECEIVED)
    before = await rows()

    for use_case in (
        verify(desk, coordinator, Verify(ticket.id, 1, Classification.COMPLAINT, handling_class=C.SUPERVISORY)),
        change_class(desk, coordinator, change(ticket, C.SUPERVISORY)),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await use_case
        assert (refusal.value.code, refusal.value.path) == ("CLASS_NOT_CHOSEN", ("handlingClass",))

    assert await rows() == before


@pytest.mark.parametrize("status", [S.RECEIVED, S.VERIFIED, S.IN_PROGRESS, S.ON_HOLD, S.ANSWERED, S.REOPENED])
async def test_a_change_is_one_entry_between_agencies_with_its_reason(desk, coordinator, pupr, status):
    ticket = await make_ticket(status, lead=pupr)

    done = await change_class(desk, coordinator, change(ticket))

    event = await Event.filter(ticket_id=ticket.id, kind=EventKind.DEADLINE_MOVED).get()
    assert (done.ticket.version, done.ticket.handling_class) == (2, C.LIGHT)
    assert (event.visibility, event.before["handling_class"], event.after["handling_class"]) == (
        "INTER_AGENCY",
        "ORDINARY",
        "LIGHT",
    )
    assert (await TicketText.get(id=event.text_id)).body == "Hanya lampu."
    assert {"handlingClass", "deadlines"} <= set(event.changed)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LIAISON, Role.LEADER, Role.ADMIN])
async def test_those_who_do_not_verify_change_no_class(desk, pupr, role):
    ticket = await make_ticket(S.IN_PROGRESS, lead=pupr)
    scope, before = await make_scope(role, pupr), await rows()

    with pytest.raises(Forbidden):
        await change_class(desk, scope, change(ticket))

    assert await rows() == before


@pytest.mark.parametrize("status", [S.RESOLVED, S.UNRESOLVED, S.ARCHIVED])
async def test_what_is_closed_keeps_its_class(desk, coordinator, status):
    ticket = await make_ticket(status)
    before = await rows()

    with pytest.raises(IllegalTransition) as refusal:
        await change_class(desk, coordinator, change(ticket))

    assert refusal.value.code == "CLASS_OF_CLOSED"
    assert await rows() == before


async def test_the_same_class_and_that_of_a_supervisory_report_are_no_change(desk, coordinator):
    ticket, secret = await make_ticket(S.VERIFIED), await make_ticket(S.VERIFIED, supervisory=True)
    before = await rows()

    with pytest.raises(InvalidInput) as same:
        await change_class(desk, coordinator, change(ticket, C.ORDINARY))
    with pytest.raises(InvalidInput) as supervisory:
        await change_class(desk, coordinator, change(secret))

    with pytest.raises(VersionConflict):
        await change_class(desk, coordinator, ClassChange(ticket.id, 0, C.LIGHT, "Hanya lampu."))

    assert (same.value.code, supervisory.value.code) == ("NOTHING_CHANGES", "CLASS_OF_SUPERVISORY")
    assert await rows() == before


async def test_a_change_needs_its_reason(desk, coordinator):
    ticket = await make_ticket(S.VERIFIED)

    with pytest.raises(InvalidInput) as refusal:
        await change_class(desk, coordinator, change(ticket, C.SUPERVISORY, reason=" "))

    assert {one.path for one in refusal.value.each()} == {("reason",), ("handlingClass",)}
