"""Clocks start from the log on desks that had none, and follow calendar and rules where these change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from models import CalendarDay, Event, Installation, Ticket, TicketClock
from models.calendars import DayKind, DayOrigin
from models.enums import EventKind, TicketStatus, Visibility
from realtime import log
from services.clocks.passing import pass_clocks
from services.clocks.recounting import recount_clocks
from services.clocks.verifying import verify_clocks
from services.core.transactions import transaction
from services.tickets.editing import Note, add_note
from tests.factories import make_ticket
from tests.services.clocks.given import clocks, dispatched, fresh, moved, passings, received, verdicts, verified
from tests.services.deadlines.lives import at, said

S = TicketStatus


async def without_clocks(database):
    """As after the migration of a desk that kept none."""
    await database.execute_script(
        "DELETE FROM ticket_clock; "
        "UPDATE ticket SET rules_version = NULL, due_at = NULL, standing = NULL, clock_standings = '{}'"
    )


async def moves_of(ticket):
    return await Event.filter(ticket_id=ticket.id, kind=EventKind.DEADLINE_MOVED).order_by("seq")


async def decree(database, day):
    """A day off more, as whoever changes the calendar leaves it."""
    async with transaction() as connection:
        await CalendarDay.create(
            day=day, kind=DayKind.LOCAL, name="Libur", source="SK uji", origin=DayOrigin.DECREE, using_db=connection
        )
        version = (await Installation.get(id=1).using_db(connection)).rules_version + 1
        await Installation.filter(id=1).using_db(connection).update(rules_version=version)
        event = log.NewEvent(
            kind=EventKind.REFERENCE_CHANGED,
            at=at("2026-03-04 09:00"),
            actor_kind="SYSTEM",
            subject_kind="REFERENCE",
            visibility="INTERNAL",
        )
        await log.append(connection, [event])


async def test_open_tickets_are_started_by_one_event_each_and_what_had_passed_is_not_told(
    desk, coordinator, set_clock, database
):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await without_clocks(database)
    set_clock("2026-03-10 09:00")
    rung: list[int] = []

    async def ring(seq):
        rung.append(seq)

    ringing = replace(desk, bell=type("Bell", (), {"ring": staticmethod(ring)})())
    done = [await recount_clocks(ringing), await recount_clocks(ringing)]

    [event] = await moves_of(ticket)
    assert (done, rung) == ([1, 0], [event.seq])
    assert (event.details["started"], event.details["silent"], said(event.at)) == (True, True, "2026-03-10 09:00")
    row = await fresh(ticket)
    assert (said(row.due_at), row.standing, row.version) == ("2026-03-06 00:00", "OVERDUE", 1)
    assert (await pass_clocks(desk), await passings(ticket)) == (0, [])
    assert (await clocks(ticket))["RESOLUTION"][3] == "2026-03-26 00:00"


async def test_what_its_reporter_left_before_clocks_were_kept_is_closed_all_the_same(
    desk, rules, pupr, set_clock, database
):
    ticket = await make_ticket(S.ANSWERED, lead=pupr, at=at("2026-03-02 09:00"))
    await without_clocks(database)
    set_clock("2026-03-18 09:00")
    await recount_clocks(desk)

    await pass_clocks(desk)

    row = await fresh(ticket)
    assert (row.status, row.closed_by_silence) == (S.RESOLVED, True)
    said_of_it = {"clock": "REPORTER_REPLY", "standing": "OVERDUE", "silent": True}
    assert await passings(ticket) == [("2026-03-17 00:00", said_of_it)]


async def test_closed_tickets_get_their_verdicts_without_an_event(desk, coordinator, set_clock, database, pupr):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await verified(desk, coordinator, ticket)
    set_clock("2026-03-09 09:00")
    await dispatched(desk, coordinator, ticket)
    await moved(desk, coordinator, ticket, S.ARCHIVED, reason_code="WITHDRAWN", note="Dicabut pelapor.")
    given, told = await verdicts(ticket), await Event.filter(ticket_id=ticket.id).count()
    stood = (await fresh(ticket)).clock_standings
    await without_clocks(database)

    await recount_clocks(desk)

    assert given == {"FIRST_RESPONSE": ["NOT_JUDGED"], "RESOLUTION": ["NOT_JUDGED"], "VERIFICATION": ["LATE"]}
    assert (await verdicts(ticket), (await fresh(ticket)).clock_standings) == (given, stood)
    assert await Event.filter(ticket_id=ticket.id).count() == told


async def test_a_new_day_off_moves_open_clocks_once_and_leaves_verdicts(desk, coordinator, set_clock, database, pupr):
    set_clock("2026-03-02 09:00")
    still, done = await received(desk, coordinator), await received(desk, coordinator, title="Jembatan rusak")
    await verified(desk, coordinator, done)
    await dispatched(desk, coordinator, done)
    given = await verdicts(done)
    closed = await received(desk, coordinator, title="Iklan")
    await moved(desk, coordinator, closed, S.ARCHIVED, reason_code="SPAM", note="Iklan.")
    await decree(database, date(2026, 3, 5))
    set_clock("2026-03-04 00:00")  # by the rules of before a deadline is near

    assert await pass_clocks(desk) == 0
    assert [await recount_clocks(desk), await recount_clocks(desk)] == [2, 0]

    [event] = await moves_of(still)
    assert event.details["version"] == 2
    assert ((await fresh(closed)).rules_version, await moves_of(closed)) == (1, [])
    assert [each["clock"] for each in event.details["moves"]] == ["VERIFICATION", "RESOLUTION"]
    assert (await clocks(still))["VERIFICATION"][2] == "2026-03-07 00:00"
    assert (await verdicts(done), len(await moves_of(done))) == (given, 1)
    assert (await clocks(done))["VERIFICATION"] == ("STOPPED", "IN_TIME", "2026-03-06 00:00", None)


async def test_a_change_that_moves_nothing_is_told_to_nobody(desk, coordinator, set_clock, database):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-03 09:00")
    before = await clocks(ticket)
    await decree(database, date(2026, 12, 30))

    assert [await recount_clocks(desk), await recount_clocks(desk)] == [1, 0]

    assert (await moves_of(ticket), await clocks(ticket), (await fresh(ticket)).rules_version) == ([], before, 2)
    rows = await TicketClock.filter(ticket_id=ticket.id).order_by("clock").values_list("used", "rules_version")
    assert rows == [(0, 2), (0, 2)]  # what was used is counted when something happens


async def test_a_new_day_off_may_undo_an_overdue_which_then_passes_at_its_new_moment(
    desk, coordinator, set_clock, database
):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-06 08:00")
    await pass_clocks(desk)
    assert (await fresh(ticket)).standing == "OVERDUE"
    await decree(database, date(2026, 3, 5))

    await recount_clocks(desk)

    assert (await fresh(ticket)).standing == "DUE_SOON"
    set_clock("2026-03-07 00:00")
    await pass_clocks(desk)
    over = [moment for moment, details in await passings(ticket) if details["standing"] == "OVERDUE"]
    assert over == ["2026-03-06 00:00", "2026-03-07 00:00"]


async def test_a_move_amid_a_change_of_rules_is_counted_by_the_new_ones_first(desk, coordinator, set_clock, database):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await decree(database, date(2026, 3, 5))

    await verified(desk, coordinator, ticket)

    kinds = [event.kind for event in await Event.filter(ticket_id=ticket.id).order_by("seq")]
    assert kinds == ["SUBMITTED", "DEADLINE_MOVED", "VERIFIED"]
    assert ((await fresh(ticket)).rules_version, await recount_clocks(desk)) == (2, 0)


async def test_what_a_release_of_before_does_is_counted_anew(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    row = await fresh(ticket)
    first = await Event.get(ticket_id=ticket.id)
    state = {name: value for name, value in first.after.items() if name not in ("due_at", "standing", "clocks")}
    async with transaction() as connection:
        await Ticket.filter(id=row.id).using_db(connection).update(status=S.IN_PROGRESS, version=2)
        event = log.NewEvent(
            kind=EventKind.STATUS_CHANGED,
            visibility=Visibility.PUBLIC,
            at=at("2026-03-02 10:00"),
            actor_kind="STAFF",
            ticket_id=row.id,
            version=2,
            before=state,
            after={**state, "status": "IN_PROGRESS", "version": 2},
        )
        await log.append(connection, [event])
    assert (await fresh(ticket)).rules_version is None
    set_clock("2026-03-02 10:05")

    await recount_clocks(desk)

    found = await clocks(ticket)
    assert (found["VERIFICATION"][0], found["RESOLUTION"][0]) == ("STOPPED", "RUNNING")
    assert await verdicts(ticket) == {"VERIFICATION": ["ON_TIME"]}


async def test_a_ticket_that_somebody_holds_is_started_later(desk, rules, set_clock, database):
    set_clock("2026-03-02 09:00")
    busy, free = await make_ticket(), await make_ticket()
    await without_clocks(database)

    async with database.acquire_connection() as held, held.transaction():
        await held.execute("SELECT FROM ticket WHERE id = $1 FOR UPDATE", busy.id)
        assert await recount_clocks(desk) == 1

    assert ((await fresh(busy)).rules_version, (await fresh(free)).rules_version) == (None, 1)
    assert await recount_clocks(desk) == 1
    await decree(database, date(2026, 3, 5))
    async with database.acquire_connection() as held, held.transaction():
        await held.execute("SELECT FROM ticket WHERE id = $1 FOR UPDATE", busy.id)
        assert await recount_clocks(desk) == 1
    assert ((await fresh(busy)).rules_version, (await fresh(free)).rules_version) == (1, 2)


async def test_what_an_earlier_day_off_leaves_as_it_was_differs_in_nothing_from_the_log(
    desk, coordinator, set_clock, database, pupr
):
    """A clock that rests has used a day less, and one that has stopped late stays so, as its verdict does."""
    set_clock("2026-03-02 09:00")
    rests, late = await received(desk, coordinator), await received(desk, coordinator)
    set_clock("2026-03-05 09:00")
    await moved(desk, coordinator, rests, S.INCOMPLETE, missing=("LOCATION",), note="Di mana tepatnya?")
    set_clock("2026-03-06 09:00")
    await pass_clocks(desk)
    await verified(desk, coordinator, late)
    await dispatched(desk, coordinator, late)
    runs = await received(desk, coordinator)
    set_clock("2026-03-11 09:00")
    await add_note(desk, coordinator, Note(runs.id, "Sudah dicek.", Visibility.INTERNAL))
    await decree(database, date(2026, 3, 4))

    await recount_clocks(desk)

    found = [str(each) async for part in verify_clocks(desk) for each in part.differences]
    assert found == []
    assert (await clocks(late))["VERIFICATION"][1] == "OVERDUE"
