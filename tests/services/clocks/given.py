"""What tests of clocks look at: rows and events, told as people write them."""

from __future__ import annotations

from models import Event, Ticket, TicketClock
from models.enums import Channel, Classification, EventKind
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.tickets.commands import ChangeStatus, Dispatch, Verify
from services.tickets.moves import change_status, dispatch, verify
from tests.services.deadlines.lives import said

FORM = {"title": "Lampu jalan mati", "body": "Lampu jalan di depan pasar mati sejak kemarin malam."}


async def received(desk, scope, **more):
    """A complaint that has just come in, by phone."""
    form = {"channel": Channel.PHONE, "classification": Classification.COMPLAINT, **FORM, **more}
    return (await submit(desk, scope, Submission(**form))).ticket


async def fresh(ticket):
    return await Ticket.get(id=ticket.id)


async def verified(desk, scope, ticket):
    row = await fresh(ticket)
    return await verify(desk, scope, Verify(row.id, row.version, Classification.COMPLAINT))


async def dispatched(desk, scope, ticket, code="PUPR", **more):
    row = await fresh(ticket)
    return await dispatch(desk, scope, Dispatch(row.id, row.version, code, **more))


async def moved(desk, scope, ticket, status, **more):
    row = await fresh(ticket)
    return await change_status(desk, scope, ChangeStatus(row.id, row.version, status, **more))


async def clocks(ticket):
    """Every clock: state, standing, the deadline and the next moment, in WIB."""
    rows = await TicketClock.filter(ticket_id=ticket.id).order_by("clock")
    return {row.clock.value: (row.state, row.standing, said(row.due_at), said(row.next_at)) for row in rows}


async def verdicts(ticket):
    rows = await TicketClock.filter(ticket_id=ticket.id).order_by("clock")
    return {row.clock.value: [each["punctuality"] for each in row.verdicts] for row in rows if row.verdicts}


async def passings(ticket):
    """What has passed: when, and what is said of it."""
    events = await Event.filter(ticket_id=ticket.id, kind=EventKind.CLOCK_PASSED).order_by("seq")
    return [(said(each.at), each.details) for each in events]
