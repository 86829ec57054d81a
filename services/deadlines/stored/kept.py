"""One clock as its row keeps it, and what it is counted by (docs/adr/0033)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.enums import ClockKind, ClockState, DeadlineStanding
from services.deadlines.calendar_book import CalendarBook
from services.deadlines.escalation.rules import NO_LADDER, Ladder
from services.deadlines.policies import PolicyBook
from services.deadlines.readings import Verdict


@dataclass(frozen=True, slots=True)
class Measures:
    """What clocks are counted by: calendars and policies of one version, and the codes of agencies and categories.

    Where there is a ladder, its rungs are moments of a clock too. categories gives the codes of a category and of all
    above it, its own first.
    """

    book: CalendarBook
    policies: PolicyBook
    version: int
    zone: ZoneInfo
    agencies: Mapping[int, str]
    categories: Callable[[int | None], tuple[str, ...]]
    ladder: Ladder = NO_LADDER

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A verdict as it was given, by which version of the rules."""

    verdict: Verdict
    rules_version: int


@dataclass(frozen=True, slots=True)
class KeptClock:
    """One clock as its row keeps it. next_at: when something of it passes that is not in the log yet."""

    state: ClockState
    standing: DeadlineStanding
    started_at: datetime
    due_at: datetime | None
    due_soon_at: datetime | None
    used: int
    extension: int
    policy_code: str
    rules_version: int
    verdicts: tuple[GivenVerdict, ...] = ()
    next_at: datetime | None = None

    @property
    def stopped(self) -> bool:
        return self.state is ClockState.STOPPED


Clocks = Mapping[ClockKind, KeptClock]
