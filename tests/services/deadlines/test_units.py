"""The moment at which so much has counted, beside the count up to it."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from models.enums import DeadlineUnit
from services.deadlines.calendars import STANDARD_WEEK, Calendar, NoWorkingDay, OfficeWeek
from services.deadlines.units import HOUR, MICROSECOND, Counter
from tests.services.deadlines.lives import BOOK, WIB, at


@pytest.mark.parametrize("unit", DeadlineUnit)
def test_a_moment_is_the_first_at_which_so_much_has_counted(unit):
    rng = random.Random(str(unit))
    for _ in range(150):
        calendar, start = rng.choice(BOOK.calendars), at("2022-01-01 00:00") + rng.random() * timedelta(days=2_000)
        counter = Counter(unit, start.date(), WIB)
        need = counter.whole(rng.choice([1, 2, 5, 60])) - (0 if counter.of_days else rng.randrange(HOUR))

        found = counter.moment(calendar, start, need)

        assert counter.count(calendar, start, found) == need, (calendar.code, start)
        assert counter.count(calendar, start, found - MICROSECOND) == need - 1, (calendar.code, start)


@pytest.mark.parametrize("unit", [DeadlineUnit.WORKING_DAYS, DeadlineUnit.WORKING_HOURS])
def test_years_in_which_nobody_works_are_passed_over_unless_they_are_too_many(unit):
    shut = OfficeWeek("Tutup", date(2026, 1, 1), date(2028, 12, 31), (), "SK uji")
    counter = Counter(unit, date(2025, 12, 30), WIB)
    start, need = at("2025-12-30 12:00"), counter.whole(20)

    found = counter.moment(Calendar(weeks=(STANDARD_WEEK, shut)), start, need)

    assert found.year == 2029
    for_long = OfficeWeek("Tutup", date(2026, 1, 1), date(2037, 12, 31), (), "SK uji")
    with pytest.raises(NoWorkingDay):
        counter.moment(Calendar(weeks=(STANDARD_WEEK, for_long)), start, need)
