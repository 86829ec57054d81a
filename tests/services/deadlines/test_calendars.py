"""One calendar: its office hours of weeks and of Ramadan, and days that differ."""

from __future__ import annotations

from datetime import date

import pytest

from models.calendars import DayKind
from services.deadlines.calendars import Calendar, NoWorkingDay, SpecialDay
from services.deadlines.office_weeks import OfficeWeek, OfficeWindow, minutes, week_problems, window_problems
from services.master_data.cities import load_city
from tests.root import ROOT

DESK, ALWAYS = load_city(ROOT / "cities" / "kediri").calendar.calendars


def hours(calendar, day):
    return [str(window) for window in calendar.windows(date.fromisoformat(day))]


def with_days(calendar, *days):
    made = {day.day: day for day in days}
    return Calendar(
        calendar.code, calendar.name, calendar.always, calendar.desk, calendar.agency_codes, calendar.weeks, made
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-02-18", ["07:30-12:00", "13:00-16:00"]),  # Wednesday, the day before Ramadan
        ("2026-02-19", ["08:00-12:00", "12:30-15:00"]),
        ("2026-02-20", ["08:00-11:30", "12:30-15:30"]),
        ("2026-02-21", []),
        ("2026-03-27", ["07:30-11:30", "13:00-16:30"]),
        ("2025-02-28", ["07:30-11:30", "13:00-16:30"]),
        ("2025-03-03", ["08:00-12:00", "12:30-15:00"]),
        ("2024-03-12", ["08:00-12:00", "12:30-15:00"]),
        ("2010-03-01", ["07:30-12:00", "13:00-16:00"]),  # before the first week
    ],
)
def test_office_hours_of_kediri(day, expected):
    assert hours(DESK, day) == expected


@pytest.mark.parametrize(("day", "total"), [("2026-02-02", 2250), ("2026-02-23", 1950)])
def test_a_week_has_the_hours_of_the_decree(day, total):
    first = date.fromisoformat(day).toordinal()
    week = [DESK.windows(date.fromordinal(first + number)) for number in range(7)]

    assert sum(window.closes - window.opens for windows in week for window in windows) == total


def test_who_never_closes_works_on_days_off_unless_they_are_its_own():
    day = date(2026, 5, 1)
    of_all = SpecialDay(day, DayKind.HOLIDAY, "Hari Buruh", "SKB")
    own = SpecialDay(day, DayKind.LOCAL, "Tutup", "SK", calendar_code="SELALU")

    assert hours(with_days(ALWAYS, of_all), "2026-05-01") == ["00:00-24:00"]
    assert hours(with_days(ALWAYS, own), "2026-05-01") == []
    assert hours(with_days(DESK, of_all), "2026-05-01") == []
    assert with_days(DESK, of_all).day_off(day) is of_all
    assert with_days(ALWAYS, of_all).day_off(day) is None


def test_a_day_off_on_a_weekend_is_no_day_off():
    saturday = SpecialDay(date(2026, 8, 15), DayKind.HOLIDAY, "Libur", "SKB")

    assert with_days(DESK, saturday).day_off(saturday.day) is None


def test_a_worked_saturday_has_the_hours_of_a_monday():
    saturday = SpecialDay(date(2026, 8, 15), DayKind.WORKING, "Pengganti", "SKB")

    assert hours(with_days(DESK, saturday), "2026-08-15") == ["07:30-12:00", "13:00-16:00"]
    assert with_days(DESK, saturday).after(date(2026, 8, 14), 1) == date(2026, 8, 15)
    assert with_days(DESK, saturday).before(date(2026, 8, 17)) == date(2026, 8, 15)


def test_a_calendar_without_a_day_at_work_is_told_instead_of_counted_for_ever():
    idle = Calendar(weeks=(OfficeWeek("Tutup", date(2020, 1, 1), None, (), "SK"),))

    with pytest.raises(NoWorkingDay):
        idle.after(date(2026, 3, 2), 1)
    with pytest.raises(NoWorkingDay):
        idle.before(date(2026, 3, 2))


@pytest.mark.parametrize(
    "text", ["24:01", "7:30", "07:60", "0730", "", "07:3O", "-1:30", "07:30:00", "\u0660\u0667:30"]
)
def test_what_is_no_time_of_a_day(text):
    with pytest.raises(ValueError, match=r"^"):
        minutes(text)


def test_a_day_ends_at_24():
    assert (minutes("00:00"), minutes("24:00")) == (0, 1440)


def test_hours_that_overlap_are_named():
    windows = [
        OfficeWindow(1, 450, 720),
        OfficeWindow(1, 719, 800),
        OfficeWindow(2, 450, 720),
        OfficeWindow(2, 720, 800),
    ]

    assert list(window_problems(windows)) == ["weekday 1: 07:30-12:00 and 11:59-13:20 overlap"]
    assert list(window_problems([OfficeWindow(8, 500, 500)])) == [
        "weekday 8 is not 1 (Monday) to 7",
        "weekday 8: 08:20-08:20 does not open before it closes",
    ]
    assert list(window_problems([])) == ["a week without any office hours"]


def test_weeks_that_overlap_are_named():
    def week(name, since, until):
        return OfficeWeek(name, date.fromisoformat(since), until and date.fromisoformat(until), (), "")

    weeks = [
        week("biasa", "2020-01-01", None),
        week("satu", "2026-02-01", "2026-03-01"),
        week("dua", "2026-03-01", "2026-03-20"),
        week("lalu", "2025-02-01", "2025-01-31"),
        week("sama", "2020-01-01", None),
    ]

    assert list(week_problems(weeks)) == [
        "the week lalu from 2025-02-01 ends before it begins",
        "the week biasa from 2020-01-01 and the week sama from 2020-01-01 begin on the same day",
        "the week satu from 2026-02-01 and the week dua from 2026-03-01 overlap",
    ]
