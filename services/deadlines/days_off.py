"""Indonesia's days off as the library knows them, and what becomes of a year that was seeded before. Pure.

Source: docs/adr/0027.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version

import holidays

from models.calendars import DayKind
from services.deadlines.calendars import SpecialDay

COUNTRY = "ID"
LANGUAGE = "id"
ESTIMATED = "(perkiraan)"  # as the library marks days that nobody announced yet
ELECTION = "Hari Pemilihan"
NAME = "PyPI holidays"
LIBRARY = f"{NAME} {version('holidays')}"
LONGEST_NAME = 200  # as the column has it


def library_days(years: Iterable[int]) -> dict[date, SpecialDay]:
    """Libur nasional, election days and cuti bersama of these years; days of unannounced years are estimates."""
    span = tuple(years)
    leave = _ask("government", span)
    found = {day: _special(day, DayKind.JOINT_LEAVE, name) for day, name in leave.items()}
    return found | {day: _special(day, _kind(name), name) for day, name in _ask("public", span).items()}


def is_library(source: str) -> bool:
    """Whether this is what some version of the library said."""
    return bool(_version_of(source))


def refreshed(
    stored: Mapping[date, SpecialDay], known: Mapping[date, SpecialDay], fixed: frozenset[date]
) -> dict[date, SpecialDay]:
    """The days of one year that a library says, after those that it said before; days in fixed are decreed.

    A year that this very version has seeded stays as it is, whoever changed it since; so does one of a newer version.
    """
    if stored and max(map(_version, stored.values())) >= _version_of(LIBRARY):
        return dict(stored)
    return {day: special for day, special in known.items() if day not in fixed}


def _ask(category: str, years: tuple[int, ...]) -> Mapping[date, str]:
    return holidays.country_holidays(COUNTRY, years=years, categories=(category,), language=LANGUAGE)


def _special(day: date, kind: DayKind, name: str) -> SpecialDay:
    return SpecialDay(day, kind, name[:LONGEST_NAME], LIBRARY, estimated=ESTIMATED in name)


def _kind(name: str) -> DayKind:
    return DayKind.ELECTION if name.startswith(ELECTION) else DayKind.HOLIDAY


def _version(special: SpecialDay) -> tuple[int, ...]:
    return _version_of(special.decree)


def _version_of(source: str) -> tuple[int, ...]:
    """The version of a library in numbers; nothing for what is no library."""
    found = re.fullmatch(rf"{NAME} (\d+(?:\.\d+)*)", source)
    return tuple(map(int, found[1].split("."))) if found else ()
