"""A checked change of calendar and policies, and what the rules of a desk are with it (docs/adr/0035). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from services.deadlines.calendar_book import CalendarBook, book_of
from services.deadlines.calendars import Calendar, SpecialDay
from services.deadlines.office_weeks import OfficeWeek, gives_way
from services.deadlines.policies import Policy, PolicyBook, policy_book


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a decree changes: days and policies that it puts in place, days that it takes away, weeks by calendar."""

    legal_basis: str
    days: tuple[SpecialDay, ...] = ()
    removed: tuple[date, ...] = ()
    weeks: tuple[tuple[str, OfficeWeek], ...] = ()
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleBooks:
    """Everything that deadlines are counted by."""

    calendar: CalendarBook
    policies: PolicyBook


def amended(books: RuleBooks, amendment: Amendment) -> RuleBooks:
    """The rules as they are after a change."""
    return RuleBooks(_calendar(books.calendar, amendment), with_policies(books.policies, amendment.policies))


def with_policies(book: PolicyBook, put: Collection[Policy]) -> PolicyBook:
    """The policies with further rows, each in place of the one of its code and day."""
    keys = {(row.code, row.valid_from) for row in put}
    return policy_book([*(row for row in book.rows if (row.code, row.valid_from) not in keys), *put])


def is_same(one: RuleBooks, other: RuleBooks) -> bool:
    """Whether two books hold the same rows."""
    return _rows(one) == _rows(other)


def _calendar(book: CalendarBook, amendment: Amendment) -> CalendarBook:
    put = {(each.day, each.calendar_code) for each in amendment.days}
    kept = [
        each for each in book.days if each.day not in amendment.removed and (each.day, each.calendar_code) not in put
    ]
    calendars = [
        _with_weeks(calendar, [week for code, week in amendment.weeks if code == calendar.code])
        for calendar in book.calendars
    ]
    return book_of(calendars, [*kept, *amendment.days])


def _with_weeks(calendar: Calendar, decreed: Iterable[OfficeWeek]) -> Calendar:
    weeks = list(calendar.weeks)
    for each in decreed:
        weeks = [*(week for week in weeks if not gives_way(week, each)), each]
    return replace(calendar, weeks=tuple(sorted(weeks, key=lambda week: week.valid_from)))


def _rows(books: RuleBooks) -> tuple[object, ...]:
    calendars = [(each.code, each.weeks) for each in books.calendar.calendars]
    return calendars, set(books.calendar.days), set(books.policies.rows)
