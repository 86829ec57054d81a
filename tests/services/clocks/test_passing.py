"""The passing of a clock is an event, written once, at its true moment, by the job or before anything else happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from structlog.testing import capture_logs

from models import Event
from models.enums import EventKind, Role, TicketStatus, Visibility
from services.access import access
from services.access.scopes import SYSTEM
from services.clocks import passing
from services.clocks.passing import pass_clocks, pass_tickets
from services.core.transactions import transaction
from services.staff.assignments import WantedAssignment
from services.staff.staff import NewAccount, invite
from services.tickets.case import case_of
from services.tickets.supervision import follow_posts
from tests.factories import make_officer, make_scope, make_ticket
from tests.services.clocks.given import clocks, dispatched, fresh, moved, passings, received, verified
from tests.services.deadlines.lives import at, said

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
    with capture_logs() as said_of_it:
        done = await pass_clocks(desk)

    assert (done, await passings(bad), await passings(good)) == (1, [], [SOON])
    assert (await fresh(bad)).standing == "IN_TIME"
    assert [(each["log_level"], each["ticket"]) for each in said_of_it] == [("error", bad.id)]


async def test_a_ticket_that_waits_for_another_one_is_left_to_the_next_run_and_is_no_error(
    desk, rules, pupr, set_clock, database, monkeypatch, count_queries
):
    monkeypatch.setattr(passing, "PATIENCE", "SET LOCAL lock_timeout = '10ms'")
    stays = await make_ticket(S.ANSWERED, lead=pupr, at=at("2026-03-02 09:00"))
    merged = await make_ticket(S.ARCHIVED, merged_into_id=stays.id)
    other = await make_ticket(at=at("2026-03-16 09:00"))
    set_clock("2026-03-25 00:00")

    async with database.acquire_connection() as held, held.transaction():
        await held.execute("SELECT FROM ticket WHERE id = $1 FOR UPDATE", merged.id)
        with capture_logs() as said_of_it, count_queries() as statements:
            await pass_clocks(desk)

    assert said_of_it == []
    assert statements.texts.count(passing.PATIENCE) == 4  # together, each alone, and once more for what is left
    assert ((await fresh(stays)).status, [at for at, _ in await passings(other)]) == (S.ANSWERED, ["2026-03-25 00:00"])
    await pass_clocks(desk)
    assert (await fresh(stays)).status is S.RESOLVED


@pytest.mark.parametrize("failing", [(SystemExit,), (ZeroDivisionError, SystemExit)])
async def test_a_worker_that_is_ended_stops_and_leaves_its_tickets_to_the_next(
    desk, coordinator, set_clock, monkeypatch, failing
):
    set_clock("2026-03-02 09:00")
    tickets = [await received(desk, coordinator, body=f"Jalan berlubang di depan sekolah {n}.") for n in (1, 2)]
    set_clock("2026-03-04 00:00")
    errors = iter(failing)

    async def fails(case, _):
        raise next(errors)

    with monkeypatch.context() as broken:
        broken.setattr(passing, "EACH_MOMENT", (fails,))
        with pytest.raises(SystemExit):
            await pass_clocks(desk)

    assert [await passings(ticket) for ticket in tickets] == [[], []]
    assert await pass_clocks(desk) == 2


async def test_a_job_that_finds_no_tickets_for_an_error_says_so(desk, monkeypatch):
    monkeypatch.setattr(passing, "DUE", "SELECT 1 / 0, $1::timestamptz, $2::int, $3::bigint[], $4::int")

    with pytest.raises(Exception, match="division by zero"):
        await pass_clocks(desk)


async def test_the_bell_rings_for_what_passed_however_it_was_written(desk, coordinator, set_clock, monkeypatch, pupr):
    rung: list[int] = []

    async def ring(seq):
        rung.append(seq)

    ringing = replace(desk, bell=type("Bell", (), {"ring": staticmethod(ring)})())
    set_clock("2026-03-02 09:00")
    one, other = await received(desk, coordinator), await received(desk, coordinator, body="Pohon tumbang di taman.")
    set_clock("2026-03-04 00:00")
    failing = [ZeroDivisionError()]

    async def fails_once(case, _):
        if failing:
            raise failing.pop()

    monkeypatch.setattr(passing, "EACH_MOMENT", (fails_once,))
    await pass_clocks(ringing)
    set_clock("2026-03-06 00:00")
    await pass_tickets(ringing, [one.id])
    await pass_clocks(ringing)

    events = await Event.filter(kind=EventKind.CLOCK_PASSED).order_by("seq")
    assert [event.ticket_id for event in events] == [one.id, other.id, one.id, other.id]
    assert rung == [event.seq for event in events]


async def test_what_is_noted_late_has_its_true_moment_and_what_follows_it_comes_last(desk, coordinator, set_clock):
    """Something else was written meanwhile that lets no clock pass, as another release does."""
    set_clock("2026-03-02 09:00")
    ticket = await received(desk, coordinator)
    await moved(desk, coordinator, ticket, S.INCOMPLETE, missing=("LOCATION",), note="Di mana tepatnya?")
    set_clock("2026-04-03 08:00")
    async with transaction() as connection:
        case = await case_of(desk, SYSTEM, connection, await access.ticket(connection, SYSTEM, ticket.id, lock=True))
        case.record(EventKind.NOTE_ADDED, visibility=Visibility.INTERNAL)
        await case.write()
    set_clock("2026-04-03 09:00")

    await pass_clocks(desk)

    last = [(event.kind, said(event.at)) for event in await Event.filter(ticket_id=ticket.id).order_by("seq")][-4:]
    assert last == [
        ("NOTE_ADDED", "2026-04-03 08:00"),
        ("CLOCK_PASSED", "2026-03-31 00:00"),
        ("CLOCK_PASSED", "2026-04-02 00:00"),
        ("STATUS_CHANGED", "2026-04-03 08:00"),
    ]


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
        raise SystemExit

    dying = replace(desk, bell=type("Bell", (), {"ring": staticmethod(dies)})())
    with pytest.raises(SystemExit):
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


@pytest.mark.parametrize("by", ["account", "day"])
async def test_posts_that_make_a_report_supervisory_write_what_has_passed_first(desk, home, pupr, set_clock, by):
    set_clock("2026-03-02 09:00")
    ticket = await make_ticket(S.IN_PROGRESS, lead=home, reported_agency_id=pupr.id, at=desk.now())
    admin, post = await make_scope(Role.ADMIN, home), WantedAssignment("PUPR", Role.COORDINATOR)
    if by == "day":
        await make_officer(pupr, Role.COORDINATOR, valid_from=date(2026, 3, 28))
    set_clock("2026-03-28 08:00")

    await (follow_posts(desk) if by == "day" else invite(desk, admin, NewAccount("baru@example.test", "Baru", (post,))))

    kinds = await Event.filter(ticket_id=ticket.id).order_by("seq").values_list("kind", flat=True)
    assert kinds == ["SUBMITTED", "CLOCK_PASSED", "CLOCK_PASSED", "FIELD_CHANGED"]
    assert [(at, said_of["standing"]) for at, said_of in await passings(ticket)] == [
        ("2026-03-26 00:00", "DUE_SOON"),
        ("2026-03-28 00:00", "OVERDUE"),
    ]
    assert ((await fresh(ticket)).supervisory, await pass_clocks(desk)) == (True, 0)
