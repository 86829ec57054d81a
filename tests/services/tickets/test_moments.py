"""Clocks of servers differ, and yet the time of a ticket never goes back: neither its events' nor its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from models import Event, Ticket
from models.enums import Channel, Classification, EventKind, Role, Visibility
from services.access.scopes import Scope
from services.core.desk import Desk
from services.intake.forms import Submission
from services.intake.submissions import submit
from services.queries.timelines import Window, timelines
from services.reporters.erasure import Erasure, erase
from services.tickets.editing import Edit, Note, add_note, edit
from services.tickets.merging import Merge, merge
from services.tickets.moves import Verify, verify
from tests.factories import anonymous_scope, make_agency, make_scope, make_ticket

LATE = timedelta(seconds=90)
FORM = Submission(title="Lampu mati", body="Lampu jalan mati.", channel=Channel.SURGA_WEB)


@pytest.fixture
async def coordinator(desk: Desk) -> Scope:
    return await make_scope(Role.COORDINATOR, await make_agency("diskominfo"))


async def moments(ticket: Ticket) -> list[tuple[str, timedelta]]:
    """The kinds of a ticket's events in the order of their seq, with their distance from its beginning."""
    events = await Event.filter(ticket_id=ticket.id).order_by("seq")
    return [(str(event.kind), event.at - ticket.received_at) for event in events]


async def test_a_clock_behind_moves_no_time_back(desk: Desk, coordinator: Scope) -> None:
    ticket, behind = await make_ticket(at=desk.now()), desk.at(desk.now() - LATE)

    await verify(behind, coordinator, Verify(ticket.id, 1, Classification.COMPLAINT))
    ahead = desk.at(desk.now() + LATE)
    await add_note(ahead, coordinator, Note(ticket.id, "A note moves the timeline alone", Visibility.INTERNAL))
    await edit(desk, coordinator, Edit(ticket.id, 2, title="Another title"))

    zero = timedelta()
    assert await moments(ticket) == [
        (EventKind.SUBMITTED, zero),
        (EventKind.VERIFIED, zero),
        (EventKind.NOTE_ADDED, LATE),
        (EventKind.FIELD_CHANGED, LATE),
    ]
    assert (await Ticket.get(id=ticket.id)).updated_at == ticket.received_at + LATE


async def test_a_timeline_reads_in_the_order_of_its_events(desk: Desk, coordinator: Scope) -> None:
    ticket = await make_ticket(at=desk.now())
    for distance in (3, -90, 1, 0, -5):
        at = desk.at(desk.now() + timedelta(seconds=distance))
        await add_note(at, coordinator, Note(ticket.id, f"{distance}", Visibility.INTERNAL))

    pages = await timelines(desk, await desk.reference(), coordinator.sight, [ticket.id], Window(first=100))

    assert [view.text for view in pages[ticket.id].events] == [None, "3", "-90", "1", "0", "-5"]


async def test_one_that_waited_for_the_row_comes_after_what_it_waited_for(desk: Desk, coordinator: Scope) -> None:
    ticket = await make_ticket(at=desk.now())
    clocks = [desk.at(desk.now() + timedelta(seconds=distance)) for distance in (90, 0, -90, 45)]

    notes = (add_note(each, coordinator, Note(ticket.id, "words", Visibility.INTERNAL)) for each in clocks)
    await asyncio.gather(*notes)

    told = [distance for _, distance in await moments(ticket)]
    assert told == sorted(told)
    assert len(told) == 5


async def test_merged_and_erased_tickets_keep_their_order_too(desk: Desk, coordinator: Scope) -> None:
    ticket, target = await make_ticket(at=desk.now()), await make_ticket(at=desk.now())
    behind = desk.at(desk.now() - LATE)

    await merge(behind, coordinator, Merge(ticket.id, 1, target.number))
    await erase(behind, coordinator, Erasure(ticket.id, 2, "Permintaan pelapor."))

    assert {distance for _, distance in await moments(ticket)} == {timedelta()}
    assert (await Ticket.get(id=ticket.id)).updated_at == ticket.received_at


async def test_a_report_that_is_merged_by_itself_keeps_both_in_order(desk: Desk) -> None:
    first = (await submit(desk, anonymous_scope(), FORM)).ticket
    again = (await submit(desk.at(desk.now() - LATE), anonymous_scope(), FORM)).ticket

    assert again.merged_into_id == first.id
    assert await moments(first) == [(EventKind.SUBMITTED, timedelta()), (EventKind.DUPLICATE_MERGED, timedelta())]
    assert await moments(again) == [(EventKind.SUBMITTED, timedelta()), (EventKind.MERGED, timedelta())]
