"""What decides alone when and how a case comes in: the week, days off, months, and the flags of delicate topics."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from models.enums import Channel
from services.simulation.day.rhythm import Load, is_working_day
from services.simulation.forms import Citizens, visible_to_all
from services.simulation.scenario import load_scenario
from tests.root import ROOT

WIB = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 2, 4, 12, 0, tzinfo=WIB)
DAYS = [date(2026, 2, day) for day in range(2, 9)]  # from Monday to Sunday


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(ROOT / "cities" / "kediri")


@pytest.fixture
def rhythm(scenario):
    """Ten reports on a full day; half of them on Saturdays, a fifth on Sundays."""
    return replace(scenario.rhythm, reports={Load.QUIET: (10, 10)}, weekdays=(1.0, 1.2, 1.0, 1.0, 1.0, 0.5, 0.2))


def test_the_day_of_the_week_says_how_much_comes_in_and_never_more_than_the_load(rhythm):
    assert [rhythm.count(Random(1), day, Load.QUIET) for day in DAYS] == [10, 10, 10, 10, 10, 5, 2]
    assert rhythm.least(Load.QUIET) == 2


def test_what_is_spread_over_past_days_keeps_the_week(rhythm):
    mondays = replace(rhythm, weekdays=(1.0, 0, 0, 0, 0, 0, 0))

    moments = mondays.spread(Random(1), datetime(2026, 2, 8, 5, 0, tzinfo=UTC), 20, 50, WIB)

    assert {moment.astimezone(WIB).weekday() for moment in moments} == {0}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 6), True),  # a Friday
        (date(2026, 2, 7), False),
        (date(2026, 2, 8), False),
        (date(2026, 2, 17), False),  # Imlek, a Tuesday
        (date(2026, 12, 25), False),  # a Friday
        (date(2026, 12, 28), True),
    ],
)
def test_offices_are_closed_on_weekends_and_days_off(scenario, day, works):
    at = datetime(day.year, day.month, day.day, 10, 0, tzinfo=WIB)
    opens = scenario.rhythm.office_time(Random(1), at, WIB)

    assert (is_working_day(day), scenario.rhythm.is_open(at), opens == at) == (works, works, works)
    assert scenario.rhythm.factor(Channel.LETTER, None, at) == float(works)
    assert is_working_day(opens.astimezone(WIB).date())


def test_a_case_of_some_months_comes_in_these_and_in_no_other(scenario):
    seasonal = [template for template in scenario.templates if template.months]
    assert len(seasonal) >= 4

    for month in range(1, 13):
        scenario.draw(Random(1), datetime(2026, month, 4, 12, 0, tzinfo=WIB))
        table = scenario.tables[(scenario.rhythm.is_open(datetime(2026, month, 4, 12, 0, tzinfo=WIB)), 12, month)]
        drawn = {template.code for template, _ in table.items}
        assert drawn >= {each.code for each in seasonal if month in each.months} - unheard(scenario)
        assert not drawn & {each.code for each in seasonal if month not in each.months}


def unheard(scenario):
    """Cases that nobody tells at noon."""
    return {each.code for each in scenario.templates if each.hours and not scenario.rhythm.rhythms[each.hours][12]}


@pytest.mark.parametrize(
    ("flags", "shown"),
    [((100, 0), (True, False)), ((0, 100), (False, True)), ((0, 0), (False, False)), ((100, 100), (True, True))],
)
def test_the_flags_of_a_case_are_its_own_and_always_asked(scenario, flags, shown):
    quiet = replace(scenario, anonymous=50, confidential=50)
    forms, case = Citizens(quiet, Random(1)), next(each for each in scenario.templates if each.flags is not None)
    delicate = replace(case, flags=flags)

    drawn = Counter(
        (form.anonymous, form.confidential)
        for _ in range(200)
        for form in [forms._form(delicate, Channel.SURGA_WEB, NOON)]
    )

    assert set(drawn) == {shown}


def test_a_delicate_case_is_never_told_again_by_others(scenario):
    case = next(each for each in scenario.templates if each.flags is not None)
    form = Citizens(scenario, Random(1))._form(replace(case, flags=(0, 0), place="road"), Channel.SURGA_WEB, NOON)

    assert (visible_to_all(form), visible_to_all(replace(form, template=replace(form.template, flags=None)))) == (
        False,
        True,
    )


def test_who_has_no_name_to_tell_leaves_none(scenario):
    case = next(each for each in scenario.templates if each.flags is not None)
    forms = Citizens(scenario, Random(1))

    named = [forms._form(replace(case, flags=(100, 0)), Channel.SURGA_WEB, NOON).reporter_name for _ in range(50)]

    assert set(named) == {None}
