"""What is due, what was sent to an agency and what is usual, on boards that events keep up: as SQL counts it anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from models import Agency, CalendarDay, OfficeWeek, OverdueLimit, Ticket, WorkCalendar
from models.calendars import DayKind
from models.enums import DeadlineStanding, PrincipalKind, Role, TicketStatus
from services.access.scopes import Sight
from services.board.board import Board, BoardFilter
from services.board.snapshot import Snapshot, trend_begins
from services.core.desk import Desk
from tests.conftest import Clock
from tests.factories import make_agency, make_category, make_client_scope, make_scope, make_ticket
from tests.schema.board.test_board import move as changed
from tests.services.board import recounting
from tests.services.board.test_kept_boards import BATCH, Town, move, remember, town

__all__ = ["town"]

MOVES = 2_000
SCREEN = Sight(PrincipalKind.DISPLAY)


async def assert_recounts(shown: Snapshot, today: date, agency: int | None, condition: str) -> None:
    """Every part that follows from days is what SQL gives."""
    due = await recounting.due_first(today, condition)
    assert [
        (each.number, each.standing, each.received_at, each.due_on, each.hold_until, each.working_days_left)
        for each in shown.due_first
    ] == [
        (row["number"], row["standing"], row["received_at"], row["due"], row["held"], row["left_over"]) for row in due
    ]
    loads = await recounting.loads(today, condition)
    assert [(each.agency.code, each.open, each.overdue, each.due_soon) for each in shown.by_lateness] == [
        (row["code"], row["open"], row["overdue"], row["soon"]) for row in loads
    ]
    if agency is not None:
        counts = await recounting.dispatched(agency, trend_begins(today))
        assert {day.day: day.dispatched for day in shown.trend if day.dispatched} == counts


@pytest.mark.slow
@pytest.mark.parametrize("kept", [200, 12])
async def test_what_is_due_and_what_was_sent_is_what_sql_counts_anew(
    desk: Desk, town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    remember(monkeypatch, kept, 5_000)
    chance, roads = Random(20261129), await Agency.get(code="pupr")
    whole, one = Board(SCREEN, BoardFilter()), Board(Sight(PrincipalKind.DISPLAY, agency_id=roads.id), BoardFilter())
    inside = f"t.lead_agency_id IS DISTINCT FROM {(await Agency.get(code='pln')).id}"
    sent = 0
    for number in range(MOVES // BATCH):
        await move(chance, town, clock)
        shown = [await board.read(desk) for board in (whole, one)]
        if number % 10 == 9:
            await assert_recounts(shown[0], desk.today(), None, inside)
            await assert_recounts(shown[1], desk.today(), roads.id, f"t.lead_agency_id = {roads.id}")
            sent += shown[1].dispatched_today or 0

    assert sent > 0


def due(day: int, month: int = 3) -> datetime:
    """The first moment after a day of 2026 in WIB."""
    return datetime(2026, month, day, 17, tzinfo=UTC)


async def test_the_clock_of_an_open_ticket_is_told_as_it_is_kept_with_its_working_days(desk: Desk) -> None:
    """Today is Monday, 2 March 2026; a day off is no working day."""
    await CalendarDay.create(day=date(2026, 2, 25), kind=DayKind.HOLIDAY, name="Libur uji", source="uji")
    tickets = [
        await make_ticket(status, standing=standing, due_at=due_at, hold_until=hold)
        for status, standing, due_at, hold in (
            (TicketStatus.RECEIVED, "IN_TIME", due(5), None),
            (TicketStatus.RECEIVED, "DUE_SOON", due(3), None),
            (TicketStatus.ON_HOLD, "OVERDUE", due(27, 2), date(2026, 3, 4)),
            (TicketStatus.INCOMPLETE, "OVERDUE", due(24, 2), None),
            (TicketStatus.IN_PROGRESS, "DUE_SOON", datetime(2026, 3, 2, 8, tzinfo=UTC), None),
            (TicketStatus.ON_HOLD, "RESTING", due(9), date(2026, 3, 4)),
            (TicketStatus.ANSWERED, "RESTING", None, None),
            (TicketStatus.RECEIVED, None, None, None),
        )
    ]

    found = {each.number: each for each in (await Board(SCREEN, BoardFilter()).read(desk)).oldest_open}

    told = [found[ticket.number] for ticket in tickets]
    assert [(each.standing, each.due_on, each.working_days_left, each.hold_until) for each in told] == [
        (DeadlineStanding.IN_TIME, date(2026, 3, 5), 3, None),
        (DeadlineStanding.DUE_SOON, date(2026, 3, 3), 1, None),
        (DeadlineStanding.OVERDUE, date(2026, 2, 27), -1, date(2026, 3, 4)),
        (DeadlineStanding.OVERDUE, date(2026, 2, 24), -3, None),
        (DeadlineStanding.DUE_SOON, date(2026, 3, 2), 0, None),
        (DeadlineStanding.RESTING, date(2026, 3, 9), 5, date(2026, 3, 4)),
        (DeadlineStanding.RESTING, None, None, None),
        (DeadlineStanding.UNBOUND, None, None, None),
    ]


async def test_a_late_ticket_stays_on_the_wall_while_it_is_on_hold_or_incomplete(desk: Desk) -> None:
    for status in (TicketStatus.ON_HOLD, TicketStatus.INCOMPLETE, TicketStatus.IN_PROGRESS):
        await make_ticket(status, standing="OVERDUE", due_at=due(24, 2), hold_until=None)

    shown = await Board(SCREEN, BoardFilter()).read(desk)

    assert (shown.overdue, len(shown.due_first)) == (3, 3)


async def test_days_left_are_those_of_who_has_the_ticket(desk: Desk) -> None:
    """From Monday to the next one: the desk works on five days, who never closes on seven."""
    fire = await make_agency("bpbd")
    for code, days, agencies in (("kota", 5, []), ("siaga", 7, ["bpbd"])):
        await WorkCalendar.create(code=code, name=code, always=days == 7, desk=code == "kota", agency_codes=agencies)
        windows = [(weekday, "08:00", "16:00") for weekday in range(1, days + 1)]
        await OfficeWeek.create(
            calendar_code=code, name="Biasa", valid_from=date(2014, 1, 1), windows=windows, legal_basis="uji"
        )
    for status in (TicketStatus.IN_PROGRESS, TicketStatus.VERIFIED):
        await make_ticket(status, lead=fire, standing="IN_TIME", due_at=due(9))

    shown = await Board(SCREEN, BoardFilter()).read(desk)

    assert [(each.status, each.working_days_left) for each in shown.due_first] == [
        (TicketStatus.IN_PROGRESS, 7),
        (TicketStatus.VERIFIED, 5),
    ]


async def test_what_has_no_day_comes_after_all_that_has_one(desk: Desk, clock: Clock) -> None:
    answered = await make_ticket(TicketStatus.ANSWERED, at=clock() - timedelta(days=90))
    held = await make_ticket(TicketStatus.ON_HOLD, at=clock() - timedelta(days=80), hold_until=date(2026, 3, 4))
    new = await make_ticket(TicketStatus.RECEIVED, at=clock(), due_at=due(5))
    late = await make_ticket(TicketStatus.RECEIVED, at=clock() - timedelta(days=11), due_at=due(18, 2))

    shown = await Board(SCREEN, BoardFilter()).read(desk)

    assert [each.number for each in shown.due_first] == [each.number for each in (late, held, new, answered)]


async def test_a_hold_whose_day_is_over_comes_after_what_is_late_and_what_is_due_today(
    desk: Desk, clock: Clock
) -> None:
    """Today is Monday, 2 March 2026."""
    holds = [
        await make_ticket(TicketStatus.ON_HOLD, at=clock() - timedelta(days=ago), hold_until=date(2026, month, day))
        for ago, month, day in ((50, 2, 1), (60, 2, 20), (70, 3, 2))
    ]
    late, last, soon = [await make_ticket(due_at=due(*day)) for day in ((24, 2), (2, 3), (3, 3))]

    shown = await Board(SCREEN, BoardFilter()).read(desk)
    clock.forward(days=1)
    next_day = await Board(SCREEN, BoardFilter()).read(desk)

    order, then = [late, last, *reversed(holds), soon], [late, last, soon, *reversed(holds)]
    assert [each.number for each in shown.due_first] == [each.number for each in order]
    assert [each.number for each in next_day.due_first] == [each.number for each in then]


async def test_what_is_due_today_is_part_of_what_is_due_soon(desk: Desk) -> None:
    for day in (3, 2, 2):
        await make_ticket(TicketStatus.RECEIVED, standing="DUE_SOON", due_at=due(day))

    shown = await Board(SCREEN, BoardFilter()).read(desk)

    assert (shown.overdue, shown.due_soon, shown.due_today) == (0, 3, 2)


async def test_days_without_work_are_told_with_their_names(desk: Desk, clock: Clock) -> None:
    await CalendarDay.create(day=date(2026, 2, 17), kind=DayKind.HOLIDAY, name="Tahun Baru Imlek", source="uji")
    await CalendarDay.create(day=date(2026, 2, 16), kind=DayKind.JOINT_LEAVE, name="Cuti bersama", source="uji")

    trend = (await Board(SCREEN, BoardFilter()).read(desk)).trend

    assert {day.day.day: day.day_off for day in trend if not day.working_day and day.day.month == 2} == {
        1: None, 7: None, 8: None, 14: None, 15: None, 16: "Cuti bersama", 17: "Tahun Baru Imlek",
        21: None, 22: None, 28: None,
    }  # fmt: skip


async def test_an_agency_s_reports_count_on_the_day_on_which_they_were_sent_to_it(desk: Desk, clock: Clock) -> None:
    roads = await make_agency("pupr")
    await make_ticket(TicketStatus.DISPATCHED, lead=roads, at=clock() - timedelta(days=3))
    old = await make_ticket(TicketStatus.VERIFIED, at=clock() - timedelta(days=20))
    board = Board(Sight(PrincipalKind.DISPLAY, agency_id=roads.id), BoardFilter())
    await board.read(desk)

    await enter(old, clock, status=TicketStatus.DISPATCHED, lead_agency_id=roads.id)
    sent = await board.read(desk)
    await enter(old, clock, status=TicketStatus.VERIFIED, lead_agency_id=None)
    returned = await board.read(desk)

    assert (sent.received_today, sent.dispatched_today, sent.trend[-4].dispatched) == (0, 1, 1)
    assert (returned.dispatched_today, returned.total) == (0, 1)
    assert (await Board(SCREEN, BoardFilter()).read(desk)).dispatched_today is None


async def enter(ticket: Ticket, clock: Clock, **columns: Any) -> None:
    """Change a ticket's columns, and tell the log."""
    await changed(ticket, clock(), **columns)


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-03-02", "2026-03-01"])
async def test_what_is_usual_at_this_hour_is_a_median_of_days_like_today(desk: Desk, clock: Clock, day: str) -> None:
    """On a working day and on a Sunday, on a board that events keep up while the hours pass."""
    chance = Random(day)
    clock.set(datetime.fromisoformat(f"{day}T01:30:00+00:00"))
    await CalendarDay.create(day=date(2026, 2, 16), kind=DayKind.HOLIDAY, name="Libur uji", source="uji")
    for number in range(120):
        await make_ticket(at=clock() - timedelta(days=7 * (number % 11 + 1), minutes=chance.randrange(-400, 400)))
    board, told = Board(SCREEN, BoardFilter()), []

    for _ in range(4):
        shown = await board.read(desk)
        assert shown.usual_received == await recounting.usual(clock(), "TRUE")
        assert shown.usual_received == (await Board(SCREEN, BoardFilter()).read(desk)).usual_received
        told.append(shown.usual_received)
        for ticket in await Ticket.filter(status=TicketStatus.RECEIVED).order_by("id").limit(6):
            await enter(ticket, clock, confidential=not ticket.confidential)
        clock.forward(minutes=130)

    assert len(set(told)) > 2


@pytest.mark.parametrize(("weeks", "told"), [(3, None), (4, 1)])
async def test_few_days_tell_nothing_of_what_is_usual(desk: Desk, clock: Clock, weeks: int, told: int | None) -> None:
    for number in range(1, weeks + 1):
        await make_ticket(at=clock() - timedelta(weeks=number, hours=1))

    assert (await Board(SCREEN, BoardFilter()).read(desk)).usual_received == told


async def test_what_is_usual_is_told_to_staff_and_to_screens_of_the_whole_city(desk: Desk, clock: Clock) -> None:
    roads = await make_agency("pupr")
    await make_category("drainase")
    for number in range(1, 9):
        await make_ticket(at=clock() - timedelta(weeks=number, hours=1), lead=roads)
    partner = (await make_client_scope(PrincipalKind.PARTNER)).sight
    staff = (await make_scope(Role.COORDINATOR, roads)).sight
    boards = [BoardFilter(), BoardFilter(agency_code=("pupr",)), BoardFilter(category_code=("drainase",))]

    told = [
        [(await Board(sight, wanted).read(desk)).usual_received for wanted in boards]
        for sight in (staff, SCREEN, Sight(PrincipalKind.DISPLAY, agency_id=roads.id), partner)
    ]

    assert told == [[1, 1, 0], [1, None, None], [None] * 3, [None] * 3]


async def test_the_city_s_limit_is_told_of_its_whole_board_alone_and_from_its_day_on(desk: Desk, clock: Clock) -> None:
    roads = await make_agency("pupr")
    for tickets, day in ((50, date(2020, 1, 1)), (3, date(2026, 3, 3))):
        await OverdueLimit.create(tickets=tickets, valid_from=day, legal_basis="uji")
    await make_agency("dinkes")  # so that the master data is read anew
    staff = (await make_scope(Role.COORDINATOR, roads)).sight
    boards = [
        Board(sight, wanted)
        for sight, wanted in (
            (SCREEN, BoardFilter()),
            (staff, BoardFilter()),
            (staff, BoardFilter(agency_code=("pupr",))),
            (Sight(PrincipalKind.DISPLAY, agency_id=roads.id), BoardFilter()),
        )
    ]

    told = [(await board.read(desk)).overdue_limit for board in boards]
    clock.forward(days=1)
    next_day = [(await board.read(desk)).overdue_limit for board in boards]

    assert (told, next_day) == ([50, 50, None, None], [3, 3, None, None])


async def test_a_board_says_whose_it_is(desk: Desk) -> None:
    roads = await make_agency("pupr")
    await make_agency("dinkes")
    of_roads = Sight(PrincipalKind.DISPLAY, agency_id=roads.id)

    owners = [
        (await Board(sight, BoardFilter(agency_code=codes)).read(desk)).agency
        for sight, codes in (
            (SCREEN, None),
            (SCREEN, ("PUPR",)),
            (SCREEN, ("dinkes", "pupr")),
            (of_roads, None),
            (of_roads, ("dinkes",)),
        )
    ]

    assert [owner and owner.code for owner in owners] == [None, "pupr", None, "pupr", "pupr"]
