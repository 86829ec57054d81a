"""The moment at which so much has counted, by the sums of years and day by day."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from models.enums import DeadlineUnit
from services.deadlines.calendars import STANDARD_WEEK, Calendar, NoWorkingDay, OfficeWeek
from services.deadlines.units import HOUR, MICROSECOND, Counter
from tests.services.deadlines.lives import BOOK, WIB, at


def day_by_day(counter, calendar, start, end, need):
    """The same moment without any sum."""
    for moment, number in counter._parts(calendar, start, end):
        if number >= need:
            return moment if counter.of_days else moment - (number - need) * MICROSECOND
        need -= number
    return None


@pytest.mark.parametrize("unit", DeadlineUnit)
def test_the_sums_of_years_find_the_moment_that_days_one_by_one_do(unit):
    rng = random.Random(str(unit))
    for _ in range(150):
        calendar, start = rng.choice(BOOK.calendars), at("2022-01-01 00:00") + rng.random() * timedelta(days=2_000)
        counter = Counter(unit, start.date(), WIB)
        need = counter.whole(rng.choice([1, 2, 5, 60])) - (0 if counter.of_days else rng.randrange(HOUR))
        end = rng.choice([None, start + rng.random() * timedelta(days=30)])

        found = counter.moment(calendar, start, end, need)

        assert found == day_by_day(counter, calendar, start, end, need), (calendar.code, start, end, need)
        assert found is None or counter.count(calendar, start, found) == need


@pytest.mark.parametrize("unit", [DeadlineUnit.WORKING_DAYS, DeadlineUnit.WORKING_HOURS])
def test_years_in_which_nobody_works_are_looked_through_day_by_day(unit):
    shut = OfficeWeek("Tutup", date(2026, 1, 1), date(2028, 12, 31), (), "SK uji")
    counter = Counter(unit, date(2025, 12, 30), WIB)
    start, need = at("2025-12-30 12:00"), counter.whole(20)

    found = counter.moment(Calendar(weeks=(STANDARD_WEEK, shut)), start, None, need)

    assert found.year == 2029
    for_long = OfficeWeek("Tutup", date(2026, 1, 1), date(2037, 12, 31), (), "SK uji")
    with pytest.raises(NoWorkingDay):
        counter.moment(Calendar(weeks=(STANDARD_WEEK, for_long)), start, None, need)
