"""Office hours that somebody decrees, checked (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.core import validation
from services.deadline_rules.commands import GivenWeek, GivenWindow
from services.deadline_rules.fields import Fields
from services.deadlines.office_weeks import (
    MINUTES_OF_A_DAY,
    OfficeWeek,
    OfficeWindow,
    begins_within,
    gives_way,
    minutes,
)

MOST_WINDOWS = 70  # of a week: ten stretches a day; our choice


def checked_weeks(fields: Fields, given: Sequence[GivenWeek], basis: str) -> tuple[tuple[str, OfficeWeek], ...]:
    """The weeks with the codes of their calendars; what is wrong with them is kept."""
    found = [(code, week) for index, each in enumerate(given) for code, week in _week(fields, each, basis, index)]
    if len(found) == len(given):
        _check_beside(fields, found)
    return tuple(found)


def _week(fields: Fields, given: GivenWeek, basis: str, index: int) -> Iterator[tuple[str, OfficeWeek]]:
    """The week, where its code and hours can be read."""
    at = ("weeks", str(index))
    code = fields.code(fields.calendar_codes, given.calendar_code, *at, "calendarCode")
    name = fields.checks(validation.line, given.name, validation.NAME_LIMIT, *fields.path(*at, "name"))
    fields.span(given.valid_from, given.valid_to, *at)
    windows = _windows(fields, given.windows, *at)
    if code is not None and windows:
        yield code, OfficeWeek(name, given.valid_from, given.valid_to, windows, basis)


def _windows(fields: Fields, given: Sequence[GivenWindow], *at: str) -> tuple[OfficeWindow, ...]:
    if not given:
        fields.wrong("WEEK_WITHOUT_HOURS", *at, "windows")
    if len(given) > MOST_WINDOWS:
        fields.wrong("TOO_MANY_ROWS", *at, "windows", limit=MOST_WINDOWS)
        return ()
    read = [(index, _window(fields, each, *at, "windows", str(index))) for index, each in enumerate(given)]
    found = sorted(((window, index) for index, window in read if window is not None), key=_opens)
    for (one, _), (other, index) in pairwise(found):
        if one.weekday == other.weekday and other.opens < one.closes:
            fields.wrong("WINDOWS_OVERLAP", *at, "windows", str(index), one=str(one), other=str(other))
    return tuple(window for window, _ in found)


def _window(fields: Fields, given: GivenWindow, *at: str) -> OfficeWindow | None:
    """One stretch of office time; None where it can not be read."""
    opens, closes = _minute(fields, given.opens, *at, "opens"), _minute(fields, given.closes, *at, "closes")
    if not 1 <= given.weekday <= 7:
        fields.wrong("NO_WEEKDAY", *at, "weekday")
        return None
    if opens is None or closes is None:
        return None
    if opens == MINUTES_OF_A_DAY:
        fields.wrong("BAD_TIME", *at, "opens")
        return None
    if closes <= opens:
        fields.wrong("CLOSES_BEFORE_IT_OPENS", *at, "closes")
        return None
    return OfficeWindow(given.weekday, opens, closes)


def _minute(fields: Fields, text: str, *at: str) -> int | None:
    try:
        return minutes(text.strip())
    except ValueError:
        fields.wrong("BAD_TIME", *at)
        return None


def _check_beside(fields: Fields, found: Sequence[tuple[str, OfficeWeek]]) -> None:
    """Keep where weeks of one calendar hold at the same time: of those given, and of those that stand."""
    stands = {each.code: each.weeks for each in fields.reference.calendar.calendars}
    for index, (code, week) in enumerate(found):
        others = [each for of, each in found[:index] if of == code]
        left = [each for each in stands[code] if not any(gives_way(each, new) for of, new in found if of == code)]
        clash = [each for each in others if _clash(each, week)]
        clash += [each for each in left if week.valid_to is not None and begins_within(each, week)]
        if clash:
            fields.wrong("WEEKS_OVERLAP", "weeks", str(index), "validFrom", one=week.name, other=clash[0].name)


def _clash(one: OfficeWeek, other: OfficeWeek) -> bool:
    """Whether of two weeks of one decree nobody can tell which holds."""
    first, last = sorted((one, other), key=lambda week: week.valid_from)
    if first.valid_from == last.valid_from:
        return True
    return first.valid_to is not None and begins_within(last, first)


def _opens(found: tuple[OfficeWindow, int]) -> tuple[int, int, int]:
    window = found[0]
    return window.weekday, window.opens, window.closes
