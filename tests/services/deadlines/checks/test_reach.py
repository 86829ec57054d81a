"""Which rows ask for more office time than a calendar ever has, and by which calendars they may be counted at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models.enums import ClockKind, DeadlineUnit, EscalationLevel
from services.deadlines.calendar_book import book_of
from services.deadlines.checks.reach import out_of_reach, wanted_of
from services.deadlines.escalation.rules import NO_LADDER, EscalationRule, ladder_of
from services.deadlines.office_weeks import OfficeWeek, OfficeWindow
from services.deadlines.policies import policy_book
from tests.services.deadlines.lives import BOOK, CITY, policy

HOURS, C = DeadlineUnit.WORKING_HOURS, ClockKind
MINUTE = OfficeWeek("Semenit", date(2027, 1, 1), None, (OfficeWindow(1, 480, 481),), "SK")
DESK, ALWAYS = CITY.calendar.calendars
SCARCE = replace(ALWAYS, always=False, weeks=(MINUTE,), agency_codes=("BPBD",))


def named(policies, calendars, ladder=NO_LADDER):
    found = out_of_reach(book_of(calendars, BOOK.days), wanted_of(policy_book(policies), ladder))
    return [(each.wanted.code, each.calendar_code, each.week) for each in found]


def test_all_of_kediri_is_reached():
    assert named(CITY.deadlines, (DESK, ALWAYS), ladder_of(CITY.escalations)) == []


@pytest.mark.parametrize(
    ("row", "calendars"),
    [
        (policy(100, HOURS), ["SELALU"]),
        (policy(10, HOURS, extension=9, extensions=10), ["SELALU"]),
        (policy(20, HOURS), []),  # some 23 hours are 1,400 minutes
        (policy(100, HOURS, clock=C.VERIFICATION), []),  # the desk's alone
        (policy(100, HOURS, agency_code="BPBD"), ["SELALU"]),
        (policy(100, HOURS, agency_code="PUPR"), []),
        (policy(100, DeadlineUnit.HOURS), []),
        (policy(1_000, DeadlineUnit.DAYS), []),
        (policy(0), []),
    ],
)
def test_what_a_minute_a_week_never_reaches_is_named_by_the_calendars_that_may_count_it(row, calendars):
    assert named([row], (DESK, SCARCE)) == [(row.code, code, "Semenit") for code in calendars]


def test_rungs_of_the_ladder_are_looked_at_too():
    rung = EscalationRule("naik", C.RESOLUTION, EscalationLevel.LEADER, -100, HOURS, date(2014, 1, 1), "SK")

    assert named([], (DESK, SCARCE), ladder_of([rung])) == [("naik", "SELALU", "Semenit")]


def test_a_week_that_ends_is_no_fault_where_usual_hours_follow():
    short = replace(MINUTE, valid_to=date(2027, 3, 1))

    assert named([policy(100, HOURS)], (replace(DESK, weeks=(*DESK.weeks, short)),)) == []
