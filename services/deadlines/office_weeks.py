"""Office hours of a week, from a day on: their minutes, and what is wrong with them (docs/adr/0027, 0035). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OfficeWindow:
    """One stretch of office time of a weekday (1 is Monday), in minutes of the day; closes is at most 24 * 60."""

    weekday: int
    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{clock(self.opens)}-{clock(self.closes)}"


@dataclass(frozen=True, slots=True)
class OfficeWeek:
    """Office hours from valid_from on, to valid_to or until another week begins."""

    name: str
    valid_from: date
    valid_to: date | None
    windows: tuple[OfficeWindow, ...]
    legal_basis: str

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def of_weekday(self, weekday: int) -> tuple[OfficeWindow, ...]:
        return tuple(window for window in self.windows if window.weekday == weekday)


def _windows(hours: Mapping[tuple[int, ...], tuple[tuple[str, str], ...]]) -> tuple[OfficeWindow, ...]:
    return tuple(
        OfficeWindow(weekday, minutes(opens), minutes(closes))
        for weekdays, spans in hours.items()
        for weekday in weekdays
        for opens, closes in spans
    )


def minutes(text: str) -> int:
    """Minutes of the day of `HH:MM`, up to `24:00`; raises ValueError."""
    hours, _, rest = text.partition(":")
    if not (len(hours) == len(rest) == 2 and (hours + rest).isascii() and (hours + rest).isdigit()):
        raise ValueError(text)
    found = int(hours) * 60 + int(rest)
    if int(rest) > 59 or found > MINUTES_OF_A_DAY:
        raise ValueError(text)
    return found


def clock(minute: int) -> str:
    """`HH:MM` of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


# Of a city whose folder has no calendar. Perpres 21/2023 ps. 4 gives the sum, the start and the length of breaks; where
# the breaks lie is our choice.
STANDARD_WEEK = OfficeWeek(
    "Jam kerja",
    date(2014, 1, 1),
    None,
    _windows(
        {
            (1, 2, 3, 4): (("07:30", "12:00"), ("13:00", "16:00")),
            (5,): (("07:30", "11:30"), ("13:00", "16:30")),
        }
    ),
    "Perpres 21/2023 ps. 4",
)


def begins(week: OfficeWeek) -> date:
    return week.valid_from


def window_problems(windows: Iterable[OfficeWindow]) -> Iterator[str]:
    """What is wrong with the hours of a week, each with its weekday."""
    found = sorted(windows, key=lambda window: (window.weekday, window.opens, window.closes))
    if not found:
        yield "a week without any office hours"
    for window in found:
        if not 1 <= window.weekday <= 7:
            yield f"weekday {window.weekday} is not 1 (Monday) to 7"
        if not 0 <= window.opens < window.closes <= MINUTES_OF_A_DAY:
            yield f"weekday {window.weekday}: {window} does not open before it closes"
    for one, other in pairwise(found):
        if one.weekday == other.weekday and other.opens < one.closes:
            yield f"weekday {one.weekday}: {one} and {other} overlap"


def week_problems(weeks: Iterable[OfficeWeek]) -> Iterator[str]:
    """What is wrong with the weeks of one calendar beside each other, each by name and first day."""
    found = sorted(weeks, key=begins)
    for week in found:
        if week.valid_to is not None and week.valid_to < week.valid_from:
            yield f"{named(week)} ends before it begins"
    for one, other in pairwise(found):
        if one.valid_from == other.valid_from:
            yield f"{named(one)} and {named(other)} begin on the same day"
    bounded = [week for week in found if week.valid_to is not None]
    for one, other in pairwise(bounded):
        if one.valid_from < other.valid_from <= (one.valid_to or date.max):
            yield f"{named(one)} and {named(other)} overlap"


def gives_way(week: OfficeWeek, decreed: OfficeWeek) -> bool:
    """Whether a week of the same calendar stands no more beside one that was decreed.

    So does one that begins on the same day, or within it and ends; one that began before holds again after it.
    """
    if week.valid_from == decreed.valid_from:
        return True
    return decreed.valid_to is not None and week.valid_to is not None and begins_within(week, decreed)


def begins_within(week: OfficeWeek, other: OfficeWeek) -> bool:
    """Whether a week begins while another one lasts."""
    return other.valid_from < week.valid_from <= (other.valid_to or date.max)


def named(week: OfficeWeek) -> str:
    return f"the week {week.name} from {week.valid_from}"
