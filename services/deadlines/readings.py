"""What is told of a clock at one moment: everything that it takes to count it again by hand (docs/adr/0027). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.enums import ClockKind, ClockState, DeadlineStanding, Punctuality, TicketStatus
from services.deadlines.calendars import SpecialDay
from services.deadlines.policies import Policy


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch with what counts in it: days for units of days, seconds for units of hours."""

    start: datetime
    end: datetime
    status: TicketStatus
    agency_code: str | None
    calendar_code: str
    running: bool
    days: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clock was in time when it stopped; late_by are days or seconds."""

    at: datetime
    punctuality: Punctuality
    due_at: datetime | None
    late_by: int
    policy_code: str


@dataclass(frozen=True, slots=True)
class ClockStanding:
    """Where a clock stands at one moment, and no more. used are days or seconds."""

    state: ClockState
    standing: DeadlineStanding
    started_at: datetime
    due_at: datetime | None
    due_soon_at: datetime | None
    used: int

    @property
    def stopped(self) -> bool:
        return self.state is ClockState.STOPPED


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock at one moment. due_at is the first moment that is too late; used and left are days or seconds.

    days_off would have been working days; unknown_years are those of which the calendar knows nothing.
    """

    clock: ClockKind
    policy: Policy
    extension: int
    state: ClockState
    standing: DeadlineStanding
    started_at: datetime
    as_of: datetime
    due_at: datetime | None
    due_on: date | None
    due_soon_at: datetime | None
    used: int
    left: int
    verdicts: tuple[Verdict, ...]
    segments: tuple[Segment, ...]
    days_off: tuple[SpecialDay, ...]
    unknown_years: tuple[int, ...]
