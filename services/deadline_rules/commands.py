"""A change of calendar and policies as somebody asks for it, not checked yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.calendars import DayKind
from models.enums import Channel, Classification, ClockKind, DeadlineUnit, HandlingClass, TicketStatus


@dataclass(frozen=True, slots=True)
class GivenDay:
    """A day that differs from its weekday; without a calendar it is for every one that rests on days off."""

    day: date
    kind: DayKind
    name: str
    calendar_code: str | None = None


@dataclass(frozen=True, slots=True)
class GivenWindow:
    """Office time of a weekday (1 is Monday), as `HH:MM`."""

    weekday: int
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class GivenWeek:
    """Office hours of a calendar from valid_from on, to valid_to or until another week begins."""

    calendar_code: str
    name: str
    valid_from: date
    valid_to: date | None
    windows: tuple[GivenWindow, ...]


@dataclass(frozen=True, slots=True)
class GivenPolicy:
    """A row of what a clock is given; None names nothing."""

    code: str
    clock: ClockKind
    amount: int
    unit: DeadlineUnit
    valid_from: date
    valid_to: date | None = None
    classification: Classification | None = None
    handling_class: HandlingClass | None = None
    channel: Channel | None = None
    agency_code: str | None = None
    category_code: str | None = None
    rests: tuple[TicketStatus, ...] = ()
    extension: int = 0
    extensions: int = 0


@dataclass(frozen=True, slots=True)
class RulesChange:
    """Some or all of it in one transaction; expected_version is that of the rules."""

    expected_version: int
    legal_basis: str
    days: tuple[GivenDay, ...] = ()
    remove_days: tuple[date, ...] = ()
    weeks: tuple[GivenWeek, ...] = ()
    policies: tuple[GivenPolicy, ...] = ()
