"""The calculator on lives that were counted by hand with Kediri's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.enums import ClockKind, ClockState, DeadlineStanding, DeadlineUnit, Punctuality
from services.deadlines.calendar_book import book_of
from services.deadlines.calendars import ONE_DAY, NoWorkingDay
from services.deadlines.counting import read_clock
from services.deadlines.days_off import LIBRARY
from services.deadlines.lives import midnight_after
from services.deadlines.office_weeks import OfficeWeek, OfficeWindow
from services.deadlines.units import Counter
from tests.services.deadlines.lives import BOOK, CITY, WIB, at, policy, read, said, steps

S, H = DeadlineStanding, DeadlineUnit.WORKING_HOURS


def runs(reading):
    """What counts in each segment that runs."""
    return [each.days or each.seconds for each in reading.segments if each.running]


@pytest.mark.parametrize(
    ("received", "days", "last"),
    [
        ("2022-07-20 10:00", 14, "2022-08-09"),
        ("2022-07-20 10:00", 60, "2022-10-13"),
        ("2024-04-03 10:00", 5, "2024-04-18"),
        ("2024-04-03 10:00", 14, "2024-05-02"),
        ("2025-03-26 10:00", 3, "2025-04-09"),
        ("2026-03-16 10:00", 5, "2026-03-30"),
        ("2025-12-22 10:00", 5, "2025-12-31"),
        ("2026-03-16 00:30", 5, "2026-03-30"),  # 17:30 UTC of the day before
        ("2026-03-16 23:59", 5, "2026-03-30"),
        ("2016-02-29 00:00", 1, "2016-03-01"),
    ],
)
def test_golden_vectors(received, days, last):
    found = read(policy(days), received)

    assert found.due_on.isoformat() == last
    assert said(found.due_at) == f"{date.fromisoformat(last) + ONE_DAY} 00:00"
    assert sum(each.days for each in found.segments) == days
    assert (found.used, found.left, found.standing) == (0, days, S.IN_TIME if days > 1 else S.DUE_SOON)


def test_days_off_are_told_with_their_decree_and_weekends_are_not():
    found = read(policy(5), "2026-03-16 10:00")

    assert [(each.day.isoformat(), each.name) for each in found.days_off] == [
        ("2026-03-18", "Cuti Bersama Hari Suci Nyepi"),
        ("2026-03-19", "Hari Suci Nyepi"),
        ("2026-03-20", "Cuti Bersama Hari Raya Idul Fitri"),
        ("2026-03-23", "Cuti Bersama Hari Raya Idul Fitri"),
        ("2026-03-24", "Cuti Bersama Hari Raya Idul Fitri"),
    ]
    assert {each.decree for each in found.days_off} == {LIBRARY}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-02 08:00", "2026-02-02 11:00"),  # Monday
        ("2026-02-02 09:00", "2026-02-02 12:00"),  # it ends with the morning
        ("2026-02-02 10:00", "2026-02-02 14:00"),  # over the break
        ("2026-02-02 12:30", "2026-02-02 16:00"),
        ("2026-02-02 14:00", "2026-02-03 08:30"),
        ("2026-02-06 15:30", "2026-02-09 09:30"),  # Friday to Monday
        ("2026-02-18 15:00", "2026-02-19 10:00"),  # Ramadan begins
        ("2026-02-20 10:30", "2026-02-20 14:30"),  # a Friday of Ramadan: 1 h, then 12:30
        ("2026-03-17 14:30", "2026-03-25 10:00"),  # Nyepi and Idul Fitri, and Ramadan is over
        ("2026-02-01 00:30", "2026-02-02 10:30"),  # Sunday night
    ],
)
def test_working_hours_by_hand(received, due):
    found = read(policy(3, H), received)

    assert said(found.due_at) == due
    assert sum(each.seconds for each in found.segments) == 3 * 3600


def test_hours_of_who_never_closes_run_at_night_and_on_days_off():
    found = read(policy(3, H), "2026-03-21 22:30", "2026-03-21 22:30 DISPATCHED BPBD")

    assert said(found.due_at) == "2026-03-22 01:30"
    assert found.days_off == ()
    assert [each.calendar_code for each in found.segments] == ["SELALU"]


def test_hours_may_end_with_the_day_and_the_last_day_in_time_is_that_day():
    found = read(policy(2, H), "2026-03-21 22:00", "2026-03-21 22:00 DISPATCHED BPBD")

    assert (said(found.due_at), found.due_on) == ("2026-03-22 00:00", date(2026, 3, 21))


def test_plain_hours_and_days_know_no_night_and_no_day_off():
    hours = read(policy(24, DeadlineUnit.HOURS), "2026-03-20 10:15")
    days = read(policy(30, DeadlineUnit.DAYS), "2026-03-20 10:15")

    assert said(hours.due_at) == "2026-03-21 10:15"
    assert days.due_on == date(2026, 4, 19)
    assert (hours.days_off, days.days_off, days.unknown_years) == ((), (), ())


def test_a_stay_of_the_reporter_is_not_charged_and_what_was_used_stays_used():
    found = read(
        policy(5),
        "2026-02-02 10:00",  # Monday
        "2026-02-04 09:00 INCOMPLETE",  # Tuesday has counted
        "2026-02-09 15:00 VERIFIED",  # Monday counts, as it runs at its end
    )

    assert [(each.status, each.days, each.running) for each in found.segments] == [
        ("RECEIVED", 1, True),
        ("INCOMPLETE", 0, False),
        ("VERIFIED", 4, True),
    ]
    assert (found.used, found.left, found.due_on) == (1, 4, date(2026, 2, 12))


def test_a_clock_goes_on_with_what_it_used_after_returns_and_reopening():
    resolution = read(
        policy(14),
        "2026-02-02 10:00",
        "2026-02-03 10:00 VERIFIED",
        "2026-02-04 10:00 DISPATCHED DISHUB",
        "2026-02-06 10:00 VERIFIED",  # returned: Tue, Wed, Thu have counted
        "2026-02-09 10:00 DISPATCHED DPUPR",
        "2026-02-10 10:00 IN_PROGRESS",
        "2026-02-11 10:00 ANSWERED",
        "2026-02-18 10:00 RESOLVED",
        "2026-02-25 10:00 REOPENED",
    )

    assert [each.agency_code for each in resolution.segments][2:5] == ["DISHUB", None, "DPUPR"]
    assert (resolution.used, resolution.left) == (6, 8)  # 3, 4, 5, 6, 9 and 10 February
    assert resolution.due_on == date(2026, 3, 6)
    assert sum(runs(resolution)) == 14
    assert [each.punctuality for each in resolution.verdicts] == [Punctuality.ON_TIME]


def test_the_desk_s_clock_goes_on_after_a_return_and_no_rest_wakes_it():
    row = policy(3, clock=ClockKind.VERIFICATION)
    sent = ["2026-02-02 10:00", "2026-02-04 10:00 DISPATCHED DISHUB"]
    held = [*sent, "2026-02-05 10:00 ON_HOLD until=2026-02-06"]
    back = [*held, "2026-02-12 10:00 VERIFIED"]

    stopped, still, again = read(row, *sent), read(row, *held, now="2026-02-11 10:00"), read(row, *back)

    assert (stopped.state, stopped.used, stopped.due_on) == (ClockState.STOPPED, 1, date(2026, 2, 5))
    assert (still.state, still.used, still.due_on) == (ClockState.STOPPED, 1, date(2026, 2, 5))
    assert (again.state, again.used, again.due_on) == (ClockState.RUNNING, 1, date(2026, 2, 13))
    assert len(again.verdicts) == 1


def test_a_hold_rests_to_the_end_of_its_date_and_no_longer():
    row = policy(5)
    before = ["2026-02-02 10:00", "2026-02-03 10:00 DISPATCHED DISHUB"]

    open_hold = read(row, *before, "2026-02-04 10:00 ON_HOLD")
    dated = read(row, *before, "2026-02-04 10:00 ON_HOLD until=2026-02-09")
    later = read(row, *before, "2026-02-04 10:00 ON_HOLD until=2026-02-09", now="2026-02-13 10:00")

    assert (open_hold.state, open_hold.due_at, open_hold.standing) == (ClockState.RESTING, None, S.RESTING)
    assert (dated.state, dated.due_on, dated.used) == (ClockState.RESTING, date(2026, 2, 13), 1)
    assert (later.state, later.standing, later.used) == (ClockState.RUNNING, S.DUE_SOON, 4)
    assert [each.running for each in later.segments] == [True, True, False, True]


def test_the_first_stop_of_the_first_response_is_final():
    row = policy(5, clock=ClockKind.FIRST_RESPONSE)
    lives = ["2026-02-02 10:00", "2026-02-03 10:00 DISPATCHED DISHUB", "2026-02-04 10:00 VERIFIED"]
    more = [
        *lives,
        "2026-02-06 10:00 DISPATCHED DPUPR",
        "2026-02-09 10:00 IN_PROGRESS",
        "2026-02-10 10:00 DISPATCHED DISHUB",
    ]

    assert read(row, "2026-02-02 10:00") is None
    assert (read(row, *lives).state, read(row, *lives).due_at) == (ClockState.RESTING, None)
    assert (read(row, *more).state, len(read(row, *more).verdicts)) == (ClockState.STOPPED, 1)
    assert read(row, *more).started_at == at("2026-02-03 10:00")


def test_clocks_of_the_reporter_begin_anew():
    reply = policy(10, clock=ClockKind.REPORTER_REPLY)
    stay = policy(30, DeadlineUnit.DAYS, clock=ClockKind.COMPLETION)
    answers = ["2026-02-02 10:00", "2026-02-03 10:00 ANSWERED DISHUB", "2026-02-10 10:00 ANSWERED"]
    stays = ["2026-02-02 10:00", "2026-02-03 10:00 INCOMPLETE", "2026-02-10 10:00 INCOMPLETE"]
    again = [*stays, "2026-02-11 10:00 RECEIVED", "2026-02-12 10:00 INCOMPLETE"]

    assert (read(reply, *answers).started_at, read(reply, *answers).used) == (at("2026-02-10 10:00"), 0)
    assert read(reply, *answers).due_on == date(2026, 2, 26)  # 16 and 17 February are off
    assert read(stay, *stays).started_at == at("2026-02-03 10:00")
    assert read(stay, *again).started_at == at("2026-02-12 10:00")
    assert [each.punctuality for each in read(stay, *again).verdicts] == [Punctuality.ON_TIME]


def test_the_national_clock_counts_from_its_own_moment_and_through_holds():
    row = policy(60, DeadlineUnit.DAYS, clock=ClockKind.NATIONAL)
    lives = ["2026-02-02 10:00", "2026-02-05 10:00 DISPATCHED DISHUB", "2026-02-09 10:00 ON_HOLD until=2026-02-20"]

    early = read(row, *lives, since=at("2026-01-31 08:00"))
    late = read(row, *lives, since=at("2026-02-06 08:00"))

    assert (early.due_on, early.state, early.started_at) == (
        date(2026, 4, 1),
        ClockState.RUNNING,
        at("2026-01-31 08:00"),
    )
    assert (late.due_on, late.segments[0].status) == (date(2026, 4, 7), "DISPATCHED")


def test_a_clock_that_has_passed_stays_overdue_in_every_open_status_but_answered():
    row = policy(3)
    late = ["2026-02-02 10:00", "2026-02-03 10:00 DISPATCHED DISHUB", "2026-02-06 10:00 IN_PROGRESS"]

    def standing(*more):
        return read(row, *late, *more).standing

    assert read(row, *late).standing is S.OVERDUE
    for status in ("INCOMPLETE", "ON_HOLD until=2026-03-02", "VERIFIED", "DISPATCHED DPUPR"):
        assert standing(f"2026-02-09 10:00 {status}") is S.OVERDUE
    assert standing("2026-02-09 10:00 ANSWERED") is S.RESTING
    assert standing("2026-02-09 10:00 ANSWERED", "2026-02-10 10:00 REOPENED") is S.OVERDUE
    assert (read(row, *late).left, read(row, *late).used, said(read(row, *late).due_at)) == (0, 3, "2026-02-06 00:00")


@pytest.mark.parametrize(
    ("stop", "punctuality", "late_by"),
    [
        ("2026-02-05 23:59 RESOLVED", Punctuality.ON_TIME, 0),
        ("2026-02-06 00:00 RESOLVED", Punctuality.LATE, 1),
        ("2026-02-07 10:00 UNRESOLVED", Punctuality.LATE, 1),  # a Saturday: Friday was late
        ("2026-02-10 10:00 RESOLVED", Punctuality.LATE, 3),
        ("2026-02-10 10:00 ARCHIVED", Punctuality.NOT_JUDGED, 3),
    ],
)
def test_verdicts(stop, punctuality, late_by):
    found = read(policy(3), "2026-02-02 10:00", stop)

    (verdict,) = found.verdicts
    assert (verdict.punctuality, verdict.late_by, said(verdict.due_at)) == (punctuality, late_by, "2026-02-06 00:00")
    assert found.state is ClockState.STOPPED


def test_a_stop_in_hours_is_late_from_the_very_moment_on():
    on_time = read(policy(3, H), "2026-02-02 08:00", "2026-02-02 10:59 RESOLVED")
    late = read(policy(3, H), "2026-02-02 08:00", "2026-02-02 11:00 RESOLVED")
    evening = read(policy(3, H), "2026-02-02 08:00", "2026-02-02 18:00 RESOLVED")

    assert [each.verdicts[0].late_by for each in (on_time, late, evening)] == [0, 1, 4 * 3600]
    assert (on_time.used, on_time.left, said(on_time.due_at)) == (179 * 60, 60, "2026-02-02 11:00")


@pytest.mark.parametrize(
    ("row", "received", "soon"),
    [
        (policy(3), "2026-02-02 10:00", "2026-02-04 00:00"),
        (policy(1), "2026-02-02 10:00", "2026-02-02 10:00"),
        (policy(5), "2026-03-16 10:00", "2026-03-27 00:00"),  # due on a Monday: from Friday on
        (policy(3, H), "2026-02-02 08:00", "2026-02-02 10:00"),
        (policy(6, DeadlineUnit.DAYS), "2026-02-02 10:00", "2026-02-06 00:00"),  # due on a Sunday
    ],
)
def test_due_soon_begins_with_the_working_day_before_or_with_the_last_third(row, received, soon):
    found = read(row, received)

    assert said(found.due_soon_at) == soon
    assert read(row, received, now=soon).standing is S.DUE_SOON


def test_an_extension_moves_the_deadline_and_what_was_used_stays():
    plain = read(policy(10), "2026-02-02 10:00", now="2026-02-10 10:00")
    extended = read(policy(10), "2026-02-02 10:00", now="2026-02-10 10:00", extension=7)

    assert (plain.used, extended.used, extended.left) == (5, 5, 12)
    assert (plain.due_on, extended.due_on) == (date(2026, 2, 18), date(2026, 2, 27))


def test_days_are_counted_by_the_calendar_of_who_has_the_ticket_at_their_end():
    found = read(
        policy(5), "2026-02-06 10:00", "2026-02-07 10:00 DISPATCHED BPBD", "2026-02-09 10:00 DISPATCHED DISHUB"
    )

    assert [(each.agency_code, each.calendar_code, each.days) for each in found.segments] == [
        (None, "KEDIRI", 0),
        ("BPBD", "SELALU", 2),  # Saturday and Sunday
        ("DISHUB", "KEDIRI", 3),
    ]


def test_fractions_of_seconds_add_up():
    row = policy(3, H)
    made = steps("2026-02-02 08:00", "2026-02-02 09:00 INCOMPLETE", "2026-02-02 09:30 VERIFIED")
    uneven = [
        replace(each, at=each.at.replace(second=7, microsecond=333_333 * number)) for number, each in enumerate(made)
    ]

    found = read_clock(row.clock, row, uneven, BOOK, WIB, uneven[-1].at)

    assert sum(runs(found)) == 3 * 3600
    assert (found.used, found.left) == (3600, 2 * 3600)


def test_no_amount_bounds_nothing_and_nothing_starts_before_its_moment():
    assert read(policy(0), "2026-02-02 10:00") is None
    assert read(policy(5, clock=ClockKind.REPORTER_REPLY), "2026-02-02 10:00") is None


def test_a_year_of_which_nothing_is_known_is_told_unless_nobody_rests_in_it():
    assert read(policy(60), "2028-11-20 10:00").unknown_years == (2029,)
    assert read(policy(60), "2028-11-20 10:00", "2028-11-20 10:00 DISPATCHED BPBD").unknown_years == ()


def test_a_calendar_by_which_nobody_works_is_told():
    idle = book_of([replace(CITY.calendar.calendars[0], weeks=(OfficeWeek("x", date(2020, 1, 1), None, (), "x"),))], [])

    for unit in (DeadlineUnit.WORKING_DAYS, H):
        row = policy(1, unit)
        with pytest.raises(NoWorkingDay):
            read_clock(row.clock, row, steps("2026-02-02 10:00"), idle, WIB, at("2026-02-02 10:00"))


@pytest.mark.parametrize("unit", [DeadlineUnit.WORKING_DAYS, H])
@pytest.mark.parametrize("amount", [1, 51, 52, 53, 104, 420, 1_400])
def test_what_is_reached_in_later_years_is_what_a_search_day_by_day_finds(unit, amount):
    hour = OfficeWeek("x", date(2020, 1, 1), None, (OfficeWindow(4, 600, 660),), "x")
    calendar = book_of([replace(CITY.calendar.calendars[0], weeks=(hour,))], BOOK.days).desk
    start = at("2026-02-05 10:30")
    counter = Counter(unit, start.date(), WIB)

    found = counter.moment(calendar, start, counter.whole(amount))

    assert found == next(reached(counter, calendar, start, counter.whole(amount)))


def reached(counter, calendar, start, need):
    """The first moment at which so much has counted, by nothing but counting up to the end of each day."""
    for number in range(10_000):
        ends = midnight_after(start.date() + number * ONE_DAY, WIB)
        over = counter.count(calendar, start, ends) - need
        if over >= 0:
            last = next(reversed(calendar.windows(ends.date() - ONE_DAY)))
            yield ends if counter.of_days else ends - timedelta(minutes=1440 - last.closes, microseconds=over)


def test_what_a_few_minutes_a_week_would_reach_in_a_thousand_years_is_told_at_once():
    minute = OfficeWeek("x", date(2020, 1, 1), None, (OfficeWindow(1, 0, 1),), "x")
    scarce = book_of([replace(CITY.calendar.calendars[0], weeks=(minute,))], [])

    def found(row):
        return read_clock(row.clock, row, steps("2026-02-02 10:00"), scarce, WIB, at("2026-02-02 10:00"))

    with pytest.raises(NoWorkingDay):
        found(policy(1_000, H))
    assert said(found(policy(1_000, DeadlineUnit.WORKING_DAYS)).due_at) == "2045-04-04 00:00"
