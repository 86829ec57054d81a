"""When each rung of the ladder is reached, on lives that were counted by hand with Kediri's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models.enums import ClockKind, DeadlineUnit, EscalationLevel, TicketStatus
from services.deadlines.escalation.moments import rungs
from services.deadlines.escalation.rules import EscalationRule, ladder_of
from tests.services.deadlines.lives import BOOK, CITY, WIB, policy, read, said, steps

LEVEL, UNIT, CLOCK = EscalationLevel, DeadlineUnit, ClockKind
LADDER = ladder_of(CITY.escalations)


def rung(amount, unit=UNIT.WORKING_DAYS, clock=CLOCK.RESOLUTION, **more):
    given = {"code": "uji", "level": LEVEL.LEADER, "valid_from": date(2014, 1, 1), "legal_basis": "SK uji", **more}
    return EscalationRule(clock=clock, amount=amount, unit=unit, **given)


def reached(rules, row, *words, **more):
    """Code and moment of each rung after these steps."""
    found = rungs(rules, row.clock, row, steps(*words), BOOK, WIB, **more)
    return [(each.rule.code, said(each.at)) for each in found]


def moment(rule, row, *words, **more):
    """The moment of the only rung; None where it is not reached."""
    return next((at for _, at in reached([rule], row, *words, **more)), None)


def test_kediris_ladder_of_a_report_that_nobody_finishes():
    life = ("2026-02-02 09:00", "2026-02-02 10:00 VERIFIED", "2026-02-02 11:00 DISPATCHED PUPR")

    found = reached(LADDER.of_clock(CLOCK.RESOLUTION), policy(14), *life)

    # Day 14 is Tuesday 24 February: 16 and 17 February are cuti bersama and Imlek.
    assert found == [
        ("penyelesaian-petugas", "2026-02-23 00:00"),
        ("penyelesaian-instansi", "2026-02-25 00:00"),
        ("penyelesaian-koordinator", "2026-02-28 00:00"),
        ("penyelesaian-pimpinan", "2026-03-06 00:00"),
    ]
    assert found[0][1] == said(read(policy(14), *life).due_soon_at)
    assert found[1][1] == said(read(policy(14), *life).due_at)


def test_the_promise_of_2014_is_24_hours_by_the_wall_clock_and_only_while_nobody_touched_it():
    rows, row = LADDER.of_clock(CLOCK.VERIFICATION), policy(3, clock=CLOCK.VERIFICATION)

    waits = dict(reached(rows, row, "2026-02-07 22:30"))
    touched = dict(reached(rows, row, "2026-02-07 22:30", "2026-02-08 22:29 VERIFIED"))

    assert waits["janji-2014"] == "2026-02-08 22:30"  # a Sunday
    assert "janji-2014" not in touched


def test_a_dated_row_may_count_the_promise_in_office_hours_and_what_the_reporter_took_is_not_counted():
    [promise] = [row for row in LADDER.of_clock(CLOCK.VERIFICATION) if row.code == "janji-2014"]
    in_office = ladder_of([promise, replace(promise, unit=UNIT.WORKING_HOURS, amount=7, valid_from=date(2026, 2, 9))])
    row, asked = policy(3, clock=CLOCK.VERIFICATION), ("2026-02-08 10:00 INCOMPLETE", "2026-02-08 12:00 RECEIVED")

    assert reached(in_office.rows, row, "2026-02-07 22:30") == [
        ("janji-2014", "2026-02-08 22:30"),  # by the row that holds on that Sunday
        ("janji-2014", "2026-02-09 15:30"),
    ]
    assert moment(in_office.rows[1], row, "2026-02-07 22:30") == "2026-02-09 15:30"
    assert moment(promise, row, "2026-02-07 22:30", *asked) == "2026-02-09 00:30"


@pytest.mark.parametrize(
    ("unit", "amount", "expected"),
    [
        (UNIT.WORKING_HOURS, 3, "2026-02-03 09:00"),
        (UNIT.WORKING_DAYS, 2, "2026-02-03 00:00"),
        (UNIT.WORKING_DAYS, 14, "2026-02-23 00:00"),
    ],
)
def test_two_working_days_before_is_when_a_clock_is_due_soon(unit, amount, expected):
    row = policy(amount, unit)

    found = moment(rung(-2), row, "2026-02-02 15:30")

    assert found == said(read(row, "2026-02-02 15:30").due_soon_at) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (rung(-1), "2026-02-06 00:00"),
        (rung(-3, UNIT.DAYS), "2026-02-04 00:00"),
        (rung(-4, UNIT.HOURS), "2026-02-06 20:00"),
        (rung(-4, UNIT.WORKING_HOURS), "2026-02-06 11:00"),
        (rung(0), "2026-02-07 00:00"),
        (rung(1), "2026-02-10 00:00"),
        (rung(2, UNIT.DAYS), "2026-02-09 00:00"),
        (rung(5, UNIT.HOURS), "2026-02-07 05:00"),
        (rung(2, UNIT.WORKING_HOURS), "2026-02-09 09:30"),
        (rung(3, from_start=True), "2026-02-06 00:00"),
        (rung(30, UNIT.HOURS, from_start=True), "2026-02-03 15:00"),
    ],
)
def test_every_unit_before_and_after_a_deadline_of_four_working_days(rule, expected):
    # Received on Monday at 09.00: day 4 is Friday, and the deadline Saturday 00.00.
    assert moment(rule, policy(4), "2026-02-02 09:00") == expected


def test_a_clock_that_stops_in_time_reaches_nothing_and_one_that_stops_late_nothing_more():
    in_time = ("2026-02-02 09:00", "2026-02-03 09:00 IN_PROGRESS PUPR", "2026-02-04 09:00 RESOLVED")
    late = ("2026-02-02 09:00", "2026-02-03 09:00 IN_PROGRESS PUPR", "2026-02-10 09:00 RESOLVED")
    rules = [rung(-2, code="a"), rung(0, code="b"), rung(3, code="c")]

    assert reached(rules, policy(4), *in_time) == []
    assert reached(rules, policy(4), *late) == [("a", "2026-02-05 00:00"), ("b", "2026-02-07 00:00")]


def test_after_the_deadline_neither_a_hold_nor_a_question_stops_the_count_but_an_answer_does():
    begun = ("2026-02-02 09:00", "2026-02-03 09:00 IN_PROGRESS PUPR")

    held = moment(rung(3), policy(4), *begun, "2026-02-09 08:00 ON_HOLD until=2026-02-27")
    asked = moment(rung(3), policy(4), *begun, "2026-02-09 08:00 INCOMPLETE")
    answered = moment(rung(3), policy(4), *begun, "2026-02-09 08:00 ANSWERED")
    again = moment(rung(3), policy(4), *begun, "2026-02-09 08:00 ANSWERED", "2026-02-12 08:00 REOPENED")

    # Monday and Tuesday counted before the answer would have been; it came on Monday, so all three days come after.
    assert (held, asked, answered, again) == ("2026-02-12 00:00", "2026-02-12 00:00", None, "2026-02-19 00:00")


def test_a_rung_counts_in_its_statuses_only():
    rule = rung(2, statuses=(TicketStatus.IN_PROGRESS,))
    begun = ("2026-02-02 09:00", "2026-02-02 10:00 DISPATCHED PUPR")

    assert moment(rule, policy(4), *begun) is None
    assert moment(rule, policy(4), *begun, "2026-02-10 09:00 IN_PROGRESS") == "2026-02-12 00:00"


def test_a_moved_deadline_moves_its_rungs_and_rest_moves_both():
    assert moment(rung(3), policy(4), "2026-02-02 09:00", extension=2) == "2026-02-14 00:00"
    rested = ("2026-02-02 09:00", "2026-02-03 09:00 INCOMPLETE", "2026-02-05 09:00 RECEIVED")
    assert moment(rung(0), policy(4), *rested) == "2026-02-11 00:00"
    assert moment(rung(0), policy(4), *rested[:2]) is None


def test_each_answer_begins_the_reporters_ladder_anew():
    row = policy(10, clock=CLOCK.REPORTER_REPLY)
    life = ("2026-02-02 09:00", "2026-02-03 09:00 IN_PROGRESS PUPR", "2026-02-04 09:00 ANSWERED")
    rule = rung(2, clock=CLOCK.REPORTER_REPLY, from_start=True)

    first, second = (
        rungs([rule], row.clock, row, steps(*words), BOOK, WIB)[0]
        for words in (life, (*life, "2026-02-05 09:00 ANSWERED"))
    )

    assert (said(first.at), said(first.life_at)) == ("2026-02-07 00:00", "2026-02-04 09:00")
    assert (said(second.at), said(second.life_at)) == ("2026-02-10 00:00", "2026-02-05 09:00")


def test_a_rung_holds_on_the_day_on_which_it_is_reached():
    ended = rung(0, valid_to=date(2026, 2, 6))
    later = rung(0, valid_from=date(2026, 2, 8))
    today = rung(0, valid_from=date(2026, 2, 7), valid_to=date(2026, 2, 7))

    assert [moment(each, policy(4), "2026-02-02 09:00") for each in (ended, later, today)] == [
        None,
        None,
        "2026-02-07 00:00",
    ]


def test_what_nothing_bounds_has_no_rungs():
    assert moment(rung(24, UNIT.HOURS, from_start=True), policy(0), "2026-02-02 09:00") is None


def test_a_new_row_of_a_code_ends_the_one_before():
    old, new = rung(1), rung(2, valid_from=date(2026, 2, 1))

    assert [(each.amount, each.valid_to) for each in ladder_of([new, old]).rows] == [(1, date(2026, 1, 31)), (2, None)]
