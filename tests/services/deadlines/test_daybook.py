"""A deadline day by day: what counts adds up to the segments, and every other day says why it does not."""

from __future__ import annotations

import pytest

from models.enums import DeadlineUnit
from services.deadlines.daybook import Why, day_lines
from tests.services.deadlines.lives import BOOK, WIB, policy, read

W = Why


def lines(reading):
    return [(each.day.isoformat()[5:], each.why, each.counted) for each in day_lines(reading, BOOK, WIB)]


def test_every_day_of_a_week_with_holidays():
    assert lines(read(policy(2), "2026-03-17 10:00")) == [
        ("03-17", W.START, 0),
        ("03-18", W.DAY_OFF, 0),
        ("03-19", W.DAY_OFF, 0),
        ("03-20", W.DAY_OFF, 0),
        ("03-21", W.WEEKDAY_OFF, 0),
        ("03-22", W.WEEKDAY_OFF, 0),
        ("03-23", W.DAY_OFF, 0),
        ("03-24", W.DAY_OFF, 0),
        ("03-25", W.COUNTED, 1),
        ("03-26", W.COUNTED, 1),
    ]


def test_hours_of_each_day_and_days_on_which_a_clock_rests():
    found = read(
        policy(3, DeadlineUnit.WORKING_HOURS),
        "2026-02-02 15:00",
        "2026-02-03 08:30 INCOMPLETE",
        "2026-02-05 16:30 VERIFIED",
    )

    assert lines(found) == [
        ("02-02", W.COUNTED, 3600),
        ("02-03", W.COUNTED, 3600),
        ("02-04", W.RESTS, 0),
        ("02-05", W.OUTSIDE, 0),
        ("02-06", W.COUNTED, 3600),
    ]


@pytest.mark.parametrize("unit", list(DeadlineUnit))
def test_days_add_up_to_the_segments(unit):
    found = read(
        policy(9, unit),
        "2026-02-17 15:20",
        "2026-02-18 23:59 DISPATCHED BPBD",
        "2026-02-20 00:00 ON_HOLD until=2026-02-22",
        "2026-02-25 10:07 IN_PROGRESS DISHUB",
    )

    told = list(day_lines(found, BOOK, WIB))

    assert sum(each.counted for each in told) == sum(each.days + each.seconds for each in found.segments)
    assert told[-1].so_far == found.used + found.left
