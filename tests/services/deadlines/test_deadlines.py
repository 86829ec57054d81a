"""Deadlines in working days: golden vectors of Indonesia's calendar, and rules that change by date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models import DeadlineRule
from models.calendars import DayKind
from models.enums import Classification
from services.deadlines.calendars import Calendar, calendar_of
from services.deadlines.days_off import library_days
from services.deadlines.deadlines import DatedRule
from services.deadlines.rows.calendars import sync_rules

YEARS = range(2022, 2028)
FULL = calendar_of(library_days(YEARS))
NATIONAL = calendar_of(day for day, each in library_days(YEARS).items() if each.kind is not DayKind.JOINT_LEAVE)
COMPLAINT = DatedRule(Classification.COMPLAINT, 5, date(2020, 1, 1), "SK lama")
SHORTER = DatedRule(Classification.COMPLAINT, 3, date(2026, 3, 10), "SK baru")
VERIFYING = DatedRule(None, 3, date(2020, 1, 1), "SP4N")


@pytest.mark.parametrize(
    ("received", "days", "weekdays", "national", "right"),
    [
        ("2022-07-20", 14, "2022-08-09", "2022-08-09", "2022-08-09"),
        ("2022-07-20", 60, "2022-10-12", "2022-10-13", "2022-10-13"),
        ("2024-04-03", 5, "2024-04-10", "2024-04-12", "2024-04-18"),
        ("2024-04-03", 14, "2024-04-23", "2024-04-25", "2024-05-02"),
        ("2025-03-26", 3, "2025-03-31", "2025-04-02", "2025-04-09"),
        ("2026-03-16", 5, "2026-03-23", "2026-03-24", "2026-03-30"),
        ("2025-12-22", 5, "2025-12-29", "2025-12-30", "2025-12-31"),
    ],
)
def test_golden_vectors(received, days, weekdays, national, right):
    start = date.fromisoformat(received)

    assert Calendar().after(start, days).isoformat() == weekdays
    assert NATIONAL.after(start, days).isoformat() == national
    assert FULL.after(start, days).isoformat() == right


@pytest.mark.parametrize(("year", "working"), [(2022, 246), (2023, 239), (2024, 238), (2025, 237), (2026, 240)])
def test_working_days_of_a_year(year, working):
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))

    assert sum(FULL.is_working(day) for day in days if day.year == year) == working


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-03-16", "2026-03-16", 0),
        ("2026-03-16", "2026-03-17", 1),
        ("2026-03-16", "2026-03-30", 5),  # Nyepi and Idulfitri with their cuti bersama lie between
        ("2026-03-30", "2026-03-16", -5),
        ("2026-03-06", "2026-03-08", 0),  # from Friday to Sunday
        ("2026-03-06", "2026-03-09", 1),
    ],
)
def test_working_days_between_two_days_count_the_last_one_only(first, last, days):
    assert FULL.between(date.fromisoformat(first), date.fromisoformat(last)) == days


@pytest.mark.parametrize("days", [1, 3, 5, 14, 60])
def test_so_many_working_days_lie_between_receipt_and_deadline(days):
    for number in range(120):
        received = date(2026, 2, 1) + timedelta(days=number)

        assert FULL.between(received, FULL.after(received, days)) == days


async def test_what_the_release_before_counts_by_becomes_that_of_the_folder(database):
    await sync_rules(database, [COMPLAINT, VERIFYING])

    changed, gone = await sync_rules(database, [COMPLAINT, SHORTER])

    assert (changed, gone) == ([SHORTER], [VERIFYING])
    rows = await DeadlineRule.all()
    assert {(row.classification, row.working_days, row.valid_from) for row in rows} == {
        (Classification.COMPLAINT, 5, date(2020, 1, 1)),
        (Classification.COMPLAINT, 3, date(2026, 3, 10)),
    }
