"""The passing of a clock is an event, written once, at its true moment, by the job or before anything else happens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

from models import Event
from models.enums import EventKind, TicketStatus, Visibility
from services.clocks import passing
from services.clocks.passing import pass_clocks
from tests.services.clocks.given import clocks, dispatched, fresh, moved, passings, received, verified
from tests.services.deadlines.lives import said

S = TicketStatus
SOON = ("2026-03-04 00:00", {"clock": "VERIFICATION", "standing": "DUE_SOON"})
OVER = ("2026-03-06 00:00", {"clock": "VERIFICATION", "standing": "OVERDUE"})


async def test_what_passes_is_written_once_at_its_true_moment(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-04 00:00")

    done = [await pass_clocks(desk), await pass_clocks(desk)]

    assert done == [1, 0]
    assert await passings(ticket) == [SOON]
    event, row = await Event.filter(ticket_id=ticket.id).order_by("-seq").first(), await fresh(ticket)
    assert (event.version, event.actor_kind, event.visibility) == (1, "SYSTEM", Visibility.INTER_AGENCY)
    assert (event.after["standing"], row.standing, row.version) == ("DUE_SOON", "DUE_SOON", 1)
    assert event.before["standing"] == "IN_TIME"
    assert row.updated_at == ticket.updated_at


async def test_nothing_passes_before_its_moment(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-03 23:59")

    assert await pass_clocks(desk) == 0
    assert await passings(ticket) == []


async def test_what_a_worker_missed_is_written_in_order(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    one = await received(desk, coordinator)
    set_clock("2026-03-03 09:00")
    other = await received(desk, coordinator, body="Jalan berlubang di depan sekolah sejak minggu lalu.")
    set_clock("2026-03-09 08:00")

    await pass_clocks(desk)

    events = await Event.filter(kind=EventKind.CLOCK_PASSED).order_by("seq")
    assert [(each.ticket_id, said(each.at), each.details["standing"]) for each in events] == [
        (one.id, "2026-03-04 00:00", "DUE_SOON"),
        (other.id, "2026-03-05 00:00", "DUE_SOON"),
        (one.id, "2026-03-06 00:00", "OVERDUE"),
        (other.id, "2026-03-07 00:00", "OVERDUE"),
    ]


async def test_small_batches_keep_the_order_too(desk, coordinator, set_clock, monkeypatch):
    monkeypatch.setattr(passing, "BATCH", 1)
    await test_what_a_worker_missed_is_written_in_order(desk, coordinator, set_clock)


async def test_a_move_that_is_faster_writes_the_passing_first(desk, coordinator, set_clock, pupr):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await verified(desk, coordinator, ticket)
    set_clock("2026-03-06 08:00")

    await dispatched(desk, coordinator, ticket)

    kinds = [event.kind for event in await Event.filter(ticket_id=ticket.id).order_by("seq")]
    assert kinds == ["SUBMITTED", "VERIFIED", "CLOCK_PASSED", "CLOCK_PASSED", "DISPATCHED"]
    assert await passings(ticket) == [SOON, OVER]
    assert await pass_clocks(desk) == 0


async def test_a_ticket_that_somebody_holds_is_passed_by_and_holds_up_no_other(desk, coordinator, set_clock, database):
    set_clock("2026-03-02 09:00")
    busy = await received(desk, coordinator)
    free = await received(desk, coordinator, body="Jalan berlubang di depan sekolah sejak minggu lalu.")
    set_clock("2026-03-04 00:00")

    async with database.acquire_connection() as held, held.transaction():
        await held.execute("SELECT FROM ticket WHERE id = $1 FOR UPDATE", busy.id)
        done = await pass_clocks(desk)

    assert done == 1
    assert (await passings(busy), await passings(free)) == ([], [SOON])
    assert await pass_clocks(desk) == 1
    assert await passings(busy) == [SOON]


async def test_a_ticket_on_which_something_fails_holds_up_no_other(desk, coordinator, set_clock, monkeypatch):
    set_clock("2026-03-02 09:00")
    bad = await received(desk, coordinator)
    good = await received(desk, coordinator, body="Jalan berlubang di depan sekolah sejak minggu lalu.")
    set_clock("2026-03-04 00:00")

    async def fails(case, _):
        if case.ticket.id == bad.id:
            raise ZeroDivisionError

    monkeypatch.setattr(passing, "EACH_MOMENT", (fails,))
    await pass_clocks(desk)

    assert (await passings(bad), await passings(good)) == ([], [SOON])
    assert (await fresh(bad)).standing == "IN_TIME"


async def test_the_end_of_a_hold_is_one_event_for_all_clocks(desk, coordinator, officer, set_clock, pupr):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await verified(desk, coordinator, ticket)
    await dispatched(desk, coordinator, ticket)
    set_clock("2026-03-03 09:00")
    await moved(desk, officer, ticket, S.IN_PROGRESS)
    await moved(desk, officer, ticket, S.ON_HOLD, reason_code="WEATHER", until=date(2026, 3, 10), note="Menunggu dana.")
    assert (await fresh(ticket)).standing == "RESTING"
    set_clock("2026-03-11 00:00")

    assert await pass_clocks(desk) == 1

    assert [(at, each["hold"], each["clocks"]) for at, each in await passings(ticket)] == [
        ("2026-03-11 00:00", True, ["RESOLUTION"])
    ]
    assert ((await fresh(ticket)).standing, (await clocks(ticket))["RESOLUTION"][0]) == ("IN_TIME", "RUNNING")


async def test_of_two_workers_one_that_dies_after_commit_leaves_nothing_to_do(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    set_clock("2026-03-04 00:00")

    async def dies(_):
        raise KeyError

    dying = replace(desk, bell=type("Bell", (), {"ring": staticmethod(dies)})())
    with suppress(KeyError):
        await pass_clocks(dying)

    assert await pass_clocks(desk) == 0
    assert await passings(ticket) == [SOON]


async def test_a_reporter_s_clock_closes_the_ticket_at_its_true_moment(desk, coordinator, set_clock):
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await moved(desk, coordinator, ticket, S.INCOMPLETE, missing=("LOCATION",), note="Di mana tepatnya?")
    set_clock("2026-04-03 08:00")

    await pass_clocks(desk)

    row, event = await fresh(ticket), await Event.filter(ticket_id=ticket.id).order_by("-seq").first()
    assert (row.status, row.closed_by_silence, row.due_at, row.standing) == (S.ARCHIVED, True, None, None)
    assert (event.kind, said(event.at)) == ("STATUS_CHANGED", "2026-04-02 00:00")
    assert {state for state, *_ in (await clocks(ticket)).values()} == {"STOPPED"}
    assert await pass_clocks(desk) == 0
