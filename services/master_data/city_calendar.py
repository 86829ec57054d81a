"""A city's calendar.yaml: its office hours by calendar and week, and the days that it decrees itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from models.calendars import DayKind
from services.deadlines.calendars import Calendar, SpecialDay
from services.deadlines.office_weeks import OfficeWeek, OfficeWindow, minutes, week_problems, window_problems
from services.master_data.city_entries import Entry, Problems, entries

FILE = "calendar.yaml"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class CityCalendar:
    """What the folder says of office hours; a city that says nothing has neither."""

    calendars: tuple[Calendar, ...] = ()
    days: tuple[SpecialDay, ...] = ()


def read_calendar(raw: Any, problems: Problems, sources: frozenset[str], agencies: Iterable[str]) -> CityCalendar:
    """Calendars and days of the file; whatever is wrong is a line of problems with its entry."""
    head = Entry(FILE, "the file", raw, problems, sources)
    found = CityCalendar(
        tuple(_calendars(entries(FILE, head.listed("calendars"), problems, sources), problems)),
        tuple(_days(entries(FILE, head.listed("days"), problems, sources, label="day"))),
    )
    head.finish()
    _check(found, problems, frozenset(agencies))
    return found


def _calendars(found: Iterator[Entry], problems: Problems) -> Iterator[Calendar]:
    for entry in found:
        code = entry.text("code", limit=64)
        weeks = tuple(sorted(_weeks(entry), key=lambda week: week.valid_from))
        for problem in week_problems(weeks):
            problems.add(FILE, f"entry {code}", problem)
        if not weeks:
            entry.wrong("has no weeks")
        yield Calendar(
            code=code,
            name=entry.text("name", limit=200),
            always=entry.flag("always"),
            desk=entry.flag("desk"),
            agency_codes=tuple(sorted(map(str, entry.listed("agencies")))),
            weeks=weeks,
        )
        entry.finish()


def _weeks(calendar: Entry) -> Iterator[OfficeWeek]:
    for entry in calendar.children("weeks", label="name"):
        windows = tuple(_windows(entry))
        for problem in window_problems(windows):
            entry.wrong(problem)
        yield OfficeWeek(
            name=entry.text("name", limit=200),
            valid_from=entry.day("valid_from"),
            valid_to=entry.optional_day("valid_to"),
            windows=tuple(sorted(windows, key=lambda window: (window.weekday, window.opens))),
            legal_basis=entry.text("legal_basis", limit=300),
        )
        entry.finish()


def _windows(week: Entry) -> Iterator[OfficeWindow]:
    """The hours of a week: lines such as {days: Mon-Thu, hours: ["07:30-12:00", "13:00-16:00"]}."""
    for line in week.listed("windows"):
        given = line if isinstance(line, dict) and set(line) == {"days", "hours"} else None
        hours = given["hours"] if given and isinstance(given["hours"], list) else None
        weekdays = _weekdays(str(given["days"])) if given else ()
        if not weekdays or hours is None:
            week.wrong(f"windows {line!r} must be such as {{days: Mon-Thu, hours: ['07:30-12:00', '13:00-16:00']}}")
            continue
        for span in hours:
            yield from _of_days(week, weekdays, str(span))


def _of_days(week: Entry, weekdays: Iterable[int], span: str) -> Iterator[OfficeWindow]:
    opens, _, closes = span.partition("-")
    try:
        found = minutes(opens), minutes(closes)
    except ValueError:
        week.wrong(f"hours {span!r} must be such as '07:30-12:00', up to 24:00, in quotation marks")
        return
    for weekday in weekdays:
        yield OfficeWindow(weekday, *found)


def _weekdays(text: str) -> tuple[int, ...]:
    """The numbers of `Mon` or of `Mon-Thu`, 1 is Monday; none where it is neither."""
    first, _, last = text.partition("-")
    last = last or first
    if first not in WEEKDAYS or last not in WEEKDAYS:
        return ()
    return tuple(range(WEEKDAYS.index(first) + 1, WEEKDAYS.index(last) + 2))


def _days(found: Iterator[Entry]) -> Iterator[SpecialDay]:
    for entry in found:
        yield SpecialDay(
            entry.day("day"),
            entry.member("kind", DayKind),
            entry.text("name", limit=200),
            entry.text("decree", limit=200),
            calendar_code=entry.optional("calendar"),
        )
        entry.finish()


def _check(found: CityCalendar, problems: Problems, agencies: frozenset[str]) -> None:
    """The entries beside each other: one desk, agencies that there are, each in one calendar, each day once."""
    codes = [calendar.code for calendar in found.calendars]
    for code in _twice(codes):
        problems.add(FILE, f"entry {code}", "stands in the file more than once")
    desks = [calendar.code for calendar in found.calendars if calendar.desk]
    if len(desks) != 1:
        problems.add(FILE, "the file", f"exactly one calendar must say desk: true, not {len(desks)}")
    named = [(calendar.code, code) for calendar in found.calendars for code in calendar.agency_codes]
    for calendar, code in named:
        if code not in agencies:
            problems.add(FILE, f"entry {calendar}", f"agency {code} is not in agencies.yaml")
    for code in _twice([code for _, code in named]):
        problems.add(FILE, f"agency {code}", "works by more than one calendar")
    for special in found.days:
        if special.calendar_code is not None and special.calendar_code not in codes:
            problems.add(FILE, f"entry {special.day}", f"calendar {special.calendar_code} is not in the file")
    for key in _twice([f"{special.day} {special.calendar_code or 'of all calendars'}" for special in found.days]):
        problems.add(FILE, f"entry {key}", "stands in the file more than once")


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
