"""What is wrong with the calendars and dated rules of a desk, one line each, whoever wrote them. Pure.

Source: docs/adr/0035.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from services.deadlines.calendar_book import CalendarBook
from services.deadlines.calendars import Calendar
from services.deadlines.checks.reach import out_of_reach, wanted_of
from services.deadlines.escalation.rules import Ladder
from services.deadlines.office_weeks import OfficeWeek, begins_within, named, window_problems
from services.deadlines.policies import PolicyBook, contradictions


def rule_problems(book: CalendarBook, policies: PolicyBook, ladder: Ladder, agencies: Collection[str]) -> Iterator[str]:
    """Rows that nobody can count by, or that tie; agencies are the codes of all that there are."""
    for calendar in book.calendars:
        yield from (f"calendar {calendar.code}: {problem}" for problem in _of_calendar(calendar, agencies))
    yield from (f"policy {code} {problem}" for code, problem in contradictions(policies.rows))
    yield from (str(each) for each in out_of_reach(book, wanted_of(policies, ladder)))


def hidden_decrees(calendars: Iterable[Calendar], decreed: Mapping[str, Sequence[OfficeWeek]]) -> Iterator[str]:
    """Weeks without an end that begin while a decreed one lasts, and so would hold in its place."""
    for calendar in calendars:
        for one in decreed.get(calendar.code, ()):
            for other in calendar.weeks:
                if one.valid_to is not None and other.valid_to is None and begins_within(other, one):
                    yield f"calendar {calendar.code}: {named(other)} begins while {named(one)}, which is decreed, lasts"


def _of_calendar(calendar: Calendar, agencies: Collection[str]) -> Iterator[str]:
    for code in calendar.agency_codes:
        if code not in agencies:
            yield f"there is no agency {code}"
    for week in calendar.weeks:
        yield from (f"{named(week)}: {problem}" for problem in window_problems(week.windows))
