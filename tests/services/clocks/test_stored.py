"""Clocks are rows beside their ticket, and its columns and the states of events say the same as they."""

from __future__ import annotations

from models import Event, Ticket
from models.enums import DeadlineStanding, TicketStatus, Visibility
from services.access.states import row_state
from services.tickets.commands import Return
from services.tickets.editing import Note, add_note
from services.tickets.moves import return_
from tests.factories import event_of
from tests.services.clocks.given import clocks, dispatched, fresh, moved, received, verdicts, verified
from tests.services.deadlines.lives import said

S = TicketStatus


async def test_a_report_that_comes_in_has_two_clocks_and_stands_by_the_one_that_passes_first(
    desk, coordinator, set_clock
):
    set_clock("2026-03-02 09:00")  # a Monday

    ticket = await received(desk, coordinator)

    assert await clocks(ticket) == {
        "VERIFICATION": ("RUNNING", "IN_TIME", "2026-03-06 00:00", "2026-03-04 00:00"),
        "RESOLUTION": ("RUNNING", "IN_TIME", "2026-03-28 00:00", "2026-03-26 00:00"),
    }
    row, event = await fresh(ticket), await Event.get(ticket_id=ticket.id)
    assert (said(row.due_at), row.standing) == ("2026-03-06 00:00", DeadlineStanding.IN_TIME)
    assert row.clock_standings == ["RESOLUTION", "RESOLUTION:IN_TIME", "VERIFICATION", "VERIFICATION:IN_TIME"]
    assert event.after == row_state(dict(row.__dict__))


async def test_a_move_goes_on_with_what_was_used_and_judges_what_stops(desk, coordinator, set_clock, pupr):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-03 09:00")
    await verified(desk, coordinator, ticket)

    done = await dispatched(desk, coordinator, ticket)

    found = await clocks(ticket)
    assert found["VERIFICATION"] == ("STOPPED", "IN_TIME", "2026-03-06 00:00", None)
    assert found["FIRST_RESPONSE"][:3] == ("RUNNING", "IN_TIME", "2026-03-11 00:00")
    assert found["RESOLUTION"][2] == "2026-03-28 00:00"
    assert await verdicts(ticket) == {"VERIFICATION": ["ON_TIME"]}
    row, event = await fresh(ticket), await event_of(done)
    assert said(row.due_at) == "2026-03-11 00:00"
    assert event.after == row_state(dict(row.__dict__))
    assert {"dueAt", "deadlines"} <= set(event.changed)


async def test_no_return_gives_the_desk_its_days_anew(desk, coordinator, officer, set_clock, pupr):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-05 09:00")
    await verified(desk, coordinator, ticket)
    await dispatched(desk, coordinator, ticket)
    set_clock("2026-03-09 09:00")
    row = await fresh(ticket)

    await return_(desk, coordinator, Return(row.id, row.version, "OTHER_AGENCY_LEADS", "Bukan urusan kami."))

    assert (await clocks(ticket))["VERIFICATION"][:3] == ("RUNNING", "DUE_SOON", "2026-03-10 00:00")
    assert await verdicts(ticket) == {"VERIFICATION": ["ON_TIME"]}


async def test_words_change_no_clock(desk, coordinator, set_clock, count_queries):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    before = await clocks(ticket)
    set_clock("2026-03-03 09:00")

    with count_queries() as statements:
        await add_note(desk, coordinator, Note(ticket.id, "Sudah dicek.", Visibility.PUBLIC))

    assert await clocks(ticket) == before
    assert [text for text in statements.texts if "INTO ticket_clock" in text] == []


async def test_a_closed_report_stands_nowhere(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)

    await moved(desk, coordinator, ticket, S.ARCHIVED, reason_code="SPAM", note="Iklan.")

    row = await fresh(ticket)
    assert (row.due_at, row.standing) == (None, None)
    assert {state for state, *_ in (await clocks(ticket)).values()} == {"STOPPED"}
    assert await verdicts(ticket) == {"RESOLUTION": ["NOT_JUDGED"], "VERIFICATION": ["NOT_JUDGED"]}


async def test_a_move_asks_one_statement_for_the_log_and_writes_the_clocks_with_its_events(
    desk, coordinator, set_clock, count_queries
):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await desk.reference()

    with count_queries() as statements:
        await verified(desk, coordinator, ticket)

    assert len([text for text in statements.texts if "FROM ticket_clock" in text]) == 1
    [written] = [text for text in statements.texts if "INTO ticket_clock" in text]
    assert "INTO event_waiting" in written
    assert (await Ticket.get(id=ticket.id)).rules_version == 1
